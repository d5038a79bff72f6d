#!/usr/bin/env python3
"""Processes of communicator_fork on a terminal: Ctrl-C reaches each once, Ctrl-Z stops and fg continues all."""
import os
import pty
import re
import signal
import sys
import time

LIMIT = 60
text = b""


def read_until(pattern, terminal):
    global text
    end = time.monotonic() + LIMIT
    while not re.search(pattern, text):
        assert time.monotonic() < end, f"never {pattern}: {text}"
        try:
            text += os.read(terminal, 4096)
        except OSError:  # the other side is closed
            assert re.search(pattern, text), text
            return


def state(process):
    with open(f"/proc/{process}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def wait_for_states(processes, states):
    end = time.monotonic() + LIMIT
    while not all(state(p) in states for p in processes):
        assert time.monotonic() < end, [state(p) for p in processes]
        time.sleep(0.05)


def children(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(word) for word in file.read().split()]


program, terminal = pty.fork()
if program == 0:
    os.execv(sys.argv[1], [sys.argv[1], "fork", "3", "steps"])
signal.alarm(2 * LIMIT)
read_until(rb"ready", terminal)
ranks = children(program)
assert len(ranks) == 3, ranks

# The shell that a job returns to is the caller here; a session's leader, which `program` is, stops as any other.
os.write(terminal, b"\x1a")
wait_for_states([program] + ranks, "T")
os.kill(program, signal.SIGCONT)
wait_for_states(ranks, "SR")

os.write(terminal, b"\x03")
read_until(rb"interrupted", terminal)
_, status = os.waitpid(program, 0)
assert os.waitstatus_to_exitcode(status) == 130, status
assert text.count(b"interrupted") == 1, text
