"""What Python 3.11 has in the place of sys.monitoring, so that a test can be in a browser with it, too."""

import sys
import types


class Monitoring:
    """What the course uses of sys.monitoring, for Python 3.11, by sys.settrace."""

    events = types.SimpleNamespace(JUMP=1, PY_START=2)

    def __init__(self):
        self.tools, self.callbacks = {}, []

    def get_tool(self, tool):
        return self.tools.get(tool)

    def use_tool_id(self, tool, name):
        self.tools[tool] = name

    def register_callback(self, tool, event, callback):
        self.callbacks.append(callback)

    def set_events(self, tool, events):
        sys.settrace(self.trace if events else None)

    def free_tool_id(self, tool):
        del self.tools[tool]

    def trace(self, frame, event, argument):
        if event in ("call", "line"):
            self.callbacks[-1]()
        return self.trace
