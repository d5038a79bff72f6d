#!/usr/bin/env python3
"""fastText with bigrams on the same reviews: what else a user could take.

    apt-get install fasttext
    bench/peers/fasttext.py --data aclImdb.tar.xz --json bench/results/cpu-epyc-zen4/best/fasttext.json

The words are those of Keras' rules: lower case, punctuation and line breaks left out, apostrophes kept. Training reviews
are shuffled once, as fastText reads them in their order. The options were chosen on a fifth of the training reviews. The
seconds are those of training, start and reading included; the model is not saved in them.
"""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = re.compile(r"aclImdb/(train|test)/(pos|neg)/\d+_\d+\.txt$")
OPTIONS = ["-wordNgrams", "2", "-lr", "0.5", "-epoch", "5", "-thread", "2"]


def words(text):
    """One line of lower-case words."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " ")))


def read(path):
    """{"train": lines, "test": lines}, each with its label."""
    lines = {"train": [], "test": []}
    with tarfile.open(path) as archive:
        for member in archive:
            match = NAME.search(member.name)
            if match:
                text = archive.extractfile(member).read().decode("utf-8")
                lines[match[1]].append(f"__label__{match[2]} {words(text)}\n")
    if not lines["train"] or not lines["test"]:
        raise SystemExit(f"fasttext.py: {path}: has no reviews of aclImdb; give Stanford's archive")
    random.Random(7).shuffle(lines["train"])
    return lines


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "processor")


def measure(lines, seeds):
    runs = []
    with tempfile.TemporaryDirectory() as work:
        for split, texts in lines.items():
            with open(os.path.join(work, split), "w", encoding="utf-8") as file:
                file.writelines(texts)
        for seed in seeds:
            train = ["fasttext", "supervised", "-input", "train", "-output", "model", *OPTIONS, "-seed", str(seed)]
            began = time.monotonic()
            subprocess.run(train, cwd=work, check=True, capture_output=True)
            seconds = time.monotonic() - began
            said = subprocess.run(["fasttext", "test", "model.bin", "test"], cwd=work, check=True, text=True,
                                  capture_output=True).stdout
            runs.append({"seed": seed, "seconds": round(seconds, 2),
                         "accuracy": float(re.search(r"P@1\s+([0-9.]+)", said)[1])})
            print(f"seed {seed}: accuracy {runs[-1]['accuracy']}, {seconds:.1f} s", file=sys.stderr)
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="aclImdb as .tar, .tar.gz or .tar.xz")
    parser.add_argument("--seeds", type=int, default=5, help="runs (default 5, seeds 7, 8, ...)")
    parser.add_argument("--json", help="where to write the result (default standard output)")
    options = parser.parse_args()
    runs = measure(read(options.data), range(7, 7 + options.seeds))
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True, capture_output=True,
                            check=False).stdout.strip() or "unknown"
    result = {"name": "fastText, bigrams", "command": "fasttext supervised " + " ".join(OPTIONS),
              "device": f"cpu, 2 threads, {processor()}", "commit": commit, "seeds": [run["seed"] for run in runs],
              "seconds": round(statistics.mean(run["seconds"] for run in runs), 2),
              "accuracy": round(statistics.mean(run["accuracy"] for run in runs), 5), "runs": runs}
    text = json.dumps(result, indent=2) + "\n"
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
