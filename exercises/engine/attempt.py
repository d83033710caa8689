"""Call the learner's function out of harm's way.

The calls run in a child process, a copy of this one (``fork``). Whatever the function does there, an endless
loop, ``sys.exit``, a patched NumPy, a changed variable, happens to the copy. What comes back is plain data.
Where a process cannot be copied safely (Windows, macOS, browsers), the calls run here: a loop is stopped when
its time is up, and a patched module is put right again.
"""

import _thread
import ast
import copy
import ctypes
import faulthandler
import io
import itertools
import linecache
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np

SECONDS = 3.0                   # of processor time, for all calls together
PATIENCE = 4                    # on a busy machine they may take so many times as long by the clock
MEMORY = 2 * 10 ** 9            # bytes that the function may ask for
PRINTED = 600                   # characters of the function's own output that are kept
NUMBERS = 10 ** 6               # entries of one result that are looked at
LETTERS = 1000                  # letters of one result that are looked at
COURSE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
OURS = tuple(os.path.join(COURSE, package, "") for package in ("helpers", "exercises", "pictures"))
OUTER = "A batch needs an outer product for each sequence, and their sum."
CAN_FORK = hasattr(os, "fork") and sys.platform == "linux"
PROCESSES = {"os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "subprocess.Popen"}
WATCHED = "builtins", "math", "numpy", "numpy.linalg"           # with the helpers, what an answer works with
HIDDEN = "hidden"               # the word for what ``watching`` cannot see
ENDINGS = {os: ("_exit", "abort", "closerange", "kill"), signal: ("raise_signal",),
           sys: ("setrecursionlimit",), time: ("sleep",)}


class Outcome(NamedTuple):
    """What one call did.

    value: the result, as plain data. error: why there is none, a sentence, or None. blank: True if the
    exercise is not attempted. changed: the arguments that were changed in place, such as "params['W_hh']".
    printed: what the function printed. words: of ``watching``.
    """

    value: object = None
    error: str = None
    blank: bool = False
    changed: tuple = ()
    printed: str = ""
    words: tuple = ()


class Strange:
    """Stands for a result that is not made of numbers, text, tuples, lists and dicts. words: what it is."""

    def __init__(self, words):
        self.words = words

    def __repr__(self):
        return self.words


class Fields(dict):
    """The fields of a named tuple, in order."""


class TimeIsUp(BaseException):
    """Raised inside a call that takes too long, where it cannot be run in a child process."""


class Elsewhere:
    """An answer that is not called here: its class has a method ``attempt`` of its own, with the arguments
    of ``attempt`` after the first."""


def attempt(answer, calls, names=(), seconds=SECONDS, watch=None, promises=()):
    """Call ``answer`` with each tuple of arguments, until one call fails.

    calls: list of tuples of arguments; the function gets copies. names: the arguments' names, for what is
    said of them. watch: as in ``watching``. promises: functions that are then called with the answer itself,
    in the same place. Returns a list of Outcomes, one per call made; never raises for anything that the
    function does.
    """
    if issubclass(type(answer), Elsewhere):          # its own __class__ may raise
        return answer.attempt(calls, names, seconds, watch, promises)
    if promises:
        calls = [*((None, *arguments) for arguments in calls), *((keeps,) for keeps in promises)]
        return attempt(partial(with_promise, answer), calls, (), seconds, watch)
    run = attempt_in_child if CAN_FORK else attempt_here
    return run(answer, calls, names, seconds, watch)


def with_promise(answer, keeps, *arguments):
    """Whether an answer keeps a promise; without one, what it returns."""
    return bool(keeps(answer)) if keeps else answer(*arguments)


def attempt_in_child(answer, calls, names, seconds, watch=None):
    """``attempt``, in a forked child process that is killed when the time is up."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process
    child = process(target=work, args=(answer, calls, names, sender, watch), daemon=True)
    with warnings.catch_warnings():
        # Python 3.12 warns of threads; the child uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    sender.close()
    outcomes, deadline = [], time.monotonic() + PATIENCE * seconds
    try:
        while len(outcomes) < len(calls) and not failed(outcomes):
            left = min(seconds - processor_time(child.pid), deadline - time.monotonic())
            if receiver.poll(max(0, left)):
                outcomes.append(receiver.recv())
            elif left <= 0:
                outcomes.append(Outcome(error=still_running(seconds)))
    except Exception:                       # the pipe is closed, or what came through it is no Outcome
        outcomes.append(Outcome(error="It ended the Python process that ran it. Nothing of yours is lost."))
    finally:
        stop(child)
        receiver.close()
    return outcomes


def processor_time(process):
    """The seconds of processor time that a child process has used. process: its number."""
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def still_running(seconds):
    """What is said of a call that takes too long."""
    if seconds < 2:
        return explain(TimeIsUp())
    usual = " These calls take a few milliseconds." if seconds <= SECONDS else ""
    return f"It was still running after {seconds:.0f} seconds and was stopped. Does a loop end?{usual}"


def stop(child):
    """End the child process and all that it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:              # it has ended, or has no group of its own yet
        pass
    child.kill()
    child.join()


def refuse(event, _):
    """Refuse to start a process, and to end ``watching``; an audit hook, which nothing takes away again."""
    if event in PROCESSES:
        raise RuntimeError("it starts a process of its own, and a check allows none")
    ours = __file__, threading.__file__
    if event == "sys.setprofile" and sys._getframe(1).f_code.co_filename not in ours:
        raise RuntimeError("it sets Python's profile, and a check needs it")


def work(answer, calls, names, sender, watch):
    """What the child process does: call, and send each Outcome.
    Leaves without any clean-up: nothing here is needed any more."""
    own_process = os.getpid()
    os.setpgid(0, 0)
    os.closerange(3, sender.fileno())               # no way to a process or a thread that waits elsewhere
    os.closerange(sender.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    # For what is printed between the calls, say by a destructor.
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")
    faulthandler.disable()                          # a crash is reported by the parent, in words
    signal.signal(signal.SIGINT, signal.SIG_IGN)    # an interrupt is for the notebook: it ends this process
    limit_memory()
    sys.addaudithook(refuse)
    try:
        for outcome in outcomes_of(answer, calls, names, watch):
            if os.getpid() == own_process:          # the function may have forked
                sender.send(outcome)
    finally:
        os._exit(0)


def limit_memory():
    """Let this process ask for MEMORY bytes more than it has."""
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = used + MEMORY if hard == resource.RLIM_INFINITY else min(used + MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def attempt_here(answer, calls, names, seconds, watch=None):
    """``attempt``, in this process."""
    outcomes = []
    try:
        with time_limit(seconds):
            for outcome in outcomes_of(answer, calls, names, watch):
                outcomes.append(outcome)
    except TimeIsUp as error:               # it rang between two calls
        outcomes.append(Outcome(error=explain(error)))
    return outcomes


def time_limit(seconds):
    """A context: TimeIsUp is raised in the calls inside when the time is up."""
    if sys.platform == "emscripten":
        return clock_watched(seconds)
    has_alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    return alarm(seconds) if has_alarm else interruption(seconds)


@contextmanager
def clock_watched(seconds):
    """``time_limit`` in a browser, which has no alarm and no second thread: Python looks at the clock when it
    jumps or enters a function. A long step in C ends first. If TimeIsUp is caught, it comes again a second
    later.
    """
    monitoring, events = sys.monitoring, sys.monitoring.events
    tool = next(tool for tool in range(6) if monitoring.get_tool(tool) is None)
    deadline = time.monotonic() + seconds

    def look(*_):
        nonlocal deadline
        if time.monotonic() > deadline:
            deadline = time.monotonic() + 1
            raise TimeIsUp

    monitoring.use_tool_id(tool, "time limit")
    try:
        for event in (events.JUMP, events.PY_START):
            monitoring.register_callback(tool, event, look)
        monitoring.set_events(tool, events.JUMP | events.PY_START)
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)


@contextmanager
def interruption(seconds):
    """``time_limit`` where there is no alarm: a second thread raises TimeIsUp in this one.

    It arrives between two steps of Python; a long step in C, such as a huge product, ends first.
    """
    here, lock, over, rung = ctypes.c_ulong(threading.get_ident()), threading.Lock(), [], []

    def interrupt():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(here, ctypes.py_object(TimeIsUp))

    def ring():
        with lock:
            if not over:
                rung.append(True)
                interrupt()

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        try:
            timer.cancel()
            with lock:
                over.append(True)
            # One may be on its way. Taking it back leaves a mark on which Python 3.11 waits for ever when it
            # is profiled; so one more is sent in its place, and received.
            if rung:
                interrupt()
                while True:
                    pass
        except TimeIsUp:
            pass


@contextmanager
def alarm(seconds):
    """``time_limit`` by signals, which only the main thread can receive: of processor time, and of the clock,
    by which it may take PATIENCE times as long."""
    def stop(*_):
        raise TimeIsUp

    timers = {signal.SIGPROF: (signal.ITIMER_PROF, seconds),
              signal.SIGALRM: (signal.ITIMER_REAL, PATIENCE * seconds)}
    handlers = {number: signal.signal(number, stop) for number in timers}
    before = {timer: signal.setitimer(timer, limit) for timer, limit in timers.values()}
    try:
        yield
    finally:
        for timer, _ in timers.values():
            signal.setitimer(timer, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for timer, rest in before.items():          # somebody else's alarm goes on
            signal.setitimer(timer, *rest)


def outcomes_of(answer, calls, names, watch=None):
    """Yield the Outcome of each call; stop after one that fails."""
    for arguments in calls:
        outcome = call(answer, arguments, names, watch)
        yield outcome
        if failed([outcome]):
            return


def failed(outcomes):
    """True if the last call gave no result."""
    return bool(outcomes) and (outcomes[-1].error is not None or outcomes[-1].blank)


def called(answer, given):
    """What an answer returns. Whatever it replaces in Python, NumPy or the course's helpers, such as np.tanh,
    is put back: where no process can be copied, the notebook goes on with them."""
    names = [*WATCHED, *(name for name in [*sys.modules] if name.startswith("helpers."))]
    tables = [sys.modules, *(vars(sys.modules[name]) for name in names if sys.modules.get(name))]
    before = [(table, dict(table)) for table in tables]
    try:
        with endings_off():
            return answer(*given)
    finally:                                # without any function of Python's: it may be gone
        for table, entries in before:
            table.update(entries)


@contextmanager
def endings_off():
    """A context: in a browser, where they would end or hold all of Python, the functions of ENDINGS raise."""
    there = sys.platform == "emscripten"
    before = [(module, name, getattr(module, name))
              for module, names in ENDINGS.items() for name in names if there]
    for module, name, _ in before:
        setattr(module, name, partial(is_off, f"{module.__name__}.{name}"))
    try:
        yield
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def is_off(name, *arguments, **keywords):
    """Stands for a function of ENDINGS. Raises RuntimeError."""
    raise RuntimeError(f"{name} is off in a browser while an answer is checked: it could end the notebook")


@contextmanager
def watching(watch):
    """Yield a set; at the end it holds the words for what was called inside, in threads, too.

    watch: function of a code object that returns its word, or "" for nothing; None if nobody watches.
    """
    codes, words = {}, set()

    def note(frame, event, function):
        if event == "call":
            codes[id(frame.f_code)] = frame.f_code
        elif (event == "c_call" and function in (sys.setprofile, sys.getprofile, _thread.start_new_thread)
              and frame.f_code.co_filename not in (__file__, threading.__file__)):
            words.add(HIDDEN)

    if watch is None:
        yield words
        return
    everywhere = getattr(threading, "setprofile_all_threads", threading.setprofile)
    everywhere(note)
    sys.setprofile(note)
    try:
        yield words
    finally:
        stopped = sys.getprofile() is not note
        sys.setprofile(None)
        everywhere(None)
        words.update({watch(code) for code in codes.values()} - {""}, {HIDDEN} if stopped else ())


def call(answer, arguments, names, watch=None):
    """One call: the Outcome."""
    given = copy.deepcopy(arguments)
    with quiet() as printed:
        try:
            with watching(watch) as words:
                received = called(answer, given)
        except NotImplementedError as error:
            raiser = list(traceback.walk_tb(error.__traceback__))[-1][0].f_code
            if raiser is getattr(answer, "__code__", raiser):
                return Outcome(blank=True)
            return Outcome(error=f"It calls {raiser.co_name}, which is not written yet.",
                           printed=printed.getvalue())
        except BaseException as error:
            return Outcome(error=explain(error), printed=printed.getvalue(), words=tuple(words))
        value = plain(received)
    changed = tuple(place for each in zip(names, arguments, given) for place in changes(*each))
    return Outcome(value, changed=changed, printed=printed.getvalue(), words=tuple(words))


def outcome(answer, arguments):
    """What one of the course's own functions returns on copies of the arguments, as plain data.

    None if it raises. As ``call``, but quicker, for a function of which no harm is to be feared.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(answer(*copied(arguments)))
        except Exception:
            return None


def copied(value):
    """A copy of arrays in dicts and tuples, quicker than ``copy.deepcopy``."""
    kind = type(value)
    if kind is np.ndarray:
        return value.copy()
    if kind is dict:
        return {key: copied(entry) for key, entry in value.items()}
    if kind is tuple:
        return tuple(map(copied, value))
    return kind(*map(copied, value)) if hasattr(kind, "_fields") else copy.deepcopy(value)


class Printed(io.StringIO):
    """Keeps the first characters that are printed and forgets the rest."""

    def write(self, text):
        """Keep what there is room for."""
        room = PRINTED - self.tell()
        if room > 0:
            super().write(text if len(text) <= room else text[:room] + " ...")
        return len(text)

    def close(self):
        """Stay open: what was printed is read later."""


@contextmanager
def quiet():
    """Catch what is printed, and give nothing to read."""
    def no_input(prompt=""):
        raise EOFError("it asked for input")

    printed, before = Printed(), (sys.stdin, sys.stdout, sys.stderr)
    builtins = sys.modules["builtins"]
    asking, builtins.input = builtins.input, no_input
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), printed, printed
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield printed
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        builtins.input = asking


def explain(error):
    """An exception as one or two sentences, with the learner's line that raised it."""
    if isinstance(error, TimeIsUp):
        return "It was still running when its time was up, and was stopped. Does a loop end?"
    if isinstance(error, MemoryError):
        return (f"It asked for more than {MEMORY // 10 ** 9} GB of memory. "
                "These arrays are small: is a shape wrong?")
    if isinstance(error, RecursionError):
        return "It calls itself again and again without an end (RecursionError)."
    if isinstance(error, SystemExit):
        words = "sys.exit() or exit(), which would end the whole notebook; use return"
    else:
        words = f"{type(error).__name__}: {in_words(error)}".rstrip(":. ")
    return f"It stopped with {words}{place_of(error)}"


def in_words(error):
    """What an exception says of itself, cut to a readable length;
    a matrix product of arrays that don't fit in plain words."""
    try:
        words = str(error)[:300]
    except BaseException:
        return ""
    if words.startswith("matmul: "):
        sizes = re.search(r"size (\d+) is different from (\d+)", words)
        return (f"shapes do not fit in a matrix product: an axis of {sizes[2]} meets one of {sizes[1]} "
                "(is a transpose missing?)" if sizes else "a factor of a matrix product is a single number")
    if "remapped shapes" in words:
        return "einsum: a letter stands for axes of different lengths"
    if "subscripts" in words:
        return "einsum: an array must have one letter for each of its axes"
    if "inhomogeneous shape" in words:
        return "the parts of an array differ in shape (a matrix product is @; * multiplies entry by entry)"
    if misfit := re.match(r"could not broadcast input array from shape (\(.*\)) into shape (\(.*\))", words):
        return f"an array of shape {misfit[1]} does not fit into a place of shape {misfit[2]}"
    if misfit := re.match(r"operands could not be broadcast together with shapes (.*\))", words):
        return (f"shapes {misfit[1]} do not fit entry by entry, lined up from the right (keepdims=True keeps "
                "an axis that is summed over; a matrix product is @)")
    return words.replace("len() of unsized object", "an array of shape () is one number and has no length")


def place_of(error):
    """Where the exception was raised: the last line of the learner's own code on the way to it,
    and the shapes of its arrays."""
    own = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)
           if not frame.f_code.co_filename.startswith((*OURS, sys.prefix, sys.base_prefix))
           and "site-packages" not in frame.f_code.co_filename]
    if not own:
        return "."
    frame, number = own[-1]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    if not line:
        return "."
    shapes = ", ".join(f"{name} has {shape}" for name, shape in shapes_in(line, frame.f_locals).items())
    return (f", in the line\n    {line}" + (f"\nShapes: {shapes}." if shapes else "")
            + (flattened(line, frame.f_locals) if isinstance(error, ValueError) else ""))


def flattened(line, variables):
    """A sentence about np.outer of an array with more axes than one, which a line of code asks for, or ""."""
    for given in re.findall(r"outer\((.*?)\)", line):
        try:
            arrays = [value_of(node, variables) for node in ast.parse(f"[{given}]", mode="eval").body.elts]
        except SyntaxError:
            continue
        for array in arrays:
            if isinstance(array, np.ndarray) and array.ndim > 1:
                return (f"\nnp.outer flattens its arrays: of shape {array.shape} it makes one vector of "
                        f"{array.size} numbers. {OUTER}")
    return ""


def shapes_in(line, variables):
    """The shapes of the arrays that a line of code reads: names, entries of dicts, fields, slots such as
    h[t - 1], and the parts of a list."""
    try:
        tree = ast.parse(line.removesuffix(":").removeprefix("return "))
    except SyntaxError:
        return {}
    shapes = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Load):
            value = value_of(node, variables)
            if type(value) is np.ndarray:
                shapes.setdefault(ast.unparse(node), value.shape)
            elif type(value) is list:               # of parts that differ, the first of each shape
                first = {part.shape: f"{ast.unparse(node)}[{i}]" for i, part in reversed([*enumerate(value)])
                         if type(part) is np.ndarray}
                if len(first) > 1:
                    shapes |= {name: shape for shape, name in reversed(first.items())}
    return shapes


def value_of(node, variables):
    """The value of a simple expression, without calling anything of the learner's; None for any other."""
    if isinstance(node, ast.Name):
        return variables.get(node.id)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = value_of(node.operand, variables)
        return -value if type(value) is int else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = value_of(node.left, variables), value_of(node.right, variables)
        if type(left) is int and type(right) is int:
            return left + right if isinstance(node.op, ast.Add) else left - right
        return None
    if isinstance(node, ast.Attribute):
        holder = value_of(node.value, variables)
        if type(holder) is np.ndarray:
            return holder.T if node.attr == "T" else None
        return getattr(holder, node.attr) if node.attr in getattr(type(holder), "_fields", ()) else None
    if isinstance(node, ast.Subscript):
        holder, key = value_of(node.value, variables), value_of(node.slice, variables)
        if type(holder) is dict and type(key) is str:
            return holder.get(key)
        if type(holder) is np.ndarray and holder.ndim and type(key) is int:
            return holder[key] if -len(holder) <= key < len(holder) else None
    return None


def plain(value, depth=0):
    """The result as plain data: numbers, text, arrays of numbers, tuples, lists and dicts of these;
    all else becomes a Strange."""
    try:
        kind = type(value)
        if kind is str and len(value) > LETTERS:
            return Strange(f"a text of {len(value)} letters")
        if kind in (bool, int, float, complex, str, type(None)):
            return value
        if issubclass(kind, np.generic):
            value, kind = np.asarray(value), np.ndarray
        if issubclass(kind, np.ndarray):
            array = np.ndarray.__array__(value)
            if array.ndim == 0 and array.dtype.kind in "biuU":
                return array.item()
            if array.size > NUMBERS:
                return Strange(f"an array of shape {array.shape}")
            return (np.array(array, subok=False) if array.dtype.kind in "biufc"
                    else Strange(f"an array of dtype {array.dtype}"))
        if depth > 5:
            return Strange(f"a {kind.__name__} inside many others")
        if issubclass(kind, Mapping):
            entries = dict.items(value) if issubclass(kind, dict) else value.items()
            return {key if type(key) in (str, int) else repr(key)[:50]: plain(entry, depth + 1)
                    for key, entry in itertools.islice(entries, NUMBERS)}
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return Fields((name, plain(entry, depth + 1))
                          for name, entry in zip(kind._fields, tuple.__iter__(value)))
        if issubclass(kind, (tuple, list)):
            if len(value) > NUMBERS:
                return Strange(f"a {kind.__name__} of {len(value)} entries")
            return [plain(entry, depth + 1) for entry in value]
        if hasattr(kind, "__dataclass_fields__"):
            return {name: plain(getattr(value, name), depth + 1) for name in kind.__dataclass_fields__}
        if kind.__name__ == "SimpleNamespace":
            return {name: plain(entry, depth + 1) for name, entry in vars(value).items()}
        return Strange(f"a {kind.__name__}")
    except BaseException as error:
        return Strange(f"an object that raises {type(error).__name__} when it is looked at")


def changes(name, before, after):
    """Where an argument was changed in place: a list of names such as "params['W_hh']"."""
    if isinstance(before, np.ndarray):
        alike = before.shape == after.shape and before.dtype == after.dtype
        return [] if alike and np.array_equal(before, after, equal_nan=True) else [name]
    if isinstance(before, dict):
        if list(before) != list(after):
            return [name]
        return [place for key in before for place in changes(f"{name}[{key!r}]", before[key], after[key])]
    if isinstance(before, (tuple, list)):
        if len(before) != len(after):
            return [name]
        fields = [f".{field}" for field in getattr(before, "_fields", ())]
        names = [name + place for place in fields or [f"[{i}]" for i in range(len(before))]]
        return [place for each in zip(names, before, after) for place in changes(*each)]
    return []
