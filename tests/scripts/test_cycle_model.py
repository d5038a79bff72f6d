#!/usr/bin/env python3
"""scripts/cycle_model.py on loops whose cycles can be counted by hand; and that it and check_hot_loops.py find the
loops of a cubin, both made here. The argument is the directory of the scripts."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPTS = sys.argv.pop(1)
sys.path.insert(0, SCRIPTS)
import cycle_model
import machine_code

CODES = {"LDS": 0x984, "STS": 0x388, "SHFL": 0xF89, "MUFU": 0x308, "FFMA": 0x223, "FADD": 0x221, "BAR": 0xB1D,
         "LDL": 0x983, "BRA": 0x947, "other": 0x202}
NONE = 7
ASSUMED = cycle_model.Assumed(shared_read=31, shared_return=2, exchange=25, exchange_return=1, special=22,
                              special_interval=8, barrier=22, shared_store=19, operands=14, branch=8)


def word(name, stall=1, result=NONE, operands=NONE, waits=(), low=0, high=0):
    """An instruction's two halves."""
    mask = sum(1 << i for i in waits)
    return low | CODES[name], high | stall << 41 | result << 46 | operands << 49 | mask << 52


def branch(back, is_split):
    """To the instruction `back` before it."""
    offset = -4 * (back + 1)
    if is_split:
        low, offset = (offset & 0xFF) << 16, offset >> 8
    else:
        low = 0
    field = (offset & (1 << 48) - 1) << 34
    return word("BRA", low=low | field & (1 << 64) - 1, high=field >> 64)


def cycles(words, warps=1, **changes):
    """Of a loop of these instructions and a branch. The branch takes 1 + 8 cycles."""
    loop = [machine_code.decode(*halves) for halves in [*words, word("BRA")]]
    assumed = cycle_model.dataclasses.replace(ASSUMED, **changes)
    return cycle_model.Block(loop, warps, assumed).run()


class Replay(unittest.TestCase):
    def test_stalls_add_up(self):
        self.assertEqual(cycles([word("FFMA", 4)] * 10), 10 * 4 + 9)

    def test_a_chain_takes_its_latencies(self):
        chain = [word("LDS", result=0)] + [word("LDS", result=0, waits=[0])] * 4
        self.assertEqual(cycles(chain + [word("other", waits=[0])]), 5 * 31 + 1 + 9)
        chain = [word("SHFL", result=5), word("MUFU", result=2, waits=[5]), word("other", waits=[2])]
        self.assertEqual(cycles(chain), 25 + 22 + 1 + 9)

    def test_a_scoreboard_is_free_when_the_last_that_raised_it_is(self):
        words = [word("LDS", result=1), word("SHFL", result=1), word("other", waits=[1])]
        self.assertEqual(cycles(words), 31 + 1 + 9)
        self.assertEqual(cycles([words[0], words[1], word("other", waits=[0, 2])]), 3 + 9)

    def test_operands_are_waited_for(self):
        self.assertEqual(cycles([word("STS", operands=3), word("other", waits=[3])]), 19 + 1 + 9)
        self.assertEqual(cycles([word("FFMA", operands=3), word("other", waits=[3])]), 14 + 1 + 9)

    def test_warps_of_a_part_share_its_issue(self):
        words = [word("FFMA")] * 20
        self.assertEqual(cycles(words), 20 + 9)
        self.assertEqual(cycles(words, warps=4), 20 + 9)
        self.assertEqual(cycles(words, warps=5), 2 * 21)
        self.assertEqual(cycles(words, warps=8), 2 * 21)

    def test_a_part_with_half_the_multipliers_takes_twice_the_cycles(self):
        self.assertEqual(cycles([word("FADD")] * 20, multiply_interval=2), 20 * 2 - 1 + 9)
        self.assertEqual(cycles([word("FFMA")] * 20, warps=5, multiply_interval=2), 2 * 20 * 2)
        self.assertEqual(cycles([word("other")] * 20, warps=5, multiply_interval=2), 2 * 21)

    def test_shared_reads_return_one_after_the_other(self):
        words = [word("LDS", result=0)] * 10 + [word("other", waits=[0])]
        self.assertEqual(cycles(words), 9 * 2 + 31 + 1 + 9)
        self.assertEqual(cycles(words, shared_return=4), 9 * 4 + 31 + 1 + 9)
        self.assertEqual(cycles(words, warps=4, shared_return=20), 40 * 20)

    def test_exponentials_begin_at_intervals(self):
        words = [word("MUFU", result=0)] * 10 + [word("other", waits=[0])]
        self.assertEqual(cycles(words), 9 * 8 + 22 + 1 + 9)
        self.assertEqual(cycles(words, warps=4), 9 * 8 + 22 + 1 + 9)
        self.assertEqual(cycles(words, warps=5, special_interval=30), 20 * 30)

    def test_a_barrier_waits_for_the_last(self):
        words = [word("FFMA")] * 20 + [word("BAR")]
        self.assertEqual(cycles(words), 20 + 22 + 9)
        self.assertEqual(cycles(words, barrier=40), 20 + 40 + 9)
        # Warps 0 and 4 share a part. The one that arrived last goes on first: loops end a cycle sooner or later.
        self.assertAlmostEqual(cycles(words, warps=5), 2 * 21 - 1 + 22 + 9, delta=1 / 9 + 1e-9)

    def test_an_unknown_latency_is_an_error(self):
        with self.assertRaises(machine_code.Malformed):
            cycles([word("other", result=0)])


def cubin(path, architecture, kernels):
    """A file with a section for each name of `kernels` and these instructions in it."""
    names, content, headers = b"\0.names\0", b"", []
    table = {".text." + name: b"".join(struct.pack("<QQ", *halves) for halves in code) for name, code in kernels}
    for name, code in table.items():
        headers.append((len(names), 64 + len(content), len(code)))
        names += name.encode() + b"\0"
        content += code
    headers.append((1, 64 + len(content), len(names)))
    content += names
    image = b"\x7fELF\x02" + bytes(35) + struct.pack("<QI", 64 + len(content), architecture << 8) + bytes(8)
    image += struct.pack("<HH", len(headers), len(headers) - 1) + content
    for name, at, size in headers:
        image += struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, at, size, 0, 0, 1, 0)
    with open(path, "wb") as file:
        file.write(image)


def code_of(multiplications, is_split, others=()):
    """A kernel that begins with a loop of one barrier; then the hot loop, of two steps."""
    step = [word("FFMA")] * (multiplications // 2) + [word("BAR")]
    hot = [*others, *step, *step]
    return [word("FFMA")] * 400 + [word("BAR"), branch(401, is_split), *hot, branch(len(hot), is_split), word("other")]


class Files(unittest.TestCase):
    def run_on(self, script, kernels, *options, architecture=90):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "made.cubin")
            cubin(path, architecture, kernels)
            run = subprocess.run([os.path.join(SCRIPTS, script), "--cubin", path, *options], text=True,
                                 capture_output=True)
        return run.returncode, run.stdout + run.stderr

    def test_variants_are_told_apart(self):
        kernels = [("_Z25lstm_fused_forward_kernelILi32ELb1EEv2op", code_of(128, True)),
                   ("_Z26lstm_fused_backward_kernelILi32ELb0EEv2op", code_of(140, True)),
                   ("_Z25lstm_fused_forward_kernelILi16ELb1EL5kinds2EEv2op", code_of(72, True)),
                   ("_Z15lstm_fused_packILi32EEv2op", [])]
        status, output = self.run_on("cycle_model.py", kernels, "--clock", "2", "--assume", "branch=10")
        self.assertEqual(status, 0, output)
        self.assertIn("| units | forward, training | backward, last step | forward<units,true,2> |", output)
        # Half of the multiplications and of 1 + 10 for the branch; 22 for the barrier.
        self.assertIn("sm_90: cycles a step\n", output)
        self.assertIn("| 16 |  |  | 64 |\n| 32 | 92 | 98 |  |", output)
        self.assertIn("| 16 |  |  | 82 |\n| 32 | 110 | 116 |  |", output)
        self.assertIn("| 32 | 0.023 | 0.024 |  |", output)

    def test_the_hot_loop_of_any_architecture(self):
        for architecture, step in ((75, 86), (80, 86), (89, 54), (90, 54), (120, 54)):
            kernels = [("_Z25lstm_fused_forward_kernelILi16ELb0EEv2op", code_of(64, architecture >= 90))]
            status, output = self.run_on("cycle_model.py", kernels, "--assume", "branch=0", architecture=architecture)
            self.assertEqual(status, 0, output)
            self.assertIn(f"sm_{architecture}: cycles a step\n", output)
            self.assertIn(f"| units | forward, inference |\n|---|---|\n| 16 | {step} |", output)

    def test_what_is_refused(self):
        name = "_Z25lstm_fused_forward_kernelILi16ELb0EEv2op"
        for kernels, options, text in (
                ([], [], "no kernel of the fused LSTM"),
                ([(name, code_of(64, False))], [], "no loop of two steps"),
                ([(name, code_of(64, True))], ["--units", "32"], "sm_90 has no kernel of these units"),
                ([(name, code_of(64, True, [word("other", result=0)]))], [], "operation 0x202 raises a scoreboard"),
                ([(name.replace("Lb0E", "f"), code_of(64, True))], [], "not all numbers"),
                ([(name, code_of(64, True))], ["--assume", "barier=9"], "'barier=9' is no NAME=CYCLES"),
                ([(name, code_of(64, True))], ["--clock", "0"], "above 0")):
            status, output = self.run_on("cycle_model.py", kernels, *options)
            self.assertEqual(status, 2, output)
            self.assertIn(text, output)
            self.assertNotIn("Traceback", output)

    def test_hot_loops_at_fault(self):
        for multiplications, others, is_fault in ((64, [], 0), (80, [], 0), (62, [], 1), (82, [], 1),
                                                  (64, [word("LDL", result=0)], 1)):
            kernels = [("_Z26lstm_fused_backward_kernelILi16ELb1EEv2op", code_of(multiplications, True, others))]
            status, output = self.run_on("check_hot_loops.py", kernels)
            self.assertEqual(status, is_fault, output)
            count = multiplications + len(others) + 3
            self.assertEqual(output.removesuffix(": AT FAULT\n").strip(),
                             f"sm_90 backward<16,true>: two steps of {count} instructions, {multiplications} FFMA, "
                             f"0 LDS, {len(others)} of local memory")
            self.assertEqual("AT FAULT" in output, bool(is_fault))


if __name__ == "__main__":
    unittest.main()
