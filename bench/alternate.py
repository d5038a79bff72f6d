#!/usr/bin/env python3
"""Runs two commands in turn, A B A B ..., and compares a figure that each prints.

    bench/alternate.py --rounds 7 --figure-a REGEX --figure-b REGEX -- COMMAND_A ... -- COMMAND_B ...

A command is run as given, without a shell (use sh -c '...' for one). Each regular expression has one group, the
number, and must match exactly one place of the command's output. Neighbours in time share the machine's mood, so
the ratio A/B is taken within each round. Foreign load is how many processors were busy with other work during a run.
"""
import argparse
import os
import re
import resource
import shlex
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")


def machine_busy_seconds():
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(command, figure):
    """The figure, and how many processors were busy with other work meanwhile."""
    busy, own, began = machine_busy_seconds(), children_seconds(), time.monotonic()
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError as error:
        sys.exit(f"alternate.py: {shlex.join(command)}: {error.strerror}")
    seconds = time.monotonic() - began
    foreign = (machine_busy_seconds() - busy - (children_seconds() - own)) / max(seconds, 1 / TICKS)
    matches = figure.findall(run.stdout)
    why = None
    if run.returncode:
        why = f"ended with status {run.returncode}"
    elif len(matches) != 1:
        why = f"printed {len(matches)} places like {figure.pattern}, not one"
    if why:
        sys.exit(f"alternate.py: {shlex.join(command)} {why}; its output ends with\n{run.stdout[-2000:]}")
    try:
        return float(matches[0]), max(foreign, 0.0)
    except ValueError:
        sys.exit(f"alternate.py: {shlex.join(command)}: {matches[0]!r}, found by {figure.pattern}, is no number")


def line(name, values):
    return f"{name:<10}{min(values):>12.3f}{statistics.median(values):>12.3f}{max(values):>12.3f}"


def regular_expression(text):
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from error
    if pattern.groups != 1:
        raise argparse.ArgumentTypeError(f"{text}: needs exactly one group, the number")
    return pattern


def main():
    words = sys.argv[1:]
    cuts = [i for i, word in enumerate(words) if word == "--"][:2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--figure-a", type=regular_expression, required=True, metavar="REGEX")
    parser.add_argument("--figure-b", type=regular_expression, required=True, metavar="REGEX")
    options = parser.parse_args(words[: cuts[0]] if cuts else words)
    if len(cuts) < 2 or cuts[1] == cuts[0] + 1 or cuts[1] + 1 == len(words):
        parser.error("give two commands, each after its own --")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    command_a, command_b = words[cuts[0] + 1 : cuts[1]], words[cuts[1] + 1 :]

    a, b, foreign = [], [], []
    print("A:", shlex.join(command_a))
    print("B:", shlex.join(command_b))
    print(f"{'round':<10}{'A':>12}{'B':>12}{'A/B':>12}{'foreign A':>12}{'foreign B':>12}", flush=True)
    for number in range(1, options.rounds + 1):
        value_a, foreign_a = measure(command_a, options.figure_a)
        value_b, foreign_b = measure(command_b, options.figure_b)
        if value_b == 0:
            sys.exit("alternate.py: B's figure is 0: there is no ratio")
        a.append(value_a)
        b.append(value_b)
        foreign += [foreign_a, foreign_b]
        print(f"{number:<10}{value_a:>12.3f}{value_b:>12.3f}{value_a / value_b:>12.3f}{foreign_a:>12.2f}"
              f"{foreign_b:>12.2f}", flush=True)
    print(f"{'':<10}{'min':>12}{'median':>12}{'max':>12}")
    print(line("A", a))
    print(line("B", b))
    print(line("A/B", [x / y for x, y in zip(a, b)]))
    print(line("foreign", foreign))


if __name__ == "__main__":
    main()
