#!/usr/bin/env python3
"""The hot loops of the fused LSTM's kernels, read from the machine code: no access to local memory, and no more
multiplications than the weights need.

    scripts/check_hot_loops.py ARCHITECTURE...      builds both .cu for each (for example 75 90) with nvcc, where there is
                                                    one, and checks them
    scripts/check_hot_loops.py --cubin FILE...      checks files that are there

A kernel's hot loop is the one with two barriers, for two steps, that multiplies most. One line a kernel; exit status 1 if
one is at fault, 2 if a file is not understood. The compiler's own disassembler is not needed: of each 128-bit
instruction of compute capability 7.0 and later only the low 12 bits, the operation, are looked at, and where a branch
goes.
"""
import argparse
import collections
import concurrent.futures
import itertools
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = ("lstm_fused_forward", "lstm_fused_backward")
STEPS_IN_LOOP = 2
# Of the other instructions of a step, those that multiply are few: gates, c, h, dc and what is saved.
MULTIPLICATIONS_BESIDE = 8

BRANCH = 0x947
OPERATIONS = {
    0x983: "LDL", 0x387: "STL", 0x987: "STL", 0xB1D: "BAR", BRANCH: "BRA",
    0x223: "FFMA", 0x423: "FFMA", 0x623: "FFMA", 0x823: "FFMA", 0xA23: "FFMA", 0xC23: "FFMA",
    0x984: "LDS", 0x388: "STS", 0x988: "STS", 0x386: "STG", 0x986: "STG", 0x981: "LDG",
    0x589: "SHFL", 0x989: "SHFL", 0xF89: "SHFL", 0x308: "MUFU",
}


class Malformed(Exception):
    """What is no cubin as this script knows them."""


def sections(image):
    """(name, content) of each section of a 64-bit ELF file."""
    if image[:5] != b"\x7fELF\x02":
        raise Malformed("it is no 64-bit ELF file")
    table, = struct.unpack_from("<Q", image, 0x28)
    count, names_at = struct.unpack_from("<HH", image, 0x3C)
    headers = [struct.unpack_from("<IIQQQQIIQQ", image, table + 64 * i) for i in range(count)]
    names = headers[names_at][4]
    for header in headers:
        begin = names + header[0]
        yield image[begin:image.index(b"\0", begin)].decode(), image[header[4]:header[4] + header[5]]


def architecture(image):
    """Compute capability times 10 that the file is for."""
    flags, = struct.unpack_from("<I", image, 0x30)
    return flags >> 8 & 0xFF


def branch_target(at, low, high, is_split):
    """Index of the instruction that the branch at index `at` goes to. Its signed offset in words is in one piece up to
    compute capability 8.9, and in two since."""
    word = high << 64 | low
    offset = word >> 34 & (1 << 48) - 1
    if offset >> 47:
        offset -= 1 << 48
    if is_split:
        offset = offset << 8 | low >> 16 & 0xFF
    return at + 1 + offset // 4


def hot_loop(code, is_split):
    """Operations of the loop with a barrier for each of its steps that multiplies most."""
    words = [struct.unpack_from("<QQ", code, at) for at in range(0, len(code) - 15, 16)]
    names = [OPERATIONS.get(low & 0xFFF, "other") for low, _ in words]
    best = []
    for at, (low, high) in enumerate(words):
        if low & 0xFFF != BRANCH:
            continue
        target = branch_target(at, low, high, is_split)
        if 0 <= target <= at:
            loop = names[target:at + 1]
            if loop.count("BAR") == STEPS_IN_LOOP and loop.count("FFMA") > best.count("FFMA"):
                best = loop
    if not best:
        raise Malformed("a kernel has no loop of two steps")
    return best


def units_of(name):
    """What the mangled name of a lstm_fused_*_kernel<H, variant> says; None: another kernel."""
    match = re.search(r"lstm_fused_(forward|backward)_kernelILi(\d+)EL[bi](\d)E", name)
    return match and (match[1], int(match[2]), int(match[3]))


def check(path):
    """Prints a line for each kernel of the file; the number at fault."""
    with open(path, "rb") as file:
        image = file.read()
    faults = found = 0
    for name, code in sections(image):
        kernel = units_of(name) if name.startswith(".text.") else None
        if not kernel:
            continue
        found += 1
        direction, units, variant = kernel
        counts = collections.Counter(hot_loop(code, architecture(image) >= 90))
        local = counts["LDL"] + counts["STL"]
        most = STEPS_IN_LOOP * (2 * units + MULTIPLICATIONS_BESIDE)
        is_fault = local > 0 or not STEPS_IN_LOOP * 2 * units <= counts["FFMA"] <= most
        faults += is_fault
        print(f"sm_{architecture(image)} {direction}<{units},{variant}>: two steps of "
              f"{sum(counts.values())} instructions, {counts['FFMA']} FFMA, {counts['LDS']} LDS, "
              f"{local} of local memory{': AT FAULT' if is_fault else ''}")
    if not found:
        raise Malformed("it has no kernel of the fused LSTM")
    return faults


def random123_directory():
    """Where CMake looks for it, too: beside the compiler's own headers, or in RANDOM123_INCLUDE_DIR."""
    given = os.environ.get("RANDOM123_INCLUDE_DIR")
    return ["-I", given] if given else []


def build(nvcc, architectures, directory):
    """The cubins of both sources for each architecture, compiled side by side."""
    def compile_one(job):
        architecture, source = job
        path = os.path.join(directory, f"{source}.sm_{architecture}.cubin")
        subprocess.run([nvcc, "-std=c++17", "-O3", f"-arch=sm_{architecture}", "-cubin", "-o", path,
                        "-I", os.path.join(ROOT, "include"), *random123_directory(),
                        os.path.join(ROOT, "kernels", source + ".cu")], check=True)
        return path

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compile_one, itertools.product(architectures, SOURCES)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cubin", action="store_true", help="what follows are files")
    parser.add_argument("what", nargs="+", metavar="ARCHITECTURE|FILE")
    options = parser.parse_args()
    nvcc = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")
    if not options.cubin and not nvcc:
        print("check_hot_loops: skipped: no nvcc")
        return 0
    faults = 0
    with tempfile.TemporaryDirectory() as directory:
        try:
            paths = options.what if options.cubin else build(nvcc, options.what, directory)
        except subprocess.CalledProcessError as failure:
            print(f"check_hot_loops: {failure}", file=sys.stderr)
            return 2
        for path in paths:
            try:
                faults += check(path)
            except Malformed as reason:
                print(f"check_hot_loops: {path}: {reason}", file=sys.stderr)
                return 2
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
