#!/usr/bin/env python3
"""What a step of the fused LSTM should cost, by a model: cycles of a multiprocessor from the kernels' machine code.

    scripts/cycle_model.py [--arch 90]...        builds both .cu for each architecture with nvcc, where there is one
    scripts/cycle_model.py --cubin FILE...       takes files that are there
        --units N              only kernels of N units; may be repeated
        --assume NAME=CYCLES   another value of an assumption (class Assumed lists them); may be repeated
        --clock GHZ            of the table of times (1.755)

Prints tables for docs/fused.md: cycles a step as assumed, with 4 cycles for a shared read, and with a slower barrier
and slower exponentials; then the time of 500 steps.

The warps that compute replay their hot loop, each in order: an instruction begins when the stall that the compiler
wrote into the one before is over and the scoreboards that it waits for are free, and when its part of the
multiprocessor starts no other warp's. Left out are the warp that carries rows, bank conflicts of registers and of
shared memory, and misses of the instruction cache.
"""
import argparse
import collections
import dataclasses
import math
import sys

sys.dont_write_bytecode = True  # of the module: nothing appears beside the sources
import machine_code
from machine_code import Malformed, STEPS_IN_LOOP

PARTS = 4  # of a multiprocessor: warp w belongs to part w % 4, and a part starts one instruction a cycle
UNITS_PER_WARP = 16  # FUSED_UNITS_PER_WARP of kernels/lstm_fused.h
LOOPS, WARM_UP = 12, 3  # replayed, and how many of them until the warps are in step
STEPS_TIMED = 500

# What a kernel's template parameters after the units mean. One that is not here is printed with its numbers.
VARIANTS = {
    ("forward", (1,)): "forward, training",
    ("forward", (0,)): "forward, inference",
    ("forward", (2,)): "forward, pads",
    ("backward", (False,)): "backward, last step",
    ("backward", (True,)): "backward, sequences",
}


@dataclasses.dataclass(frozen=True)
class Assumed:
    """Cycles. Where no source is named the value is a guess."""

    # From a shared read to its result: published are 29 to 30 for H100 (arXiv 2402.13499, 2501.12084), 4 bytes a lane.
    shared_read: int = 31
    # That one such read occupies the multiprocessor's path from shared memory: lanes in pairs share addresses, and then
    # 16 bytes a lane return in 2 cycles, not 4 (NVIDIA's forum, topic 77228, of compute capability 7; topic 373160
    # counts 2 wavefronts on an H100 for two addresses a warp).
    shared_return: int = 2
    # From a shuffle to its result (microbenchmarks of A100), and that it occupies the same path.
    exchange: int = 25
    exchange_return: int = 1
    # From an exponential or reciprocal to its result; between two of a part, which has 4 lanes for them (the CUDA
    # programming guide's table of throughput: 16 results a cycle and multiprocessor).
    special: int = 22
    special_interval: int = 8
    # From the last warp's arrival at a barrier until all go on. For a whole one A100 is said to take 21 and 2 a warp.
    barrier: int = 22
    # Until a store has read its operands, to shared and to global memory; until another instruction has.
    shared_store: int = 19
    global_store: int = 20
    operands: int = 14
    # From reading a special register to its result.
    register_read: int = 25
    # That a branch back costs beyond its stall.
    branch: int = 8
    # Between two FP32 operations of a part: 2 where it has 16 lanes for them (7.5 and 8.0; the same table).
    multiply_interval: int = 1


PESSIMISTIC = (
    ("4 cycles for a shared read", {"shared_return": 4}),
    ("a barrier of 40 cycles, 10 between exponentials", {"barrier": 40, "special_interval": 10}),
)
HALF_MULTIPLIERS = (75, 80)


class Timing:
    """An instruction with what the assumptions make of it."""

    def __init__(self, instruction, assumed):
        results = {"LDS": assumed.shared_read, "SHFL": assumed.exchange, "MUFU": assumed.special,
                   "S2R": assumed.register_read}
        stores = {"STS": assumed.shared_store, "STG": assumed.global_store}
        name = instruction.operation
        if instruction.result is not None and name not in results:
            raise Malformed(f"operation {name} raises a scoreboard, and its latency is not in class Assumed")
        self.result, self.latency = instruction.result, results.get(name)
        self.operands, self.until_read = instruction.operands, stores.get(name, assumed.operands)
        self.waits = instruction.waits
        self.stall = max(1, instruction.stall)
        self.path = {"LDS": assumed.shared_return, "SHFL": assumed.exchange_return}.get(name, 0)
        self.special = assumed.special_interval if name == "MUFU" else 0
        self.multiply = assumed.multiply_interval if name in ("FFMA", "FMUL", "FADD") else 0
        self.is_barrier = name == "BAR"


class Warp:
    def __init__(self, number):
        self.number = number
        self.at = 0  # its next instruction
        self.ready = 0  # cycle from which the stalls let it begin
        self.free = [0] * machine_code.SCOREBOARDS  # cycle from which each is at 0
        self.is_waiting = False  # at a barrier
        self.ends = []  # cycle of each loop's last instruction


class Part:
    def __init__(self, warps):
        self.warps = warps  # the one that began last first, then in order of their numbers
        self.special_free = self.multiply_free = 0


class Block:
    """A block's warps that compute, all in the same loop."""

    def __init__(self, loop, warps, assumed):
        self.assumed = assumed
        self.loop = [Timing(instruction, assumed) for instruction in loop]
        self.warps = [Warp(number) for number in range(warps)]
        self.parts = [Part(self.warps[i::PARTS]) for i in range(min(PARTS, warps))]
        self.path_free = 0

    def begins(self, part, warp):
        """Cycle from which the warp's next instruction may begin; none: at a barrier, or through."""
        if warp.is_waiting or len(warp.ends) == LOOPS:
            return math.inf
        timing = self.loop[warp.at]
        at_units = part.multiply_free if timing.multiply else 0
        return max(warp.ready, at_units, *(warp.free[i] for i in timing.waits))

    def begin(self, part, warp, cycle):
        """The warp's next instruction."""
        timing = self.loop[warp.at]
        start = cycle
        if timing.path:
            start = max(cycle, self.path_free)
            self.path_free = start + timing.path
        elif timing.special:
            start = max(cycle, part.special_free)
            part.special_free = start + timing.special
        elif timing.multiply:
            part.multiply_free = cycle + timing.multiply
        if timing.result is not None:
            warp.free[timing.result] = max(warp.free[timing.result], start + timing.latency)
        if timing.operands is not None:
            warp.free[timing.operands] = max(warp.free[timing.operands], cycle + timing.until_read)
        warp.ready = cycle + timing.stall
        warp.is_waiting = timing.is_barrier
        warp.at += 1
        if warp.at == len(self.loop):
            warp.at = 0
            warp.ready += self.assumed.branch
            warp.ends.append(cycle)

    def run(self):
        """Cycles of a loop."""
        cycle = -1
        while len(self.warps[0].ends) < LOOPS:
            cycle = max(cycle + 1, min(self.begins(part, warp) for part in self.parts for warp in part.warps))
            for part in self.parts:
                warp = next((warp for warp in part.warps if self.begins(part, warp) <= cycle), None)
                if warp:
                    self.begin(part, warp, cycle)
                    part.warps.sort(key=lambda other: (other is not warp, other.number))
            if all(warp.is_waiting for warp in self.warps):
                for warp in self.warps:
                    warp.is_waiting = False
                    warp.ready = max(warp.ready, cycle + self.assumed.barrier)
        ends = self.warps[0].ends
        return (ends[-1] - ends[WARM_UP - 1]) / (LOOPS - WARM_UP)


def cycles_of_step(kernel, assumed):
    return Block(kernel.loop, -(-kernel.units // UNITS_PER_WARP), assumed).run() / STEPS_IN_LOOP


def variant_name(kernel):
    known = VARIANTS.get((kernel.direction, kernel.flags))
    return known or machine_code.kernel_name(kernel._replace(units="units"))


def print_table(title, figures, form):
    """figures[units, variant]; variants in the order of VARIANTS, then those that are not there."""
    known = list(VARIANTS.values())
    variants = sorted({variant for _, variant in figures},
                      key=lambda name: (known.index(name) if name in known else len(known), name))
    print(f"\n{title}\n\n| units |" + "".join(f" {variant} |" for variant in variants))
    print("|---" * (1 + len(variants)) + "|")
    for units in sorted({units for units, _ in figures}):
        cells = [form(figures[units, name]) if (units, name) in figures else "" for name in variants]
        print(f"| {units} |" + "".join(f" {cell} |" for cell in cells))


def report(architecture, kernels, changes, clock):
    if architecture in HALF_MULTIPLIERS:
        changes = {"multiply_interval": 2, **changes}
    as_assumed = dataclasses.replace(Assumed(), **changes)

    def figures(assumed):
        return {(kernel.units, variant_name(kernel)): cycles_of_step(kernel, assumed) for kernel in kernels}

    nominal = figures(as_assumed)
    print_table(f"sm_{architecture}: cycles a step", nominal, "{:.0f}".format)
    for title, worse in PESSIMISTIC:
        print_table(f"sm_{architecture}: cycles a step, {title}", figures(dataclasses.replace(as_assumed, **worse)),
                    "{:.0f}".format)
    print_table(f"sm_{architecture}: ms for {STEPS_TIMED} steps at {clock:g} GHz", nominal,
                lambda cycles: f"{cycles * STEPS_TIMED / clock / 1e6:.3f}")


def assumption(text):
    name, _, value = text.partition("=")
    if name not in {field.name for field in dataclasses.fields(Assumed)} or not value.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=CYCLES of class Assumed")
    return name, int(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", action="append", metavar="ARCHITECTURE", help="compute capability times 10")
    parser.add_argument("--cubin", nargs="+", metavar="FILE")
    parser.add_argument("--units", action="append", type=int, metavar="N")
    parser.add_argument("--assume", action="append", type=assumption, default=[], metavar="NAME=CYCLES")
    parser.add_argument("--clock", type=float, default=1.755, metavar="GHZ")
    options = parser.parse_args()
    if not options.clock > 0:
        parser.error("--clock: a frequency is above 0")
    found = collections.defaultdict(list)

    def keep(kernels):
        for kernel in kernels:
            found[kernel.architecture].append(kernel)

    status = machine_code.read("cycle_model", options.arch or ["90"], options.cubin, keep)
    try:
        for architecture, kernels in found.items():
            chosen = [kernel for kernel in kernels if kernel.units in (options.units or [kernel.units])]
            if not chosen:
                raise Malformed(f"sm_{architecture} has no kernel of these units")
            report(architecture, chosen, dict(options.assume), options.clock)
    except Malformed as reason:
        print(f"cycle_model: {reason}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
