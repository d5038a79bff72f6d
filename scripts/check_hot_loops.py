#!/usr/bin/env python3
"""The hot loops of the fused LSTM's kernels, read from the machine code: no access to local memory, and no more
multiplications than the weights need.

    scripts/check_hot_loops.py ARCHITECTURE...      builds both .cu for each (for example 75 90) with nvcc, where there
                                                    is one, and checks them
    scripts/check_hot_loops.py --cubin FILE...      checks files that are there

A kernel's hot loop is the one with two barriers, for two steps, that multiplies most. One line a kernel; exit status 1
if one is at fault, 2 if a file is not understood.
"""
import argparse
import sys

sys.dont_write_bytecode = True  # of the module: nothing appears beside the sources
import machine_code
from machine_code import STEPS_IN_LOOP, count

# Of the other instructions of a step, those that multiply are few: gates, c, h, dc and what is saved.
MULTIPLICATIONS_BESIDE = 8


def is_at_fault(kernel):
    """Prints a line about the kernel."""
    multiplications, local = count(kernel.loop, "FFMA"), count(kernel.loop, "LDL") + count(kernel.loop, "STL")
    needed = STEPS_IN_LOOP * 2 * kernel.units
    is_fault = local > 0 or not needed <= multiplications <= needed + STEPS_IN_LOOP * MULTIPLICATIONS_BESIDE
    print(f"sm_{kernel.architecture} {machine_code.kernel_name(kernel)}: two steps of {len(kernel.loop)} instructions, "
          f"{multiplications} FFMA, {count(kernel.loop, 'LDS')} LDS, {local} of local memory"
          f"{': AT FAULT' if is_fault else ''}")
    return is_fault


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cubin", action="store_true", help="what follows are files")
    parser.add_argument("what", nargs="+", metavar="ARCHITECTURE|FILE")
    options = parser.parse_args()
    faults = []
    status = machine_code.read("check_hot_loops", options.what, options.what if options.cubin else None,
                               lambda kernels: faults.extend(map(is_at_fault, kernels)))
    return status or int(any(faults))


if __name__ == "__main__":
    sys.exit(main())
