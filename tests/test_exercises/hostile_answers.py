"""Hostile answers: what a check must survive.

``HOSTILE["an endless loop"]`` is a function of any arguments. None returns a right answer to anything,
so no check may call one right; and whatever an answer does, the check must come back in time,
and the session must be as it was before.

Some of these end, fill or freeze the process that calls them. Call them only through a check,
or in a process of their own with limits on time and memory.
"""

import asyncio
import atexit
import builtins
import ctypes
import gc
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings

import numpy as np

from helpers import rnn


# Answers that do not come back.

def endless_loop(*arguments, **keywords):
    """A loop in Python that never ends."""
    while True:
        pass


def endless_loop_that_catches_everything(*arguments, **keywords):
    """An endless loop that an exception, KeyboardInterrupt among them, cannot leave."""
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


def endless_loop_that_ignores_signals(*arguments, **keywords):
    """An endless loop after every signal that can be ignored is ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def long_sleep(*arguments, **keywords):
    """A minute of sleep."""
    time.sleep(60)


def asks_for_input(*arguments, **keywords):
    """Waits for somebody to type."""
    return input("What is dW_hh? ")


def huge_product(*arguments, **keywords):
    """A product of three small matrices that works in C for minutes, where Python notices no signal."""
    matrix = np.ones((1000, 1000))
    return np.einsum("ij,jk,kl->il", matrix, matrix, matrix)


def huge_power(*arguments, **keywords):
    """A power of whole numbers that works in C for a very long time."""
    return 7 ** (7 ** 12)


def waits_for_a_lock(*arguments, **keywords):
    """Acquires a lock twice."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def endless_coroutine(*arguments, **keywords):
    """Runs an event loop in which nothing ever happens."""
    asyncio.run(asyncio.Event().wait())


# Answers that end the process, or try to.

def exits(*arguments, **keywords):
    """sys.exit, with the code for success."""
    sys.exit(0)


def exits_at_once(*arguments, **keywords):
    """os._exit, with the code for success."""
    os._exit(0)


def raises_keyboard_interrupt(*arguments, **keywords):
    """As if somebody had pressed Ctrl-C."""
    raise KeyboardInterrupt


def interrupts_itself(*arguments, **keywords):
    """Sends its own process what Ctrl-C sends, and again a little later."""
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    os.kill(os.getpid(), signal.SIGINT)


def kills_itself(*arguments, **keywords):
    """Sends its own process the signal that cannot be caught."""
    os.kill(os.getpid(), signal.SIGKILL)


def is_killed_by_an_alarm(*arguments, **keywords):
    """Sets an alarm that ends the process a second later, and returns."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(1)


def segmentation_fault(*arguments, **keywords):
    """Reads the memory at address 0."""
    ctypes.string_at(0)


def aborts(*arguments, **keywords):
    """abort() of the C library."""
    os.abort()


def forks(*arguments, **keywords):
    """Makes a second process, which goes on with the check as the first one does."""
    os.fork()


def forks_a_child_that_stays(*arguments, **keywords):
    """Makes a second process, which sleeps for a minute and keeps all pipes open."""
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)


def exits_late(*arguments, **keywords):
    """Registers a function that keeps the process from ending."""
    atexit.register(time.sleep, 60)


# Answers that need too much.

def deep_recursion(*arguments, **keywords):
    """Calls itself without end."""
    return deep_recursion(*arguments, **keywords)


def recursion_without_limit(*arguments, **keywords):
    """Calls itself without end, through C, after Python's limit is lifted."""
    class Endless:
        def __getattr__(self, name):
            return getattr(self, name + "_")

    sys.setrecursionlimit(10 ** 9)
    return Endless().gradient


def huge_array(*arguments, **keywords):
    """An array of eight terabytes."""
    return np.ones((10 ** 6, 10 ** 6))


def growing_list(*arguments, **keywords):
    """Memory that grows without end, in portions of eight megabytes."""
    kept = []
    while True:
        kept.append(np.ones(10 ** 6))


def growing_text(*arguments, **keywords):
    """Text that doubles without end."""
    text = "gradient "
    while True:
        text += text


def catches_lack_of_memory(*arguments, **keywords):
    """Fills the memory, and goes on with what is left."""
    kept = []
    while True:
        try:
            kept.append(bytearray(10 ** 8))
        except MemoryError:
            time.sleep(0.01)


def fills_the_disk(*arguments, **keywords):
    """Writes 200 megabytes into a file that vanishes when it is closed."""
    with tempfile.TemporaryFile() as file:
        for _ in range(200):
            file.write(bytes(10 ** 6))


def opens_many_files(*arguments, **keywords):
    """Opens files until there are no numbers left for them."""
    kept = []
    while True:
        kept.append(open(os.devnull, encoding="utf-8"))


# Answers that write a lot, or where they should not.

def prints_a_million_lines(*arguments, **keywords):
    """A million lines."""
    for number in range(10 ** 6):
        print("line", number)


def prints_one_endless_line(*arguments, **keywords):
    """A line that never ends."""
    while True:
        sys.stdout.write("ha")


def writes_to_stderr(*arguments, **keywords):
    """A few lines to sys.stderr, to the log, and past Python to the file behind it."""
    print("an error that is none", file=sys.stderr)
    logging.error("a log entry")
    os.write(2, b"past Python\n")


def writes_past_python(*arguments, **keywords):
    """A lot of bytes that are no text, to the file behind sys.stdout."""
    for _ in range(1000):
        os.write(1, b"\xff\x00\x1b[2J" * 1000)


def closes_stdout(*arguments, **keywords):
    """Closes sys.stdout and sys.stderr."""
    sys.stdout.close()
    sys.stderr.close()


def closes_all_files(*arguments, **keywords):
    """Closes the files behind them, and every other one that the process has opened."""
    os.closerange(0, 256)


def prints_html(*arguments, **keywords):
    """Prints what a browser would execute."""
    print("<script>document.body.innerHTML = 'right'</script>")


# Answers that change what others use.

def breaks_tanh(*arguments, **keywords):
    """np.tanh is None."""
    np.tanh = None


def makes_all_arrays_close(*arguments, **keywords):
    """Every comparison of NumPy says yes."""
    for name in ("allclose", "array_equal", "isclose", "all", "array_equiv"):
        setattr(np, name, lambda *anything, **more: True)
    np.testing.assert_allclose = lambda *anything, **more: None


def breaks_asarray(*arguments, **keywords):
    """Whatever becomes an array becomes zero."""
    np.asarray = np.array = lambda *anything, **more: np.zeros(())


def makes_all_differences_zero(*arguments, **keywords):
    """No difference has a size."""
    np.abs = np.max = np.linalg.norm = np.subtract = lambda *anything, **more: 0.0


def breaks_the_helpers(*arguments, **keywords):
    """The course's own forward and backward pass return nothing."""
    rnn.forward = rnn.backward = lambda *anything, **more: None


def hides_numpy(*arguments, **keywords):
    """Nobody can import NumPy, or the helpers, again."""
    for name in list(sys.modules):
        if name.split(".")[0] in ("numpy", "helpers", "exercises"):
            sys.modules[name] = None


def makes_numpy_strict(*arguments, **keywords):
    """Every underflow raises an error, and every array is printed with one digit."""
    np.seterr(all="raise")
    np.set_printoptions(precision=1, threshold=1)


def seeds_the_generators(*arguments, **keywords):
    """What looks random is the same from now on."""
    np.random.seed(0)
    random.seed(0)


def makes_warnings_errors(*arguments, **keywords):
    """Every warning is an error, and one is on its way."""
    warnings.simplefilter("error")
    warnings.warn("a warning that is an error", stacklevel=2)


def deletes_len(*arguments, **keywords):
    """len, print and isinstance are gone from the builtins."""
    del builtins.len, builtins.print, builtins.isinstance


def changes_builtins(*arguments, **keywords):
    """abs is always zero, all is always True, and the largest of anything is zero."""
    builtins.abs = builtins.max = builtins.sum = lambda *anything, **more: 0.0
    builtins.all = builtins.any = lambda *anything, **more: True


def changes_global_variables(*arguments, **keywords):
    """Deletes the global variables of the notebook, or of whatever else was started."""
    notebook = vars(sys.modules["__main__"])
    for name in [name for name in notebook if not name.startswith("__")]:
        del notebook[name]


def changes_the_environment(*arguments, **keywords):
    """Other environment variables, another directory, another path to import from."""
    os.environ.clear()
    os.environ["PYTHONPATH"] = "/nowhere"
    os.chdir("/")
    sys.path.clear()


def changes_its_arguments(*arguments, **keywords):
    """Overwrites every array that it is given, also within dicts, tuples and objects,
    and empties the dicts.
    """
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.flags.writeable = True
            argument[...] = np.nan
        elif isinstance(argument, dict):
            changes_its_arguments(*argument.values())
            argument.clear()
        elif isinstance(argument, tuple):
            changes_its_arguments(*argument)
        elif hasattr(argument, "__dict__"):
            changes_its_arguments(*vars(argument).values())


def resizes_its_arguments(*arguments, **keywords):
    """Gives every array that it is given another shape."""
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.resize(argument.size, refcheck=False)


def starts_a_thread_that_never_ends(*arguments, **keywords):
    """A thread that the process would have to wait for."""
    threading.Thread(target=endless_loop).start()


def starts_a_thread_that_keeps_breaking(*arguments, **keywords):
    """A thread that goes on changing np.tanh when the answer has long been given."""
    def keep_breaking():
        while True:
            np.tanh = None
            time.sleep(0.001)

    threading.Thread(target=keep_breaking, daemon=True).start()


def traces_every_line(*arguments, **keywords):
    """A trace function that raises an error at the next call of any function."""
    def trace(*event):
        raise RuntimeError("a trace function")

    sys.settrace(trace)


def lowers_the_recursion_limit(*arguments, **keywords):
    """Leaves Python hardly any depth for calls."""
    limit = 1000
    while True:
        try:
            sys.setrecursionlimit(limit)
        except RecursionError:
            return
        limit -= 1


def stops_garbage_collection(*arguments, **keywords):
    """Switches the collector off."""
    gc.disable()


def stops_the_clock(*arguments, **keywords):
    """No time passes any more."""
    time.time = time.monotonic = time.perf_counter = lambda: 0.0


# Answers that return something hostile.

def returns_a_generator(*arguments, **keywords):
    """A generator of a few numbers."""
    return (number for number in (1.0, 2.0, 3.0))


def returns_an_endless_generator(*arguments, **keywords):
    """A generator that never ends."""
    def numbers():
        while True:
            yield 0.0

    return numbers()


def returns_a_generator_that_exits(*arguments, **keywords):
    """A generator that raises SystemExit when it is asked for a number."""
    def numbers():
        raise SystemExit(0)
        yield

    return numbers()


class Raising:
    """An object that raises an error, whatever it is asked."""

    def refuse(self, *arguments):
        raise RuntimeError("ask somebody else")

    __eq__ = __ne__ = __array__ = __len__ = __iter__ = __getitem__ = __contains__ = refuse
    __bool__ = __float__ = __hash__ = refuse
    __repr__ = __str__ = __format__ = __dir__ = refuse
    __sub__ = __rsub__ = __reduce_ex__ = __del__ = __getattr__ = refuse
    __class__ = property(refuse)
    __dict__ = property(refuse)
    shape = dtype = ndim = property(refuse)


class Looping:
    """An object that never answers."""

    def loop(self, *arguments):
        while True:
            pass

    __eq__ = __ne__ = __array__ = __len__ = __iter__ = __getitem__ = __contains__ = loop
    __bool__ = __float__ = __hash__ = loop
    __repr__ = __str__ = __format__ = __dir__ = __sub__ = __rsub__ = __reduce_ex__ = __getattr__ = loop
    __class__ = property(loop)
    shape = dtype = ndim = property(loop)


class Agreeing:
    """An object that is equal to everything, close to everything, and as long as anything."""

    shape, dtype, ndim, size = (), np.dtype(float), 0, 1

    def agree(self, *arguments):
        return True

    def stay(self, *arguments):
        return self

    __eq__ = __le__ = __lt__ = __ge__ = __gt__ = __contains__ = __bool__ = agree
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = __getitem__ = stay
    __array_ufunc__ = __array_function__ = stay
    __hash__ = None

    def __ne__(self, other):
        return False

    def __float__(self):
        return 0.0

    def __len__(self):
        return 7


class Liar:
    """An object that says it is an array, or a dict."""

    def __init__(self, kind):
        self.kind = kind

    @property
    def __class__(self):
        return self.kind


class HostileKey(str):
    """A key that raises an error when it is compared or shown."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        raise RuntimeError("keys are private")

    def __repr__(self):
        raise RuntimeError("keys are private")

    __ne__ = __lt__ = __gt__ = __eq__
    __str__ = __repr__


class HostileDict(dict):
    """A dict that raises errors, or never ends, when it is read."""

    def __getitem__(self, key):
        raise RuntimeError("not for you")

    def __iter__(self):
        while True:
            yield HostileKey("W_hh")

    __contains__ = get = items = values = copy = __eq__ = __getitem__
    keys = __iter__
    __hash__ = None

    def __len__(self):
        return 7


class AgreeingDict(dict):
    """A dict that finds an Agreeing object under every key."""

    def __missing__(self, key):
        return Agreeing()

    def __contains__(self, key):
        return True

    def __eq__(self, other):
        return True

    __hash__ = None

    def keys(self):
        return {"W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"}


class HostileArray(np.ndarray):
    """An array that raises an error whenever NumPy makes another one from it, compares it or shows it."""

    def __array_finalize__(self, parent):
        if isinstance(parent, HostileArray):
            raise RuntimeError("not from me")

    def refuse(self, *arguments, **keywords):
        raise RuntimeError("not with me")

    __eq__ = __ne__ = __array_ufunc__ = __array_function__ = refuse
    __repr__ = __str__ = __reduce__ = __deepcopy__ = copy = refuse
    __hash__ = None


class AgreeingArray(np.ndarray):
    """An array that is never different from another."""

    def __array_ufunc__(self, function, method, *inputs, **keywords):
        return np.zeros(1)

    def __ne__(self, other):
        return np.False_

    def __eq__(self, other):
        return np.True_

    __hash__ = None


def returns_a_raising_object(*arguments, **keywords):
    """See Raising."""
    return Raising()


def returns_a_looping_object(*arguments, **keywords):
    """See Looping."""
    return Looping()


def returns_an_agreeing_object(*arguments, **keywords):
    """See Agreeing."""
    return Agreeing()


def returns_a_false_array(*arguments, **keywords):
    """See Liar."""
    return Liar(np.ndarray)


def returns_a_false_dict(*arguments, **keywords):
    """See Liar."""
    return Liar(dict)


def returns_a_hostile_dict(*arguments, **keywords):
    """See HostileDict."""
    return HostileDict({HostileKey("W_hh"): np.zeros(1), "x": np.zeros(1)})


def returns_hostile_keys(*arguments, **keywords):
    """A plain dict with keys that cannot be compared, sorted or shown."""
    return {HostileKey("W_hh"): 0.0, None: 0.0, 1: 0.0, (): 0.0, float("nan"): 0.0}


def returns_an_agreeing_dict(*arguments, **keywords):
    """See AgreeingDict."""
    return AgreeingDict()


def returns_a_hostile_array(*arguments, **keywords):
    """See HostileArray."""
    return np.zeros((4, 4)).view(HostileArray)


def returns_an_agreeing_array(*arguments, **keywords):
    """See AgreeingArray."""
    return np.zeros((4, 4)).view(AgreeingArray)


def returns_a_list_that_contains_itself(*arguments, **keywords):
    """A list whose only entry is the list."""
    circle = []
    circle.append(circle)
    return circle


def returns_a_dict_that_contains_itself(*arguments, **keywords):
    """A dict under whose keys the dict stands."""
    circle = {}
    circle.update(dict.fromkeys(("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"), circle))
    return circle


def returns_a_deep_list(*arguments, **keywords):
    """A list in a list in a list ... a hundred thousand times."""
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested


def returns_ragged_lists(*arguments, **keywords):
    """Lists of different length, with text and None between the numbers."""
    return [[1.0, 2.0], [3.0], "four", None]


def returns_an_array_of_objects(*arguments, **keywords):
    """An array of dtype object that holds anything."""
    return np.array([None, "text", Looping, [1.0], 2.0], dtype=object)


def returns_a_structured_array(*arguments, **keywords):
    """An array with fields, dates and text."""
    return np.zeros(3, dtype=[("when", "datetime64[s]"), ("what", "U10")])


def returns_an_array_without_memory(*arguments, **keywords):
    """An array with a million times a million entries, all in the same eight bytes."""
    return np.broadcast_to(0.0, (10 ** 6, 10 ** 6))


def returns_nothing_but_nan(*arguments, **keywords):
    """nan, of which every comparison is False."""
    return np.full((4, 4), np.nan)


def returns_a_lambda(*arguments, **keywords):
    """A function that would calculate later."""
    return lambda: 0.0


def returns_a_module(*arguments, **keywords):
    """The whole of NumPy."""
    return np


def returns_its_arguments(*arguments, **keywords):
    """What it was given."""
    return arguments


class RecursingAtTheEnd:
    """An object that makes another one of its kind when it is deleted."""

    def __del__(self):
        RecursingAtTheEnd()


def returns_an_object_that_recurses_at_the_end(*arguments, **keywords):
    """See RecursingAtTheEnd."""
    return RecursingAtTheEnd()


# Answers that raise something hostile.

class Unspeakable(Exception):
    """An exception that cannot be shown."""

    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__
    args = property(__str__)


class NoException(BaseException):
    """Not caught by `except Exception`."""


def raises_the_unspeakable(*arguments, **keywords):
    """See Unspeakable."""
    raise Unspeakable


def raises_a_base_exception(*arguments, **keywords):
    """See NoException."""
    raise NoException("not an Exception")


def raises_a_group(*arguments, **keywords):
    """A group of exceptions, with SystemExit in it."""
    raise BaseExceptionGroup("several", [ValueError("one"), SystemExit(0),
                                         ExceptionGroup("more", [Unspeakable()])])


def raises_a_circle(*arguments, **keywords):
    """An exception that is the cause of its own cause."""
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    raise one


def raises_a_long_message(*arguments, **keywords):
    """An error with ten million letters."""
    raise ValueError("a" * 10 ** 7)


def raises_stop_iteration(*arguments, **keywords):
    """What ends a loop, if the check calls the answer in a generator."""
    raise StopIteration


def raises_html(*arguments, **keywords):
    """An error whose message a browser would execute."""
    raise ValueError("<script>document.body.innerHTML = 'right'</script>")


def raises_another_after_each(*arguments, **keywords):
    """A long chain of exceptions, each raised while the one before was handled."""
    error = ValueError("first")
    for number in range(5000):
        following = ValueError(f"number {number}")
        following.__context__ = error
        error = following
    raise error


# Answers that are no function with the right parameters.

def takes_nothing():
    """No parameters at all."""
    return 0.0


def takes_too_many(one, two, three, four, five, six, seven):
    """More parameters than any exercise has arguments."""
    return one, two, three, four, five, six, seven


def takes_keywords_only(*, params, cache, dy):
    """No parameter without its name."""
    return params, cache, dy


async def is_a_coroutine_function(*arguments, **keywords):
    """A call returns a coroutine, and calculates nothing."""
    return 0.0


async def is_an_asynchronous_generator(*arguments, **keywords):
    """A call returns an asynchronous generator."""
    yield 0.0


def is_a_generator_function(*arguments, **keywords):
    """A call returns a generator: there is a yield where return should be."""
    yield 0.0


class IsAClass:
    """A class: a call makes an object."""

    def __init__(self, *arguments, **keywords):
        self.arguments = arguments


class IsAnAbstractClass:
    """A class that cannot be called."""

    def __new__(cls, *arguments, **keywords):
        raise TypeError("abstract")


class HostileCallable:
    """An object that can be called, but raises errors when its name, its text or its signature
    is asked for.
    """

    def __call__(self, *arguments, **keywords):
        return 0.0

    def __getattribute__(self, name):
        raise RuntimeError("no name")

    def __repr__(self):
        raise RuntimeError("no words")


def has_a_hostile_name(*arguments, **keywords):
    """Its name is markup, its signature a number, and it says that it wraps itself."""
    return 0.0


has_a_hostile_name.__name__ = has_a_hostile_name.__qualname__ = "<script>name</script>"
has_a_hostile_name.__signature__ = 0
has_a_hostile_name.__wrapped__ = has_a_hostile_name


HOSTILE = {
    "an endless loop": endless_loop,
    "an endless loop that catches every exception": endless_loop_that_catches_everything,
    "an endless loop that ignores signals": endless_loop_that_ignores_signals,
    "a long sleep": long_sleep,
    "asks for input": asks_for_input,
    "a huge product in C": huge_product,
    "a huge power in C": huge_power,
    "waits for a lock": waits_for_a_lock,
    "an event loop without events": endless_coroutine,

    "sys.exit": exits,
    "os._exit": exits_at_once,
    "raises KeyboardInterrupt": raises_keyboard_interrupt,
    "interrupts itself": interrupts_itself,
    "kills itself": kills_itself,
    "is killed by an alarm": is_killed_by_an_alarm,
    "a segmentation fault": segmentation_fault,
    "aborts": aborts,
    "forks": forks,
    "forks a child that stays": forks_a_child_that_stays,
    "exits late": exits_late,

    "deep recursion": deep_recursion,
    "recursion without a limit": recursion_without_limit,
    "a huge array": huge_array,
    "a growing list": growing_list,
    "a growing text": growing_text,
    "catches lack of memory": catches_lack_of_memory,
    "fills the disk": fills_the_disk,
    "opens many files": opens_many_files,

    "prints a million lines": prints_a_million_lines,
    "prints one endless line": prints_one_endless_line,
    "writes to stderr": writes_to_stderr,
    "writes past Python": writes_past_python,
    "closes stdout": closes_stdout,
    "closes all files": closes_all_files,
    "prints HTML": prints_html,

    "np.tanh is None": breaks_tanh,
    "all arrays are close": makes_all_arrays_close,
    "np.asarray returns zero": breaks_asarray,
    "all differences are zero": makes_all_differences_zero,
    "the helpers return nothing": breaks_the_helpers,
    "NumPy cannot be imported": hides_numpy,
    "NumPy raises at every underflow": makes_numpy_strict,
    "seeds the generators": seeds_the_generators,
    "warnings are errors": makes_warnings_errors,
    "deletes len": deletes_len,
    "changes the builtins": changes_builtins,
    "deletes global variables": changes_global_variables,
    "changes the environment": changes_the_environment,
    "changes its arguments": changes_its_arguments,
    "reshapes its arguments": resizes_its_arguments,
    "a thread that never ends": starts_a_thread_that_never_ends,
    "a thread that keeps breaking NumPy": starts_a_thread_that_keeps_breaking,
    "a trace function that raises": traces_every_line,
    "lowers the recursion limit": lowers_the_recursion_limit,
    "no garbage collection": stops_garbage_collection,
    "stops the clock": stops_the_clock,

    "returns a generator": returns_a_generator,
    "returns an endless generator": returns_an_endless_generator,
    "returns a generator that raises SystemExit": returns_a_generator_that_exits,
    "returns an object that raises at everything": returns_a_raising_object,
    "returns an object that loops at everything": returns_a_looping_object,
    "returns an object that equals everything": returns_an_agreeing_object,
    "returns an object that says it is an array": returns_a_false_array,
    "returns an object that says it is a dict": returns_a_false_dict,
    "returns a hostile dict": returns_a_hostile_dict,
    "returns a dict with hostile keys": returns_hostile_keys,
    "returns a dict that has everything": returns_an_agreeing_dict,
    "returns a hostile array": returns_a_hostile_array,
    "returns an array that equals everything": returns_an_agreeing_array,
    "returns a list that contains itself": returns_a_list_that_contains_itself,
    "returns a dict that contains itself": returns_a_dict_that_contains_itself,
    "returns a deeply nested list": returns_a_deep_list,
    "returns ragged lists": returns_ragged_lists,
    "returns an array of objects": returns_an_array_of_objects,
    "returns an array with fields": returns_a_structured_array,
    "returns an array without memory": returns_an_array_without_memory,
    "returns nan": returns_nothing_but_nan,
    "returns a lambda": returns_a_lambda,
    "returns a module": returns_a_module,
    "returns its arguments": returns_its_arguments,
    "returns an object that recurses at its end": returns_an_object_that_recurses_at_the_end,

    "raises what cannot be shown": raises_the_unspeakable,
    "raises a BaseException": raises_a_base_exception,
    "raises an exception group": raises_a_group,
    "raises a circle of causes": raises_a_circle,
    "raises a long message": raises_a_long_message,
    "raises StopIteration": raises_stop_iteration,
    "raises HTML": raises_html,
    "raises a long chain": raises_another_after_each,

    "takes no arguments": takes_nothing,
    "takes too many arguments": takes_too_many,
    "takes keywords only": takes_keywords_only,
    "a coroutine function": is_a_coroutine_function,
    "an asynchronous generator": is_an_asynchronous_generator,
    "a generator function": is_a_generator_function,
    "a class": IsAClass,
    "a class that cannot be called": IsAnAbstractClass,
    "a callable that raises when it is looked at": HostileCallable(),
    "a function with a hostile name": has_a_hostile_name,
}
