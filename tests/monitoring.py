"""What Python 3.11 has in the place of sys.monitoring, so that a test can be in a browser with it, too."""

import types


class Monitoring:
    """What the course uses of sys.monitoring. Nothing happens by itself: a test calls the callbacks."""

    events = types.SimpleNamespace(JUMP=1, PY_START=2)

    def __init__(self):
        self.tools, self.callbacks = {}, []

    def get_tool(self, tool):
        """The name under which a tool is in use, or None."""
        return self.tools.get(tool)

    def use_tool_id(self, tool, name):
        """Take a tool."""
        self.tools[tool] = name

    def register_callback(self, tool, event, callback):
        """Keep what is called at each event."""
        self.callbacks.append(callback)

    def set_events(self, tool, events):
        """Choose the events."""

    def free_tool_id(self, tool):
        """Give the tool back."""
        del self.tools[tool]
