#!/usr/bin/env python3
"""Trains presets from several seeds each and prints how their accuracies on the test reviews spread.

    bench/accuracy.py --csv runs.csv --seeds 5 --data aclImdb.tar.xz lstm lstm-dropout -- --epochs 2

Words after `--` are further options of `matinee train`. A run is `matinee train --validation none`, which sees no test
review, and `matinee evaluate --json` of the model that it leaves. Each run is one line of the CSV file as soon as it is
done; a run that is there already, of the same preset, seed and further options, is not made again. So a series can be
stopped at any time, and a call with nothing left to do prints the table alone. One CSV file is for one data set.
"""
import argparse
import csv
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile

FIELDS = ["preset", "seed", "accuracy", "loss", "seconds", "options"]


def run(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        sys.exit(f"accuracy.py: {command[0]}: {error.strerror}")
    if done.returncode:
        sys.exit(f"accuracy.py: {shlex.join(command)} ended with status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def train(options, preset, seed):
    """One line of the CSV: seconds are those of the training steps, loading left out."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "run")
        both = ["--threads", str(options.threads)] + (["--data", options.data] if options.data else [])
        run([options.program, "train", "--model", preset, "--seed", str(seed), "--validation", "none", "--quiet",
             "--out", out, *both, *options.further])
        score = json.loads(run([options.program, "evaluate", os.path.join(out, "model.keras"), "--json", *both]))
        with open(os.path.join(out, "run.json"), encoding="utf-8") as file:
            epochs = json.load(file)["epochs"]
    return {"preset": preset, "seed": str(seed), "accuracy": f"{score['accuracy']:.6f}",
            "loss": f"{score['loss']:.6f}", "seconds": f"{sum(epoch['seconds'] for epoch in epochs):.2f}",
            "options": shlex.join(options.further)}


def read_runs(path):
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return []
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != FIELDS:
            sys.exit(f"accuracy.py: {path}: its first line is not {','.join(FIELDS)}; give another --csv")
        lines = list(reader)
    for number, line in enumerate(lines, 2):
        try:
            if None in line or None in line.values():
                raise ValueError
            for name in ("seed", "accuracy", "loss", "seconds"):
                float(line[name])
        except ValueError:
            sys.exit(f"accuracy.py: {path}, line {number}: is no whole run; remove the line")
    return lines


def append_run(path, line):
    with open(path, "a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow(line)


def check_place(path):
    """Before hours of training: that a line can be added."""
    try:
        with open(path, "a", encoding="utf-8"):
            pass
    except OSError as error:
        sys.exit(f"accuracy.py: {path}: {error.strerror}; give another --csv")


def print_table(presets, runs):
    print("| preset | seeds | mean % | deviation | median | min | max | mean loss | median s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for preset in presets:
        mine = [line for line in runs if line["preset"] == preset]
        accuracy = [100 * float(line["accuracy"]) for line in mine]
        deviation = f"{statistics.stdev(accuracy):.2f}" if len(mine) > 1 else "-"
        print(f"| {preset} | {len(mine)} | {statistics.mean(accuracy):.2f} | {deviation} | "
              f"{statistics.median(accuracy):.2f} | {min(accuracy):.2f} | {max(accuracy):.2f} | "
              f"{statistics.mean(float(line['loss']) for line in mine):.4f} | "
              f"{statistics.median(float(line['seconds']) for line in mine):.1f} |")


def parse(words):
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("presets", nargs="+", metavar="PRESET")
    parser.add_argument("--csv", required=True, metavar="FILE")
    parser.add_argument("--seeds", type=int, default=5, metavar="K", help="how many (%(default)s)")
    parser.add_argument("--first-seed", type=int, default=7, metavar="S", help="the first of them (%(default)s)")
    parser.add_argument("--data", metavar="PATH", help="as for matinee train")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all processors (%(default)s)")
    parser.add_argument("--program", default="build/bin/matinee", metavar="FILE", help="(%(default)s)")
    options = parser.parse_args(words[:cut])
    options.further = words[cut + 1 :]
    options.presets = list(dict.fromkeys(options.presets))
    if options.seeds < 1 or options.first_seed < 0 or options.threads < 0:
        parser.error("--seeds must be at least 1, --first-seed and --threads at least 0")
    return options


def main():
    options = parse(sys.argv[1:])
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    further = shlex.join(options.further)
    runs = [line for line in read_runs(options.csv) if line["options"] == further and int(line["seed"]) in seeds]
    check_place(options.csv)
    done = {(line["preset"], int(line["seed"])) for line in runs}
    for seed in seeds:
        for preset in options.presets:
            if (preset, seed) in done:
                continue
            line = train(options, preset, seed)
            append_run(options.csv, line)
            runs.append(line)
            done.add((preset, seed))
            print(f"{preset}, seed {seed}: {line['accuracy']} in {line['seconds']} s", file=sys.stderr, flush=True)
    print_table(options.presets, runs)


if __name__ == "__main__":
    main()
