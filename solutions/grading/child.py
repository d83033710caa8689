"""What runs in the sealed process. No secret is here: no reference, no solution, no grade.

Started once for a grader, it loads NumPy and waits. For each job it makes a copy of itself, which shuts
itself in (seccomp), runs the learner's statements, calls the function with each tuple of arguments that
arrives, and writes what came out. It is sent the texts of wire.py and of the course's attempt.py, and with
each job those of a few helpers; it reads no file of the course.
"""

import contextlib
import ctypes
import importlib.machinery
import json
import linecache
import os
import resource
import signal
import socket
import struct
import sys
import types

PRELOAD = """numpy numpy.linalg numpy.random numpy.fft numpy.ma numpy.polynomial math cmath functools
itertools collections dataclasses typing copy operator random statistics fractions decimal string textwrap
time datetime re abc contextlib inspect heapq bisect numbers warnings traceback pprint tracemalloc
multiprocessing.connection ast faulthandler io threading hashlib unicodedata pathlib encodings.idna logging
""".split()
# What a notebook imports, and an answer may not use.
NOT_HERE = {"helpers", "exercises", "pictures", "matplotlib", "IPython", "ipywidgets", "tqdm", "scipy",
            "pandas", "torch", "jax", "autograd", "sympy", "tensorflow", "casadi", "numba"}
NOBODY = 65534
# The kernel's calls that pure computing needs, by machine: (architecture, numbers). Others give EPERM.
CALLS = {
    "x86_64": (0xC000003E, [0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 35, 39, 60, 96, 98, 131,
                            186, 201, 202, 204, 219, 228, 229, 230, 231, 309, 318, 334]),
    "aarch64": (0xC00000B7, [57, 62, 63, 64, 80, 93, 94, 98, 101, 113, 114, 115, 123, 124, 128, 132, 134,
                             135, 139, 165, 168, 169, 172, 178, 214, 215, 216, 222, 226, 233, 278, 293]),
}


def seal():
    """From here on this process computes and writes to what is open. True if the kernel keeps it to that."""
    architecture, numbers = CALLS.get(os.uname().machine, (0, []))
    if sys.platform != "linux" or not numbers:
        return False
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):          # in a container that knows no other user
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    # Rows of a filter: (what to do, how many rows to jump if true, if false, a number).
    load, equal, at_least, answer, kill = 0x20, 0x15, 0x35, 0x06, 0x80000000
    rows = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, kill),
            (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (answer, 0, 0, kill),
            *((equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
            (answer, 0, 0, 0x00050001), (answer, 0, 0, 0x7FFF0000)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in rows))

    class Filter(ctypes.Structure):
        """What prctl takes."""

        _fields_ = [("length", ctypes.c_ushort), ("rows", ctypes.c_void_p)]

    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    whole = Filter(len(rows), ctypes.addressof(text))
    return prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, ctypes.addressof(whole), 0, 0) == 0


def limit(memory, seconds):
    """Processor time, memory, and no files."""
    for name, value in (("CORE", 0), ("FSIZE", 0), ("AS", memory), ("CPU", seconds)):
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (value, value))


class Missing:
    """Stands for what a notebook imports and an answer may not use while it is graded."""

    def __init__(self, name):
        self.__dict__["name"] = name

    def __call__(self, *arguments, **options):
        name = self.name.removeprefix("helpers.")
        raise RuntimeError(f"{name} is not at hand while this exercise is graded: what is asked for is your "
                           "own work")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.name}.{name}")

    def __iter__(self):
        self()


class Finder:
    """Imports of what is not here give a module whose every name is a Missing."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Python asks for a module."""
        its_own = name.split(".")[0] not in NOT_HERE
        return None if its_own else importlib.machinery.ModuleSpec(name, Finder, is_package=True)

    @staticmethod
    def create_module(spec):
        """The module."""
        return lacking(spec.name)

    @staticmethod
    def exec_module(module):
        """Nothing to run."""


def lacking(name):
    """A module whose every name is a Missing."""
    def missing(attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return Missing(f"{name}.{attribute}")

    module = types.ModuleType(name)
    module.__path__, module.__getattr__ = [], missing
    return module


def exactly(source, count):
    """So many bytes from a pipe; ends the process if it is closed."""
    parts = b""
    while len(parts) < count:
        part = os.read(source, min(count - len(parts), 2 ** 20))
        if not part:
            os._exit(3)
        parts += part
    return parts


def read(source):
    """The next message: (its letter, the payload)."""
    head = exactly(source, 5)
    return chr(head[0]), exactly(source, struct.unpack("<I", head[1:])[0])


def write(target, data):
    """All of some bytes into a pipe."""
    view = memoryview(data)
    while view:
        view = view[os.write(target, view[:2 ** 16]):]


def module_from(name, text):
    """A module from its text. Its path is that of the course, so that a line of it is no learner's line."""
    module = types.ModuleType(name)
    module.__file__ = f"/judge/exercises/engine/{name}.py"
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


def put_helpers(texts, wire):
    """Run the texts of the helpers, and put them where a notebook imports them from."""
    sys.meta_path.append(Finder)
    for name in ("helpers", "exercises"):
        sys.modules[name] = lacking(name)
    for name, text in texts:
        path = name.split(".")
        for end in range(1, len(path) + 1):
            part = ".".join(path[:end])
            if part not in sys.modules:
                sys.modules[part] = lacking(part)
                setattr(sys.modules[".".join(path[:end - 1])], path[end - 1], sys.modules[part])
        space = vars(sys.modules[name])
        exec(compile(text, f"/judge/{'/'.join(path)}.py", "exec"), space)
        wire.KNOWN.update({(kind.__name__, kind._fields): kind for kind in space.values()
                           if isinstance(kind, type) and hasattr(kind, "_fields")})
    sys.modules["tqdm"] = bars = types.ModuleType("tqdm")
    bars.tqdm = bars.trange = lambda steps, **options: range(steps) if isinstance(steps, int) else steps
    sys.modules["exercises"].accepted = lambda *anything: None


def run_statements(job, space, attempt):
    """Run the learner's statements in a namespace. Returns what went wrong first, in words, or ""."""
    trouble = ""
    with attempt.quiet():
        for number, (label, text) in enumerate(job["statements"]):
            place = f"<{label}, {number}>"
            linecache.cache[place] = (len(text), None, text.splitlines(True), place)
            try:
                exec(compile(text, place, "exec"), space)
            except BaseException as error:
                said = f"Before that, {label} stops with {type(error).__name__}: {attempt.in_words(error)}"
                trouble = trouble or said[:300]
    return trouble


def serve(source, target, wire, attempt):
    """One job: a function, called as often as arguments arrive."""
    job = json.loads(read(source)[1])
    put_helpers(job["helpers"], wire)
    limit(job["memory"], job["seconds"])
    sealed = seal()
    write(target, wire.frame("s", b"1" if sealed else b""))
    if not sealed:
        os._exit(4)

    def proxy(place, name):
        """A function of the judge's."""
        def function(*arguments):
            write(target, wire.frame("c", wire.pack([place, list(arguments)])))
            kind, payload = read(source)
            if kind != "v":
                raise RuntimeError(payload.decode(errors="replace")[:200])
            return wire.unpack(payload)

        function.__name__ = name
        return function

    import numpy as np
    space = {"__name__": "__main__", "np": np, **wire.unpack(read(source)[1])}
    trouble = run_statements(job, space, attempt)
    answer = space.get(job["name"])
    if not callable(answer):
        write(target, wire.frame("e", f"{job['name']} is no function. {trouble}".encode()))
        os._exit(0)
    write(target, wire.frame("r"))
    while True:
        kind, payload = read(source)
        if kind == "p":                             # a promise: its text, and the name of its function
            promise, name = json.loads(payload)
            exec(promise, held := {"np": np})
            outcome = attempt.call(held[name], (answer,), ())
        else:
            outcome = attempt.call(answer, wire.unpack(payload, proxy), job["names"])
        if outcome.error and trouble and "NameError" in outcome.error:
            outcome = outcome._replace(error=f"{outcome.error} {trouble}")
        write(target, wire.frame("o", wire.pack(list(outcome))))


def copy_for(channel, *modules):
    """Wait for the next job's pipes; in a copy of this process, serve it. Returns the copy's number."""
    message, (source, target), *_ = socket.recv_fds(channel, 1, 2)
    child = os.fork()
    if child == 0:
        os.setsid()
        channel.close()
        try:
            serve(source, target, *modules)
        finally:
            os._exit(5)
    os.close(source)
    os.close(target)
    return child


def main():
    """Serve jobs, one after the other, until nobody asks any more."""
    for name in PRELOAD:
        __import__(name)
    texts = json.loads(read(0)[1])
    wire, attempt = (module_from(name, texts[name]) for name in ("wire", "attempt"))
    channel = socket.socket(fileno=0)
    channel.sendall(b"1")
    while True:
        try:
            child = copy_for(channel, wire, attempt)
        except ValueError:                          # the grader has ended
            return
        if not channel.recv(1):                     # "enough of this one"
            os.kill(child, signal.SIGKILL)
            return
        os.kill(child, signal.SIGKILL)
        channel.sendall(struct.pack("<i", os.waitpid(child, 0)[1]))


main()
