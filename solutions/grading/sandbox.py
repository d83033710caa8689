"""Sealed processes, one for each call of ``Child``: started with limits, asked for results, killed.

Two walls. The process gives up all that is no computing (seccomp, see child.py): always, or nothing runs.
And where bubblewrap works, it has a file system with Python and NumPy only, no network, and sees no other
process.
"""

import inspect
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import time
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np

from exercises.engine import attempt
from exercises.engine.exercise import entries
from solutions.grading import wire

HERE = Path(__file__).parent
MEMORY = 3 * 10 ** 9
PATIENCE = 4                    # on a busy machine a calculation may take so many times as long by the clock
CALLS, ENTRIES = 20_000, 20_000         # of a function that the judge hands over: calls, numbers in each
SILENT = "It was still running after {} seconds and was stopped. Does a loop end? Is an array huge?"
GONE = ("It stopped answering before its time was up: either it took more memory than there is, or it closed "
        "the way by which results are sent.")
TEXTS = json.dumps({"wire": inspect.getsource(wire), "attempt": inspect.getsource(attempt)}).encode()
REFUSAL = """Nothing was graded: on this system no answer can be shut in.
Grading runs what learners wrote in a process that can neither open a file nor reach the network. That needs
Linux on an x86-64 or ARM processor. Elsewhere, use a container, in the course's folder:

    docker run --rm -it -v "$PWD:/course" -w /course python:3.13 make grade SUBMISSIONS=... LESSON=...

(podman instead of docker works, too)."""


class Ended(Exception):
    """The process said nothing more; the message is for the learner."""


class NoSeal(Exception):
    """No process can be shut in here."""


def python():
    """The interpreter itself, outside of any virtual environment."""
    return str(Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}")


def numpy_folders():
    """Where NumPy is."""
    site = Path(np.__file__).parent.parent
    return [path for path in (site / "numpy", site / "numpy.libs") if path.exists()]


@cache
def wall():
    """What stands in front of the command: bubblewrap where it works, else nothing."""
    if not shutil.which("bwrap"):
        return ()
    command = ["bwrap", "--unshare-all", "--uid", "65534", "--gid", "65534", "--die-with-parent",
               "--new-session", "--clearenv", "--tmpfs", "/", "--dir", "/tmp", "--proc", "/proc",
               "--dev", "/dev"]
    for folder in ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", sys.base_prefix):
        command += ["--ro-bind-try", folder, folder]
    for folder in numpy_folders():
        command += ["--ro-bind", str(folder), f"/site/{folder.name}"]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    command += ["--remount-ro", "/", "--chdir", "/tmp"]
    works = subprocess.run([*command, python(), "-ISc", "print(1)"], capture_output=True, timeout=60)
    return tuple(command) if works.stdout == b"1\n" else ()


def environment():
    """The variables that a process gets: how many threads, and where libraries are."""
    kept = ("LD_LIBRARY_PATH", "OPENBLAS_CORETYPE")
    return {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
            **{name: os.environ[name] for name in kept if name in os.environ}}


class Nursery:
    """A process with NumPy and nothing secret, which makes copies of itself on request."""

    def __init__(self):
        self.owner, (self.channel, theirs) = os.getpid(), socket.socketpair()
        site = "/site" if wall() else str(numpy_folders()[0].parent)
        text = (HERE / "child.py").read_text(encoding="utf-8")
        start = (f"import sys; sys.path = [p for p in sys.path if 'site-packages' not in p] + [{site!r}]; "
                 f"exec(compile({text!r}, '/judge/child.py', 'exec'))")
        self.process = subprocess.Popen([*wall(), python(), "-I", "-S", "-B", "-c", start], stdin=theirs,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                        env=environment(), start_new_session=True)
        theirs.close()
        self.channel.settimeout(60)
        self.channel.sendall(wire.frame("t", TEXTS))
        if self.channel.recv(1) != b"1":
            raise NoSeal("Python with NumPy did not start outside of its environment")

    def end(self):
        """End it, and every copy that still runs."""
        self.channel.close()
        self.process.kill()
        self.process.wait()


NURSERY = []                    # the one of this process


def nursery():
    """This process's Nursery; a new one if it has none, or if the last one has ended."""
    if NURSERY and (NURSERY[0].owner != os.getpid() or NURSERY[0].process.poll() is not None):
        NURSERY.clear()
    if not NURSERY:
        NURSERY.append(Nursery())
    return NURSERY[0]


class Child:
    """A sealed process with one answer. job: what child.py reads. names: values that the statements find.
    functions: those that ``wire.pack`` met in the arguments. seconds: of processor time, for everything;
    patience: by the clock. Raises Ended where the answer is no function, NoSeal where it is not shut in."""

    def __init__(self, job, names, functions=(), seconds=3, patience=14.0):
        self.functions, self.called, self.seconds, self.status = functions, 0, seconds, None
        self.due, self.nursery = time.monotonic() + min(seconds, patience), nursery()
        (one, self.target), (source, two) = os.pipe(), os.pipe()
        self.source = os.fdopen(source, "rb")
        socket.send_fds(self.nursery.channel, [struct.pack("<d", max(patience, 0.01))], [one, two])
        os.close(one)
        os.close(two)
        try:
            self.send("j", job)
            if self.read() != ("s", b"1"):
                raise NoSeal("the kernel takes no filter (seccomp)")
            self.send("n", wire.pack(names))
            kind, payload = self.read()
            if kind != "r":
                raise Ended(payload.decode(errors="replace")[:400] if kind == "e" else "It sent no result.")
        except BaseException:
            self.close()
            raise

    def close(self):
        """Kill it. Returns the status with which it ended."""
        if self.status is None:
            self.source.close()
            os.close(self.target)
            try:
                self.nursery.channel.sendall(b"k")
                self.status, = struct.unpack("<i", self.nursery.channel.recv(4))
            except (OSError, struct.error):         # the nursery itself has ended
                self.nursery.end()
                self.status = signal.SIGKILL
        return self.status

    def send(self, kind, payload=b""):
        """Write a message. Raises Ended if nobody reads it."""
        view = memoryview(wire.frame(kind, payload))
        try:
            while view:
                view = view[os.write(self.target, view):]
        except BrokenPipeError:
            raise Ended(self.why()) from None

    def exactly(self, count):
        """So many bytes. Raises Ended where there are fewer: it has ended, or its time was up."""
        found = self.source.read(count)
        if len(found) < count:
            raise Ended(self.why())
        return found

    def why(self):
        """Why there is nothing more to read."""
        early, status = time.monotonic() < self.due, self.close()
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            return GONE if early else SILENT.format(self.seconds)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS:
            return "It asked the system for what no calculation needs, and was stopped."
        return "It ended the Python process that ran it."

    def read(self):
        """The next message, after the calls of the judge's functions that come before it."""
        while True:
            kind, length = struct.unpack("<cI", self.exactly(5))
            if length > wire.LARGEST:
                raise Ended("Its result is too large.")
            payload = self.exactly(length)
            if kind != b"c":
                return kind.decode("latin-1"), payload
            self.call_back(payload)

    def call_back(self, payload):
        """Call a function of the judge's with plain data: a loss, a forward pass."""
        self.called += 1
        try:
            place, arguments = wire.unpack(payload)
            if self.called > CALLS or entries(arguments) > ENTRIES:
                raise ValueError("too many calls, or too large ones")
            kind, found = "v", wire.pack(self.functions[place](*arguments))
        except wire.Malformed:
            raise Ended("It sent no result.") from None
        except Exception as error:
            kind, found = "x", f"{type(error).__name__}: {error}"[:200].encode()
        self.send(kind, found)

    def ask(self, kind, payload):
        """One call: kind "a" with packed arguments, "p" with a promise. Returns an Outcome's fields."""
        self.send(kind, payload)
        try:
            kind, payload = self.read()
            value, error, blank, changed, printed, *_ = wire.unpack(payload)
            if kind != "o" or type(blank) is not bool or not isinstance(error, str | None):
                raise wire.Malformed("outcome")
            return value, error and error[:1500], blank, tuple(str(one)[:60] for one in changed[:20]), str(
                printed)[:700]
        except (wire.Malformed, TypeError, ValueError):
            raise Ended("It sent no result.") from None


def try_seal():
    """Raises NoSeal where nothing can be shut in. Returns which walls stand, in words."""
    if sys.platform != "linux":
        raise NoSeal(f"this system is {sys.platform}")
    job = {"name": "f", "statements": [("", "def f():\n    return open('/').read()")], "helpers": {},
           "names": [], "memory": MEMORY, "seconds": 1}
    try:
        with closing(Child(json.dumps(job).encode(), {})) as child:
            if "PermissionError" not in (child.ask("a", wire.pack(()))[1] or ""):
                raise NoSeal("a sealed process can open files")
    except Ended:
        raise NoSeal("a process ended while it was shut in") from None
    return "bubblewrap and seccomp" if wall() else "seccomp"
