#!/usr/bin/env python3
"""How training goes over several ranks of one machine, and what that says of several GPUs.

    bench/ranks.py --data PATH --out DIRECTORY [--ranks 1,2] [--models lstm,cnn-lstm] [--rounds 5] [--limit 3200]
    bench/ranks.py --gpu-steps FILE --link-gb-per-s R --link-us L --out DIRECTORY

The first form trains with the program itself under mpirun. Strong: the batch is 64 reviews, of all ranks together. Weak:
64 of each rank. Every run is two epochs, of which the second counts: the median over the rounds of its time over its
steps. In each round one process with as many threads as all ranks together goes first, so that `ratio`, the median over
the rounds of ranks over process, compares neighbours in time. Writes ranks.json and ranks.md.

The second form measures nothing. It reads lines {"model", "rows", "median_us", "bytes", "device"} of one GPU's steps, and
projects the time on P GPUs: that of a step of 64 / P rows, and a ring's all-reduce of `bytes` over links of so many GB/s
and so many microseconds a hop, which are the caller's assumption. Writes projection.md, which says so.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile

BATCH = 64


def fail(message):
    sys.exit(f"ranks.py: {message}")


def milliseconds(options, model, ranks, threads, batch):
    """Of a step of the second epoch, and the log's first line."""
    with tempfile.TemporaryDirectory() as directory:
        log = os.path.join(directory, "log")
        command = [options.program, "train", "--device", "cpu", "--model", model, "--data", options.data, "--epochs", "2",
                   "--validation", "none", "--train-limit", str(options.limit * batch // BATCH), "--batch-size",
                   str(batch), "--threads", str(threads), "--seed", str(options.seed), "--quiet", "--log", log, "--out",
                   os.path.join(directory, "run")]
        if ranks > 1:
            command = [*shlex.split(options.mpirun), "-np", str(ranks), *command]
        try:
            run = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        except OSError as error:
            fail(f"{command[0]}: {error.strerror}")
        if run.returncode:
            fail(f"{shlex.join(command)} ended with status {run.returncode}: {run.stderr.strip()}")
        with open(log, encoding="utf-8") as file:
            epochs = [event for event in map(json.loads, file) if event["event"] == "epoch"]
        with open(os.path.join(directory, "run", "run.json"), encoding="utf-8") as file:
            device = json.load(file)["device"]
    steps = -(-options.limit // BATCH)
    return 1e3 * epochs[-1]["seconds"] / steps, device


def measure(options, model, mode, ranks):
    batch = BATCH if mode == "strong" else BATCH * ranks
    process, shared = [], []
    for _ in range(options.rounds):
        process.append(milliseconds(options, model, 1, ranks, batch)[0])
        time, device = milliseconds(options, model, ranks, 1, batch)
        shared.append(time)
    return {"model": model, "mode": mode, "ranks": ranks, "threads": 1, "batch": batch, "device": device,
            "commit": options.commit, "seed": options.seed, "rounds": options.rounds,
            "median_ms": statistics.median(shared), "samples_ms": shared,
            "process_median_ms": statistics.median(process), "process_samples_ms": process,
            "ratio": statistics.median(a / b for a, b in zip(shared, process))}


def table(rows):
    lines = [f"Training steps over ranks of one machine, {rows[0]['device']}; one thread a rank, medians of "
             f"{rows[0]['rounds']} rounds, commit {rows[0]['commit']}, seed {rows[0]['seed']}. Beside each the same batch in "
             "one process with as many threads.", "",
             "| model | batch | ranks | ms/step | one process | ratio |", "|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['model']} | {row['batch']} ({row['mode']}) | {row['ranks']} | {row['median_ms']:.2f} | "
                     f"{row['process_median_ms']:.2f} | {row['ratio']:.3f} |")
    return "\n".join(lines) + "\n"


def projection(options):
    with open(options.gpu_steps, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    if not lines:
        fail(f"{options.gpu_steps}: has no lines")
    out = ["Projection, not a measurement: nothing here ran on more than one GPU. Steps of one GPU "
           f"({lines[0]['device']}), and an all-reduce over links of {options.link_gb_per_s:g} GB/s and "
           f"{options.link_us:g} us a hop, which are assumed.", "",
           "| model | GPUs | ms/step, projected | speed-up |", "|---|---|---|---|"]
    for model in dict.fromkeys(line["model"] for line in lines):
        steps = {line["rows"]: line for line in lines if line["model"] == model}
        if BATCH not in steps:
            fail(f"{options.gpu_steps}: {model}: no step of {BATCH} rows")
        for gpus in (1, 2, 4, 8):
            step = steps.get(BATCH // gpus)
            if step is None:
                continue
            ring = 2 * (gpus - 1) * (options.link_us + step["bytes"] / gpus / options.link_gb_per_s / 1e3)
            us = step["median_us"] + ring
            out.append(f"| {model} | {gpus} | {us / 1e3:.3f} | {steps[BATCH]['median_us'] / us:.2f} |")
    return "\n".join(out) + "\n"


def write(options, name, content):
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, name), "w", encoding="utf-8") as file:
        file.write(content)
    print(content, end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--data")
    parser.add_argument("--program", default="build/bin/matinee")
    parser.add_argument("--mpirun", default="mpirun --bind-to none")
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--models", default="lstm,cnn-lstm,bilstm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=3200, help="reviews to a batch of 64 an epoch")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--gpu-steps")
    parser.add_argument("--link-gb-per-s", type=float)
    parser.add_argument("--link-us", type=float)
    options = parser.parse_args()
    if options.gpu_steps:
        if not options.link_gb_per_s or not options.link_us:
            fail("--gpu-steps: needs --link-gb-per-s and --link-us, which nothing here can measure")
        return write(options, "projection.md", projection(options))
    if not options.data:
        fail("--data: is missing; name the reviews to train on")
    rows = []
    for model in options.models.split(","):
        for mode in ("strong", "weak"):
            for ranks in map(int, options.ranks.split(",")):
                if ranks == 1 and mode == "weak":
                    continue
                rows.append(measure(options, model, mode, ranks))
    write(options, "ranks.md", table(rows))
    with open(os.path.join(options.out, "ranks.json"), "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    return None


if __name__ == "__main__":
    main()
