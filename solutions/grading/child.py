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
import select
import signal
import socket
import struct
import sys
import types

import numpy as np

PRELOAD = """numpy.linalg numpy.random numpy.fft numpy.ma numpy.polynomial math cmath functools
itertools collections dataclasses typing copy operator random statistics fractions decimal string textwrap
time datetime re abc contextlib inspect heapq bisect numbers warnings traceback pprint tracemalloc
numpy.testing multiprocessing.connection ast faulthandler io threading hashlib unicodedata pathlib
encodings.idna logging
""".split()
# What a notebook imports, and an answer may not use; what only shows something, and does nothing here; and
# what need not be installed, so that within a function or a try it is missing at once.
OURS = {"helpers", "exercises"}
SHOWS = {"pictures", "matplotlib", "IPython", "ipywidgets"}
OTHERS = {"scipy", "pandas", "torch", "jax", "autograd", "sympy", "tensorflow", "casadi", "numba"}
NOBODY = 65534
# The kernel's calls that pure computing needs: each number on x86-64, then on 64-bit ARM. Others give EPERM.
CALLS = """read 0 63, write 1 64, close 3 57, fstat 5 80, lseek 8 62, mmap 9 222, mprotect 10 226,
munmap 11 215, brk 12 214, rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139,
sched_yield 24 124, mremap 25 216, madvise 28 233, nanosleep 35 101, getpid 39 172, exit 60 93,
gettimeofday 96 169, getrusage 98 165, sigaltstack 131 132, gettid 186 178, futex 202 98,
sched_getaffinity 204 123, restart_syscall 219 128, clock_gettime 228 113, clock_getres 229 114,
clock_nanosleep 230 115, exit_group 231 94, getcpu 309 168, getrandom 318 278, rseq 334 293"""
MACHINES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}      # (the kernel's name for it, column)


def rows_of_filter(machine):
    """What the kernel is to do with each call, for seccomp: rows of (what to do, how many rows to jump if
    true, if false, a number). [] for a machine that is not known."""
    if machine not in MACHINES:
        return []
    architecture, column = MACHINES[machine]
    numbers = [int(call.split()[column]) for call in CALLS.split(",")]
    load, equal, at_least, answer, kill = 0x20, 0x15, 0x35, 0x06, 0x80000000
    return [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, kill),
            (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (answer, 0, 0, kill),
            *((equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
            (answer, 0, 0, 0x00050001), (answer, 0, 0, 0x7FFF0000)]


def seal():
    """From here on this process computes and writes to what is open. True if the kernel keeps it to that."""
    rows = rows_of_filter(os.uname().machine)
    if sys.platform != "linux" or not rows:
        return False
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):          # in a container that knows no other user
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in rows))
    whole = ctypes.create_string_buffer(struct.pack("@HP", len(rows), ctypes.addressof(text)))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    prctl(1, signal.SIGKILL, 0, 0, 0)               # it ends with the process that watches its time
    return prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, ctypes.addressof(whole), 0, 0) == 0


def limit(memory, seconds):
    """Processor time, memory, and no files."""
    for name, value in (("CORE", 0), ("FSIZE", 0), ("AS", memory), ("CPU", seconds)):
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (value, value))


class Missing(types.ModuleType):
    """Stands for what a notebook imports and an answer may not use while it is graded; so does each name."""

    __path__ = ()

    def __call__(self, *arguments, **options):
        raise RuntimeError(not_at_hand(self.__name__))

    def __getattr__(self, name):
        path = f"{self.__name__}.{name}"
        if name.startswith("__"):
            raise AttributeError(name)
        return importlib.import_module(path) if path in Finder.texts else type(self)(path)

    def __iter__(self):
        self()


def not_at_hand(name):
    """What is said of what an answer may not use."""
    return (f"{name.removeprefix('helpers.')} is not at hand while this exercise is graded: what is asked "
            "for is your own work")


class Silent(Missing):
    """Stands for what only shows something, such as a picture: calls do nothing, and give another one, which
    can be taken apart, as in ``fig, (left, right) = plt.subplots(1, 2)`` and ``line, = ax.plot(h)``."""

    def __call__(self, *arguments, **options):
        if not self.__name__.endswith("subplots"):
            return Silent(self.__name__)
        sizes = [*(one for one in arguments if isinstance(one, int)), 1, 1]
        shape = options.get("nrows", sizes[0]), options.get("ncols", sizes[1])
        axes = np.empty([size for size in shape if size > 1], object)
        axes.fill(Silent("axes"))
        return Silent("figure"), axes[()]

    def __iter__(self):
        return iter([Silent(self.__name__)] * (3 if self.__name__.endswith("hist") else 1))

    def __getitem__(self, key):
        return Silent(self.__name__)

    def __setitem__(self, key, value):
        """Nothing is kept."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        """Nothing to end."""


class Finder:
    """Python's way to import what is not here. texts: {module: text} of the helpers that are at hand.
    lenient: True while a cell's own line imports."""

    texts, lenient = {}, False

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Python asks for a module."""
        first = name.split(".")[0]
        if first in OTHERS and not Finder.lenient:
            raise ImportError(not_at_hand(name))
        known = first in OURS | SHOWS | OTHERS
        return importlib.machinery.ModuleSpec(name, Finder, is_package=True) if known else None

    @staticmethod
    def create_module(spec):
        """The module."""
        return (Silent if spec.name.split(".")[0] in SHOWS else Missing)(spec.name)

    @staticmethod
    def exec_module(module):
        """Run its text, if it has one."""
        text, path = Finder.texts.get(module.__name__, ""), module.__name__.replace(".", "/")
        exec(compile(text, f"/judge/{path}.py", "exec"), vars(module))


def read(source):
    """The next message from a pipe: (its letter, the payload). Ends the process if the pipe is closed."""
    head = source.read(5)
    if len(head) < 5:
        os._exit(3)
    return chr(head[0]), source.read(struct.unpack("<I", head[1:])[0])


def write(target, data):
    """All of some bytes into a pipe."""
    target.write(data)
    target.flush()


def module_from(name, text):
    """A module from its text. Its path is that of the course, so that a line of it is no learner's line."""
    module = types.ModuleType(name)
    module.__file__ = f"/judge/exercises/engine/{name}.py"
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


def put_helpers(texts, wire):
    """Put the helpers, and what shows how far a loop is, where a notebook imports them from."""
    sys.meta_path.append(Finder)
    Finder.texts = texts
    for name in texts:
        wire.KNOWN.update({(kind.__name__, kind._fields): kind
                           for kind in vars(importlib.import_module(name)).values()
                           if isinstance(kind, type) and hasattr(kind, "_fields")})
    sys.modules["tqdm"] = bars = types.ModuleType("tqdm")
    bars.tqdm = bars.trange = lambda steps, **options: range(steps) if isinstance(steps, int) else steps
    sys.modules["tqdm.auto"] = sys.modules["tqdm.notebook"] = bars
    importlib.import_module("exercises").accepted = lambda *anything: None


def run_statements(job, space, attempt):
    """Run the learner's statements in a namespace. Returns what went wrong first, in words, or ""."""
    trouble = ""
    with attempt.quiet():
        for number, (label, text) in enumerate(job["statements"]):
            place = f"<{label}, {number}>"
            linecache.cache[place] = (len(text), None, text.splitlines(True), place)
            try:
                Finder.lenient = text.startswith(("import ", "from "))
                exec(compile(text, place, "exec"), space)
            except BaseException as error:
                said = f"Before that, {label} stops with {type(error).__name__}: {attempt.in_words(error)}"
                trouble = trouble or f"{said[:300].rstrip('. ')}."
    Finder.lenient = False
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

    os.getcwd = lambda: "."
    space = {"__name__": "__main__", "np": np, "display": Silent("display"),
             "get_ipython": Silent("get_ipython"), **wire.unpack(read(source)[1])}
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


def main():
    """Serve jobs, one after the other, each in a copy of this process, until nobody asks any more."""
    for name in PRELOAD:
        __import__(name)
    exec("from numpy import *", {})                 # so that an answer can
    with os.fdopen(0, "rb", closefd=False) as parent:
        texts = json.loads(read(parent)[1])
    modules = [module_from(name, texts[name]) for name in ("wire", "attempt")]
    channel = socket.socket(fileno=0)
    channel.sendall(b"1")
    while True:
        message, pipes, *_ = socket.recv_fds(channel, 8, 2)
        if not message:                             # the grader has ended
            return
        child = os.fork()
        if child == 0:
            os.setsid()
            channel.close()
            try:
                serve(os.fdopen(pipes[0], "rb"), os.fdopen(pipes[1], "wb"), *modules)
            finally:
                os._exit(5)
        for pipe in pipes:
            os.close(pipe)
        patience, = struct.unpack("<d", message)
        select.select([channel], [], [], patience)  # until "enough of this one", or its time is up
        os.kill(child, signal.SIGKILL)
        if not channel.recv(1):
            return
        channel.sendall(struct.pack("<i", os.waitpid(child, 0)[1]))


main()
