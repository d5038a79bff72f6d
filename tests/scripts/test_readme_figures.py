#!/usr/bin/env python3
"""scripts/readme_figures.py on small measurements made here. The argument is the directory of the scripts."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = sys.argv.pop(1)
RESULTS = "bench/results/cpu-epyc-zen4"
PARTS = ["headline", "accuracy", "best", "verdicts", "documents", "steps", "figures", "peers", "ops", "roofline"]
DEVICE = "cpu, 2 threads, AVX-512 (x86-64-v4) kernels"
OLD_DEVICE = DEVICE + ", OpenBLAS Cooperlake"  # as some recorded measurements have it


def page(parts):
    """A page whose parts hold a line of their own, between lines that no part may touch."""
    return "before\n" + "".join(f"<!-- begin {name}: make {name}, then this -->\nold {name}\n<!-- end {name} -->\n"
                                "after\n" for name in parts)


def sample(mean, deviation=None, half=None):
    return {"count": 1 if half is None else 5, "mean": mean, "deviation": deviation,
            "low": None if half is None else mean - half, "high": None if half is None else mean + half}


def line(name, us, **more):
    return {"name": name, "median_us": us, "device": DEVICE, "commit": "abcdef0123", "seed": 7,
            "foreign_load": 0.1} | more


STEPS = [line("step lstm", 28000.0, kernels="avx512", share_of_peak=0.55),
         line("step lstm", 26000.0, kernels="avx512", share_of_peak=0.57),
         line("step lstm", 81000.0, kernels="sse2", share_of_peak=0.45),
         line("step cnn-lstm", 22400.0, kernels="avx512", share_of_peak=0.52),
         line("evaluate lstm", 2900000.0)]
OPS = [line("step lstm", 30000.0, share_of_peak=0.5),
       line("lstm", 10000.0, model="lstm", layer="lstm", share_of_step=1 / 3, gflop=1.2, gflop_per_s=120.0, mb=35.0,
            gb_per_s=3.5, bound="arithmetic", share_of_peak=0.5, peak_gflop_per_s=232.0, peak_gb_per_s=58.0),
       line("adam", 85.0, model="lstm", layer=None, share_of_step=0.003, gflop=0, gflop_per_s=0, mb=5.97, gb_per_s=70.2,
            bound="memory", share_of_peak=0.67, peak_gflop_per_s=230.0, peak_gb_per_s=50.0, foreign_load=0.25),
       line("rest", 12.0, model="lstm", layer=None, share_of_step=0.0004, gflop=0, gflop_per_s=None, mb=0,
            gb_per_s=None, bound=None, share_of_peak=None),
       line("lstm", 9.0, model="bilstm", layer="lstm", share_of_step=0.9, gflop=7.0, gflop_per_s=130.0, mb=100.0,
            gb_per_s=2.0, bound="arithmetic", share_of_peak=0.64, peak_gflop_per_s=234.0, peak_gb_per_s=58.5)]
PEERS = {"processor": {"name": "AMD EPYC"}, "rounds": 5, "seed": 7, "commit": "abcdef0123", "models": {"lstm": [
    {"name": "matinee", "how": DEVICE, "median_ms": 35.5, "ratio": 1.0, "ratio_min": 1.0, "ratio_max": 1.0},
    {"name": "pytorch", "how": "x", "median_ms": 237.0, "ratio": 6.68, "ratio_min": 6.3, "ratio_max": 8.5},
    {"name": "keras-tensorflow", "how": "x", "median_ms": 210.8, "ratio": 6.1, "ratio_min": 5.24, "ratio_max": 7.7},
    {"name": "keras-jax", "failed": "not installed"}]}}
OURS = {"accuracy": sample(0.87556), "training_seconds": sample(37.87), "wall_seconds": sample(46.9)}
DOCUMENTS = {"first_seed": 7, "seeds": 1, "devices": [DEVICE], "commit": "f49e0dd", "is_rehearsal": False, "rows": [
    {"id": "002-lstm", "printed_seconds": 1035.0, "printed_accuracy": 0.8737, "wrong_figures": None, "ours": OURS,
     "times_faster_training": 27.33, "times_faster_start_to_saved": 22.05,
     "runs": [{"seed": 7, "peak_bytes": 269889536}], "right": None},
    {"id": "002-cnn-lstm", "printed_seconds": 775.0, "printed_accuracy": 0.862,
     "wrong_figures": ["total_seconds", "test_accuracy"], "ours": OURS | {"accuracy": sample(0.8734, 0.0051, 0.006)},
     "times_faster_training": 8.04, "times_faster_start_to_saved": None, "runs": [], "right": {"ours": OURS}},
    {"id": "paper", "printed_seconds": None, "printed_accuracy": 0.8889, "wrong_figures": None,
     "ours": {"accuracy": None, "training_seconds": None, "wall_seconds": None}, "times_faster_training": None,
     "times_faster_start_to_saved": None, "runs": [], "right": None}]}


def compared(names, waiting=0):
    return {"first_seed": 7, "seeds": 5, "devices": [DEVICE], "commit": "0123456789", "runs_waiting": waiting,
            "runs_failed": 0,
            "models": [{"model": name, "accuracy": sample(0.86, 0.0275, 0.034), "epoch_seconds": sample(12.63),
                        "wall_seconds": sample(47.3),
                        "runs": [{"seed": 7, "epochs": [{"validation_accuracy": epoch} for epoch in (0.5, last)]}
                                 for last in (0.8131, 0.8787)]} for name in names],
            "claims": [{"claim": "convolution is faster", "model": "cnn-lstm", "against": "lstm",
                        "measure": "time_ratio", "verdict": "supported",
                        "measured": {"count": 5, "ratio": 0.61, "low": 0.56, "high": 0.66}},
                       {"claim": "a little", "model": "bilstm", "against": "lstm", "measure": "accuracy_difference",
                        "measured": sample(0.0042, 0.1, 0.0012), "verdict": "undecided"},
                       {"claim": "slower", "model": "x", "against": "lstm", "verdict": "undecided",
                        "measure": "first_validation_loss_difference", "measured": sample(0.02)}]}


SESSION = {"commit": "abcdef0-dirty", "device": DEVICE, "seeds": [7, 8],
           "commands": [{"command": "matinee train", "output": "Data\nModel\n", "seconds": 40.0},
                        {"command": "matinee predict", "output": "0.9\n", "seconds": 20.0},
                        {"command": "ls", "output": "runs\n", "seconds": 0.0}]}


def transcript(commands, name="session"):
    """A part with the commands alone, or with what they printed once."""
    lines = "".join(f"$ {command}\nold\n" for command in commands)
    return f"<!-- begin transcript: {name} -->\n```\n{lines}```\n<!-- end transcript -->\nafter\n"


class Figures(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        os.makedirs(os.path.join(self.root, RESULTS))
        self.write("README.md", page(PARTS))
        self.write("bench/README.md", "nothing here\n")
        self.write("docs/performance.md", "nor here\n")
        self.write("docs/results.md", "nor here\n")
        self.write("docs/tutorial.md", "nothing here\n")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def put(self, name, value):
        text = "".join(json.dumps(one) + "\n" for one in value) if name.endswith(".jsonl") else json.dumps(value)
        self.write(f"{RESULTS}/{name}", text)

    def put_all(self):
        for name, value in [("steps.jsonl", STEPS), ("ops.jsonl", OPS), ("peers.json", PEERS),
                            ("documents/documents.json", DOCUMENTS),
                            ("compare/compare.json", compared(["lstm", "cnn-lstm"])),
                            ("best/compare.json", compared(["best-words", "best"]))]:
            self.put(name, value)

    def read(self, name="README.md"):
        with open(os.path.join(self.root, name), encoding="utf-8") as file:
            return file.read()

    def part(self, name, within="README.md"):
        lines = self.read(within).splitlines()
        begin = next(i for i, text in enumerate(lines) if text.startswith(f"<!-- begin {name}:"))
        return lines[begin + 1:lines.index(f"<!-- end {name} -->")]

    def run_script(self, *options, status=0):
        run = subprocess.run([os.path.join(SCRIPTS, "readme_figures.py"), "--root", self.root, *options], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        return run

    def refuses(self, words):
        before = self.read()
        error = self.run_script(status=1).stderr
        self.assertIn(words, error)
        self.assertEqual(error.count("\n"), 1, error)
        self.assertEqual(self.read(), before)

    def test_nothing_measured(self):
        self.run_script()
        self.assertEqual(self.read(), page(PARTS))
        self.run_script("--check")

    def test_all_parts(self):
        self.put_all()
        self.assertEqual(self.run_script().stdout, "wrote README.md\n")
        text = self.read()
        self.assertEqual(text.count("after\n"), len(PARTS))
        self.assertNotIn("old ", text)
        self.assertNotIn("nan", text)
        self.assertEqual(self.run_script("--check").stdout, "")
        self.assertEqual(self.run_script().stdout, "")
        self.assertEqual(self.read("bench/README.md"), "nothing here\n")
        for line_of in text.splitlines():
            self.assertTrue(len(line_of) <= 120 or line_of.startswith(("|", "![")), line_of)

    def test_check_changes_nothing(self):
        self.put_all()
        self.run_script()
        before = self.read()
        self.put("steps.jsonl", STEPS[:3] + [STEPS[3] | {"median_us": 23400.0}] + STEPS[4:])
        run = self.run_script("--check", status=1)
        self.assertIn("-| `cnn-lstm` | 22 |", run.stdout)
        self.assertIn("+| `cnn-lstm` | 23 |", run.stdout)
        self.assertIn("run scripts/readme_figures.py", run.stderr)
        self.assertEqual(self.read(), before)

    def test_steps(self):
        self.put_all()
        self.run_script()
        part = self.part("steps")
        self.assertEqual(part[2:5], [
            "| `lstm` | 27 | 56 % | Keras on TensorFlow, 211 ms | 6.1 (5.2 to 7.7) |",
            "| `cnn-lstm` | 22 | 52 % | - | - |", ""])
        self.assertEqual(" ".join(part[5:]), (
            "Device: cpu, 2 threads, AVX-512 (x86-64-v4) kernels. "
            f"[steps.jsonl]({RESULTS}/steps.jsonl): seed 7, commit abcdef0; "
            f"[peers.json]({RESULTS}/peers.json): seed 7, commit abcdef0. Made with `make steps`, `then this`."))
        self.assertEqual(self.part("figures")[2:5], [
            "| a training step of `lstm` with avx512, sse2 | 27, 81 ms |",
            "| evaluation of 25,000 reviews: `lstm` | 2.9 s |",
            "| `lstm` from nothing to the trained, tested and saved model | 47 s, peak memory 270 MB |"])

    def test_peers_and_ops(self):
        self.put_all()
        self.run_script()
        self.assertEqual(self.part("peers")[2], "| lstm | 35.5 | 237 | 211 | - | 6.1 (5.2 to 7.7) |")
        self.assertEqual(self.part("ops")[0], "`lstm`:")
        self.assertEqual(self.part("ops")[4:8], [
            "| lstm | lstm | 10.000 | 33.3 | 1.200 | 120 | 35.00 | 3.5 | 50 | arithmetic |",
            "| adam |  | 0.085 | 0.3 | - | - | 5.97 | 70.2 | 67 | memory |",
            "| rest |  | 0.012 | 0.0 | - | - | - | - | - |  |", ""])
        self.assertEqual(self.part("ops")[-1], "Foreign load: 0.25 processors at most.")

    def test_roofline(self):
        self.put_all()
        self.run_script()
        self.assertEqual(self.part("roofline")[2:5], [
            "| `lstm` | 34 to 70 | arithmetic | 50 to 64 | 33.3 to 90.0 |",
            "| `adam` | 0 | memory | 67 | 0.3 |", ""])
        self.assertEqual(self.part("roofline")[-1], "Where F and M meet: 4.0 to 4.6 flops a byte.")

    def test_documents(self):
        self.put_all()
        self.run_script()
        part = self.part("documents")
        self.assertIn(f"({RESULTS}/documents/documents.svg)", part[0])
        self.assertEqual(part[4:8], [
            "| `002-lstm` | 1035 | 37.9 | 27 | 22 | 87.37 | 87.56 |",
            "| `002-cnn-lstm` | 775 \\* | 37.9 | 8.0 | - | 86.20 \\* | 87.34 ± 0.51 |",
            "| `002-cnn-lstm`, as meant | - | 37.9 | - | - | - | 87.56 |", ""])
        self.assertIn("17 minutes on its author's machine, takes 47 seconds on 2 processor", self.part("headline")[0])
        self.assertIn("22 times as fast", " ".join(self.part("headline")))
        self.put("documents/documents.json", DOCUMENTS | {"is_rehearsal": True})
        before = self.read()
        self.run_script()
        self.assertEqual(self.read(), before)

    def test_compare(self):
        self.put_all()
        self.run_script()
        self.assertEqual(self.part("accuracy")[2:4], [
            "| `lstm` | 86.0 | 82.6 to 89.4 | 2.8 | 81.3 to 87.9 | 12.6 |",
            "| `cnn-lstm` | 86.0 | 82.6 to 89.4 | 2.8 | 81.3 to 87.9 | 12.6 |"])
        self.assertIn("seeds 7 to 11, commit 0123456", " ".join(self.part("accuracy")))
        self.assertEqual(self.part("verdicts")[2:5], [
            "| convolution is faster | `cnn-lstm` / `lstm` | supported | time of an epoch, ratio "
            "| 0.61 (0.56 to 0.66) |",
            "| a little | `bilstm` / `lstm` | undecided | accuracy, points | +0.4 (+0.3 to +0.5) |",
            "| slower | `x` / `lstm` | undecided | loss after an epoch | - |"])

    def test_incomplete_compare(self):
        self.put_all()
        self.put("compare/compare.json", compared(["lstm"], waiting=2))
        self.put("best/compare.json", compared(["best"]))
        self.run_script()
        self.assertEqual(self.part("accuracy"), ["old accuracy"])
        self.assertEqual(self.part("verdicts"), ["old verdicts"])

    def test_device_of_an_old_measurement(self):
        self.put_all()
        self.run_script()
        self.put("steps.jsonl", [one | {"device": OLD_DEVICE} for one in STEPS])
        self.put("peers.json", PEERS | {"models": {"lstm": [PEERS["models"]["lstm"][0] | {"how": OLD_DEVICE},
                                                            *PEERS["models"]["lstm"][1:]]}})
        self.run_script("--check")

    def test_best_and_another_program(self):
        self.put_all()
        self.put("best/compare.json", compared(["best-words", "best"], waiting=1))
        self.run_script()
        self.assertEqual(self.part("best"), ["old best"])
        self.put("best/compare.json", compared(["best-words", "best"]))
        self.run_script()
        self.assertEqual(len(self.part("best")[2:self.part("best").index("")]), 2)
        self.put("best/fasttext.json", {"name": "fastText, bigrams", "command": "fasttext supervised ...",
                                        "device": DEVICE, "commit": "c", "seeds": [7, 8], "seconds": 10.63,
                                        "accuracy": 0.898, "runs": [{"accuracy": 0.897}, {"accuracy": 0.899}]})
        self.run_script()
        self.assertEqual([row.split(" | ")[0] for row in self.part("best")[2:5]],
                         ["| `best-words`", "| `best`", "| fastText, bigrams"])
        self.assertEqual(self.part("best")[2],
                         "| `best-words` | 86.0 | 82.6 to 89.4 | 2.8 | 81.3 to 87.9 | 47.3 |")
        self.assertEqual(self.part("best")[4], "| fastText, bigrams | 89.8 | - | 0.1 | 89.7 to 89.9 | 10.6 |")
        self.assertIn(f"({RESULTS}/best/fasttext.json)", " ".join(self.part("best")))

    def test_transcripts(self):
        tutorial = (transcript(["matinee train", "matinee predict"]) + transcript(["ls"])
                    + "<!-- begin recorded: session -->\nold\n<!-- end recorded -->\n")
        self.write("docs/tutorial.md", tutorial)
        self.run_script()
        self.assertEqual(self.read("docs/tutorial.md"), tutorial)
        self.put("session.json", SESSION)
        self.assertEqual(self.run_script().stdout, "wrote docs/tutorial.md\n")
        self.assertEqual(self.read("docs/tutorial.md").splitlines()[:18], [
            "<!-- begin transcript: session -->", "```", "$ matinee train", "Data", "Model", "", "$ matinee predict",
            "0.9", "```", "<!-- end transcript -->", "after",
            "<!-- begin transcript: session -->", "```", "$ ls", "runs", "```", "<!-- end transcript -->", "after"])
        self.assertEqual(" ".join(self.part("recorded", "docs/tutorial.md")), (
            f"Device: cpu, 2 threads, AVX-512 (x86-64-v4) kernels. [session.json](../{RESULTS}/session.json): "
            "seeds 7 to 8, commit abcdef0. Made with `bench/transcript.py docs/tutorial.md --data DATA`. "
            "All its commands together took 1.0 minutes."))
        self.run_script("--check")
        self.put("session.json", SESSION | {"commands": [SESSION["commands"][0] | {"output": "other\n"},
                                                         *SESSION["commands"][1:]]})
        self.assertIn("+other\n", self.run_script("--check", status=1).stdout)

    def test_transcripts_of_other_commands(self):
        self.put("session.json", SESSION)
        remedy = "; record the page again: bench/transcript.py docs/tutorial.md --data DATA\n"
        for commands, words in [
                (["matinee train", "matinee predict --json", "ls"], "docs/tutorial.md:1: matinee predict --json: "
                 f"{RESULTS}/session.json has matinee predict there"),
                (["matinee train", "matinee predict", "ls", "ls"], "docs/tutorial.md:1: ls: "
                 f"{RESULTS}/session.json has nothing there"),
                (["matinee train", "matinee predict"], f"{RESULTS}/session.json: ls: not a command of "
                 "docs/tutorial.md")]:
            self.write("docs/tutorial.md", transcript(commands))
            for options in ([], ["--check"]):
                self.assertEqual(self.run_script(*options, status=1).stderr, f"readme_figures.py: {words}{remedy}")
            self.assertEqual(self.read("docs/tutorial.md"), transcript(commands))
        self.put("session.json", SESSION | {"commands": [{"command": "ls"}]})
        self.write("docs/tutorial.md", transcript(["ls"]))
        self.assertIn("transcript: a measurement lacks what this part shows: KeyError(",
                      self.run_script(status=1).stderr)

    def test_links_of_another_page(self):
        self.put_all()
        self.write("bench/README.md", page(["peers"]))
        self.assertEqual(self.run_script().stdout, "wrote README.md\nwrote bench/README.md\n")
        self.assertIn("(results/cpu-epyc-zen4/peers.json)", " ".join(self.part("peers", "bench/README.md")))

    def test_measurements_that_do_not_say_where_they_come_from(self):
        for name, key in [("steps.jsonl", "seed"), ("steps.jsonl", "device"), ("steps.jsonl", "commit")]:
            self.put(name, [STEPS[0], {k: v for k, v in STEPS[1].items() if k != key}])
            self.refuses(f"{RESULTS}/steps.jsonl: measurement 2 does not name its {key}")
        self.put_all()
        self.put("compare/compare.json", compared(["lstm"]) | {"commit": "", "devices": []})
        self.refuses("compare/compare.json: measurement 1 does not name its device and commit")
        self.write(f"{RESULTS}/compare/compare.json", "{")
        self.refuses("compare/compare.json: no JSON: ")
        self.put("compare/compare.json", compared(["lstm"]) | {"models": [{}]})
        self.refuses("accuracy: a measurement lacks what this part shows: KeyError(")

    def test_markers(self):
        for text, words in [("<!-- begin other: x -->\n<!-- end other -->\n", "README.md:1: begin other: the parts "),
                            ("<!-- begin steps: x -->\n<!-- begin ops: x -->\n", ":2: begin ops: the part steps has "),
                            ("<!-- begin steps: x -->\n", "begin steps: the line <!-- end steps --> is missing"),
                            ("<!-- begin steps: x -->\n<!-- end ops -->\n", ":2: end ops: this part has not begun"),
                            ("x\n<!-- end ops -->\n", ":2: end ops: this part has not begun"),
                            ("<!-- begin steps -->\n<!-- end steps -->\n", ":1: <!-- begin steps -->: neither begins")]:
            self.write("README.md", text)
            self.refuses(words)
        os.remove(os.path.join(self.root, "README.md"))
        self.assertIn("README.md: No such file", self.run_script(status=1).stderr)


if __name__ == "__main__":
    unittest.main()
