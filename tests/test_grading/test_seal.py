"""The kernel's filter, on processors that are not at hand too: its numbers, and what becomes of each call."""

import re
import sys
from pathlib import Path

import pytest

from notebooks import COURSE
from solutions.grading import sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
TEXT = (COURSE / "solutions" / "grading" / "child.py").read_text(encoding="utf-8")
# Linux, include/uapi/asm-generic/unistd.h, as 64-bit ARM takes it. (fstat, lseek and mmap: __NR3264.)
ARM = dict(close=57, lseek=62, read=63, write=64, fstat=80, exit=93, exit_group=94, futex=98, nanosleep=101,
           clock_gettime=113, clock_getres=114, clock_nanosleep=115, sched_getaffinity=123, sched_yield=124,
           restart_syscall=128, sigaltstack=132, rt_sigaction=134, rt_sigprocmask=135, rt_sigreturn=139,
           getrusage=165, getcpu=168, gettimeofday=169, getpid=172, gettid=178, brk=214, munmap=215,
           mremap=216, mmap=222, mprotect=226, madvise=233, getrandom=278, rseq=293)
# What opens a file, a connection or a way out: on x86-64, on ARM.
OUT = dict(openat=(257, 56), socket=(41, 198), connect=(42, 203), clone=(56, 220), clone3=(435, 435),
           execve=(59, 221), kill=(62, 129), ptrace=(101, 117), prctl=(157, 167), unlinkat=(263, 35),
           setuid=(105, 146), io_uring_setup=(425, 425), bpf=(321, 280), memfd_create=(319, 279),
           process_vm_readv=(310, 270), mount=(165, 40))
HEADERS = {"x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
           "aarch64": "/usr/include/asm-generic/unistd.h"}
# include/uapi/linux/audit.h and elf-em.h: the machine's number, 64 bits, little endian.
NAMES = {"x86_64": 62 | 0x80000000 | 0x40000000, "aarch64": 183 | 0x80000000 | 0x40000000}
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000        # 1 is EPERM


@pytest.fixture(scope="module")
def child():
    """What child.py defines; nothing is served."""
    space = {}
    exec(compile(TEXT.removesuffix("main()\n"), "child.py", "exec"), space)
    return space


def numbers(child, machine):
    """{the name of a call that is let through: its number on a machine}."""
    calls = [call.split() for call in child["CALLS"].split(",")]
    return {call[0]: int(call[child["MACHINES"][machine][1]]) for call in calls}


def verdict(rows, architecture, number):
    """What the kernel makes of a call: the filter, run row by row."""
    place, value = 0, None
    while True:
        what, if_true, if_false, constant = rows[place]
        if what == 0x20:                            # load the architecture, or the call's number
            value, jump = {4: architecture, 0: number}[constant], 0
        elif what in (0x15, 0x35):
            jump = if_true if (value == constant if what == 0x15 else value >= constant) else if_false
        else:
            return constant
        place += 1 + jump


def test_the_numbers_are_those_of_the_kernel(child):
    assert numbers(child, "aarch64") == ARM
    for machine, path in HEADERS.items():           # where they are installed
        text = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
        defined = {name: int(value) for name, value in re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", text)}
        for name, number in numbers(child, machine).items():
            assert defined.get(name, number) == number, (machine, name)
        for name, both in OUT.items():
            number = both[machine == "aarch64"]
            assert defined.get(name, number) == number, (machine, name)


@pytest.mark.parametrize("machine", NAMES)
def test_only_calls_of_computing_pass(child, machine):
    rows, passing = child["rows_of_filter"](machine), set(numbers(child, machine).values())
    found = {number: verdict(rows, NAMES[machine], number) for number in range(600)}
    assert {number for number, said in found.items() if said == ALLOW} == passing
    assert set(found.values()) == {ALLOW, REFUSE}
    assert all(found[both[machine == "aarch64"]] == REFUSE for both in OUT.values())
    assert verdict(rows, NAMES[machine], 0x40000000 + 1) == KILL
    for other in (*NAMES.values(), 40 | 0x40000000, 3 | 0x40000000):       # 32 bits of either, too
        assert other == NAMES[machine] or verdict(rows, other, min(passing)) == KILL


def test_an_unknown_machine_has_no_filter(child):
    assert child["rows_of_filter"]("riscv64") == []


@pytest.fixture
def fresh_nursery(monkeypatch):
    """No process that was started behind other walls is asked."""
    def forget():
        for one in sandbox.NURSERY:
            one.end()
        sandbox.NURSERY.clear()
        sandbox.wall.cache_clear()

    forget()
    yield
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("bubblewrap", ["absent", "without user namespaces"])
def test_without_bubblewrap_the_filter_holds(bubblewrap, fresh_nursery, monkeypatch, tmp_path):
    if bubblewrap != "absent":
        (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sandbox.try_seal() == "seccomp"


@pytest.mark.parametrize("change, why", [
    (("if machine not in MACHINES:", "if True:"), "the kernel takes no filter"),
    (("(answer, 0, 0, 0x00050001)", "(answer, 0, 0, 0x7FFF0000)"), "can open files")])
def test_where_no_filter_holds_nothing_is_graded(change, why, fresh_nursery, monkeypatch, tmp_path):
    assert TEXT.count(change[0]) == 1
    (tmp_path / "child.py").write_text(TEXT.replace(*change), encoding="utf-8")
    monkeypatch.setattr(sandbox, "HERE", tmp_path)
    with pytest.raises(sandbox.NoSeal, match=why):
        sandbox.try_seal()
