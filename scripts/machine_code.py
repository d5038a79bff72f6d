"""The machine code of the fused LSTM's kernels: builds their cubins, and finds the hot loop of each kernel in them.

The compiler's own disassembler is not needed. An instruction of compute capability 7.0 and later has 128 bits: the low
12 are the operation, 21 near the top say when it may begin (arXiv 1804.06826), and where a branch goes is in between.
"""
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
SCOREBOARDS = 6

BRANCH = 0x947
OPERATIONS = {
    0x983: "LDL", 0x387: "STL", 0x987: "STL", 0xB1D: "BAR", BRANCH: "BRA",
    0x223: "FFMA", 0x423: "FFMA", 0x623: "FFMA", 0x823: "FFMA", 0xA23: "FFMA", 0xC23: "FFMA",
    0x220: "FMUL", 0x420: "FMUL", 0x620: "FMUL", 0x820: "FMUL", 0xA20: "FMUL", 0xC20: "FMUL",
    0x221: "FADD", 0x421: "FADD", 0x621: "FADD", 0x821: "FADD", 0xA21: "FADD", 0xC21: "FADD",
    0x984: "LDS", 0x388: "STS", 0x988: "STS", 0x386: "STG", 0x986: "STG", 0x981: "LDG",
    0x589: "SHFL", 0x989: "SHFL", 0xF89: "SHFL", 0x308: "MUFU", 0x919: "S2R",
}

# stall: cycles until the warp's next instruction. A scoreboard is one of six counters of a warp that an instruction may
# raise until its result is there (result), or until its operands have been read (operands; None: no scoreboard);
# waits: those that must be at 0 before it begins.
Instruction = collections.namedtuple("Instruction", "operation stall result operands waits")

# direction: "forward" or "backward"; flags: the values of its template parameters after the units.
Kernel = collections.namedtuple("Kernel", "architecture direction units flags loop")


class Malformed(Exception):
    """What is no cubin as these scripts know them."""


def kernel_name(kernel):
    return f"{kernel.direction}<{','.join(str(value).lower() for value in (kernel.units, *kernel.flags))}>"


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


def architecture_of(image):
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


def decode(low, high):
    code = low & 0xFFF
    result, operands, waits = high >> 46 & 7, high >> 49 & 7, high >> 52 & (1 << SCOREBOARDS) - 1
    return Instruction(OPERATIONS.get(code, f"0x{code:x}"), high >> 41 & 15,
                       result if result < SCOREBOARDS else None, operands if operands < SCOREBOARDS else None,
                       tuple(i for i in range(SCOREBOARDS) if waits >> i & 1))


def count(loop, operation):
    return sum(instruction.operation == operation for instruction in loop)


def hot_loop(code, is_split):
    """Instructions of the loop with a barrier for each of its steps that multiplies most."""
    words = [struct.unpack_from("<QQ", code, at) for at in range(0, len(code) - 15, 16)]
    instructions = [decode(low, high) for low, high in words]
    best = []
    for at, (low, high) in enumerate(words):
        if low & 0xFFF != BRANCH:
            continue
        target = branch_target(at, low, high, is_split)
        if 0 <= target <= at:
            loop = instructions[target:at + 1]
            if count(loop, "BAR") == STEPS_IN_LOOP and count(loop, "FFMA") > count(best, "FFMA"):
                best = loop
    if not best:
        raise Malformed("a kernel has no loop of two steps")
    return best


def template_values(name):
    """(direction, values) of a mangled lstm_fused_*_kernel<units, ...>, whose parameters are integers, truth values and
    enumerators; None: another function."""
    match = re.search(r"lstm_fused_(forward|backward)_kernel(?:I((?:L[^E]*E)+)E)?", name)
    if not match:
        return None
    values = re.findall(r"L([a-z]|\d+[a-z_]+)(n?)(\d+)E", match[2] or "")
    if not values or len(values) != match[2].count("E"):
        raise Malformed(f"the template parameters of {name} are not all numbers")
    return match[1], [value == "1" if kind == "b" else int(sign.replace("n", "-") + value)
                      for kind, sign, value in values]


def kernels(image):
    """The fused LSTM's kernels in a cubin."""
    architecture = architecture_of(image)
    found = []
    for name, code in sections(image):
        values = template_values(name) if name.startswith(".text.") else None
        if values:
            direction, (units, *flags) = values
            found.append(Kernel(architecture, direction, units, tuple(flags), hot_loop(code, architecture >= 90)))
    if not found:
        raise Malformed("it has no kernel of the fused LSTM")
    return found


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


def read(program, architectures, files, use):
    """Calls `use` with the kernels of each file; of `architectures`, where there are no files, built for them. Exit
    status: 0, also where there is no compiler; 2 if one of the files cannot be had or is not understood."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    cache = cache if os.path.isabs(cache) else os.path.expanduser("~/.cache")
    places = "nvcc", "/usr/local/cuda/bin/nvcc", os.path.join(cache, "matinee/cuda/toolkit/bin/nvcc")
    nvcc = next(filter(None, map(shutil.which, places)), None)
    if not files and not nvcc:
        print(f"{program}: skipped: no nvcc")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        try:
            paths = files or build(nvcc, architectures, directory)
        except subprocess.CalledProcessError as failure:
            print(f"{program}: {failure}", file=sys.stderr)
            return 2
        for path in paths:
            try:
                with open(path, "rb") as file:
                    use(kernels(file.read()))
            except (Malformed, OSError) as reason:
                print(f"{program}: {path}: {reason}", file=sys.stderr)
                return 2
            except (struct.error, ValueError, IndexError):
                print(f"{program}: {path}: a part of it is missing", file=sys.stderr)
                return 2
    return 0
