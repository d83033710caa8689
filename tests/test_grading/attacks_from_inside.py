"""What an answer may try once it is called: ``ATTACKS`` is {what it tries: the body of 3.2's function}.

None may score, reach or leave anything. CANARY is a file that some of them want to write.
"""

from notebooks import COURSE

CANARY = "/tmp/leak-from-a-sealed-process"
LIBC = "import ctypes\nlibc = ctypes.CDLL(None)\n"


def forged(array):
    """Lines that write a result of their own into the pipe: an array of that description."""
    return ("import json, os\n"
            f"text = json.dumps(['list', [{array}, None, False, ['list', []], '']]).encode()\n"
            "for pipe in range(3, 20):\n    try:\n"
            "        os.write(pipe, b'o' + len(text).to_bytes(4, 'little') + text)\n"
            "    except OSError:\n        pass\nos._exit(0)")


ATTACKS = {
    "opens the course": f"return open({str(COURSE)!r} + '/solutions/03_deriving_bptt.md').read()",
    "lists the file system": "import os\nreturn sorted(os.listdir('/'))",
    "writes a file": f"open({CANARY!r}, 'w').write('x')",
    "writes past Python": LIBC + f"return [libc.creat(b{CANARY!r}, 511)]",
    "writes into the course": f"open({str(COURSE)!r} + '/helpers/leak.py', 'w').write('x')",
    "reads its own memory file": "return open('/proc/self/maps').read()",
    "opens a socket past Python": LIBC + "return [libc.socket(2, 1, 0), libc.socket(1, 1, 0)]",
    "forks": "import os, time\nif os.fork() == 0:\n    time.sleep(100)\nreturn W_hh",
    "starts a program": "import subprocess\nreturn subprocess.run(['id'], capture_output=True).stdout",
    "starts a thread": "import threading\nt = threading.Thread(target=print)\nt.start()\nreturn W_hh",
    "kills everything": "import os, signal\nos.kill(-1, signal.SIGKILL)\nreturn W_hh",
    "traces its parent": LIBC + "import os\nreturn [libc.ptrace(16, os.getppid(), 0, 0), "
                                "libc.syscall(310, os.getppid(), 0, 0, 0, 0, 0)]",
    "machine code in 32 bits": LIBC + "libc.mmap.restype = ctypes.c_void_p\n"
                               "place = libc.mmap(None, 4096, 7, 0x22, -1, 0)\n"
                               "ctypes.memmove(place, bytes([0xb8, 2, 0, 0, 0, 0xcd, 0x80, 0xc3]), 8)\n"
                               "return [ctypes.CFUNCTYPE(ctypes.c_long)(place)()]",
    "other numbers of the kernel's calls": LIBC + "return [libc.syscall(0x40000000 + 57)]",
    "io_uring": LIBC + "return [libc.syscall(425, 8, 0)]",
    "lifts its limits": "import resource\nforever = (resource.RLIM_INFINITY,) * 2\n"
                        "resource.setrlimit(resource.RLIMIT_CPU, forever)\nwhile True:\n    pass",
    "becomes root again": "import os\nos.setuid(0)\nreturn open('/etc/shadow').read()",
    "forges a result": forged("['array', '<f8', [3, 3], 'AAAA']"),
    "forges an array of objects": forged("['array', '|O', [1], 'AAAAAAAAAAA=']"),
    "forges an array larger than its bytes": forged("['array', '<f8', [1000000000, 1000000000], 'AAAA']"),
    "forges a named tuple": forged("['named', 'x', ['a; import os', '__class__'], [1, 2]]"),
    "forges a deep result": forged("eval('[' * 50 + ']' * 50)"),
    "a message of 4 GB": "import os\nfor pipe in range(3, 20):\n    try:\n"
                         "        os.write(pipe, b'o' + b'\\xff' * 4)\n"
                         "    except OSError:\n        pass\nwhile True:\n    pass",
    "a message without an end": "import os\nfor pipe in range(3, 20):\n    try:\n"
                                "        os.write(pipe, b'o' + (60 * 2 ** 20).to_bytes(4, 'little'))\n"
                                "        while True:\n            os.write(pipe, b'x' * 65536)\n"
                                "    except OSError:\n        pass",
    "closes its pipes": "import os\nos.closerange(0, 64)\nreturn W_hh",
    "reads the next arguments": "import os\nreturn os.read(3, 10 ** 6)",
    "loops": "while True:\n    pass",
    "loops in C": "m = np.ones((1000, 1000))\nreturn np.einsum('ij,jk,kl->il', m, m, m)",
    "memory in small parts": "kept = []\nwhile True:\n    try:\n        kept.append(bytearray(10 ** 7))\n"
                             "    except MemoryError:\n        pass",
    "recursion in C": "import sys\nsys.setrecursionlimit(10 ** 9)\nclass E:\n    def __getattr__(self, n):\n"
                      "        return getattr(self, n + '_')\nreturn E().x",
    "exits": "import os\nos._exit(0)",
    "prints without end": "while True:\n    print('x' * 1000)",
    "sleeps": "import time\ntime.sleep(10 ** 6)",
    "imports the reference": "from exercises.lessons.lesson_03 import one_step_jacobian as r\n"
                             "return r(W_hh, h)",
    "imports a helper that is not its": "from helpers import gradcheck\n"
                                        "return gradcheck.complex_step(W_hh, h)",
    "patches what calls it": "import sys\nframe = sys._getframe()\nwhile frame:\n"
                             "    space = frame.f_globals\n"
                             "    for name in ('plain', 'changes', 'call'):\n        if name in space:\n"
                             "            space[name] = lambda *rest: 'right'\n    frame = frame.f_back\n"
                             "return None",
    "ignores signals": "import signal\nfor n in range(1, 65):\n    try:\n"
                       "        signal.signal(n, signal.SIG_IGN)\n"
                       "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass",
    "a program in memory": "import os\nfd = os.memfd_create('x')\nos.write(fd, b'#!/bin/sh\\nid')\n"
                           "os.execve(fd, ['x'], {})",
}
