"""The parts of the pages that readme_figures.py writes, one function each.

A part takes the measurements and the command of its marker, and gives its lines; None where what it shows has not been
measured, or not completely: then the page keeps what it has.
"""
import os
import re
import statistics
import textwrap

from measurements import device, provenance, seconds

WIDTH = 120


def table(headings, rows, texts=1):
    """The first columns are text, the others are numbers."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * texts + "---:|" * (len(headings) - texts)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def percent(fraction, digits=1):
    return "-" if fraction is None else f"{100 * fraction:.{digits}f}"


def times(ratio):
    return "-" if ratio is None else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def code(names):
    return ", ".join(f"`{name}`" for name in names)


def prose(text):
    """Lines of a page; `code` is not broken."""
    whole = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]


def source(measured, commands, *names):
    """Below figures: the device, of each measurement its seeds and its commit, and the commands that made them."""
    found = [name for name in names if measured.load(name)]
    files = "; ".join(f"[{os.path.basename(name)}]({measured.link(name)}): {provenance(measured.load(name))}"
                      for name in found)
    made = code(commands.split(", "))
    return ["", *prose(f"Device: {device(measured.load(found[0]))}. {files}. Made with {made}.")]


def headline(measured, command):
    campaign = measured.load("documents/documents.json")
    if not campaign:
        return None
    row = next(row for row in campaign["rows"] if row["id"] == "002-lstm")
    ours, printed = row["ours"]["wall_seconds"]["mean"], row["printed_seconds"]
    threads = re.search(r"(\d+) threads", campaign["devices"][0])
    return prose(f"The plain LSTM, which its tutorial trained in {printed / 60:.0f} minutes on its author's machine, takes "
                 f"{ours:.0f} seconds on {threads[1]} processor cores, from the start of the program to the saved model: reviews read, "
                 f"three epochs trained and tested. That is {printed / ours:.0f} times as fast "
                 "([below](#the-tutorials-experiments)).")


def recorded(measured, name):
    """Where the transcripts of a page come from, and how long they take."""
    recording = measured.load(f"{name}.json")
    if not recording:
        return None
    taken = [one["seconds"] for one in recording["commands"] if "seconds" in one]
    lines = source(measured, f"bench/transcript.py {measured.page} --data DATA", f"{name}.json")[1:]
    return lines + [f"All its commands together took {sum(taken) / 60:.1f} minutes."] * bool(taken)


def complete(compared):
    return bool(compared) and compared["runs_waiting"] == 0 and compared["runs_failed"] == 0


def accuracy_row(model):
    last = [run["epochs"][-1]["validation_accuracy"] for run in model["runs"] if "epochs" in run]
    sample = model["accuracy"]
    interval = "-" if sample["low"] is None else f"{percent(sample['low'])} to {percent(sample['high'])}"
    return [f"`{model['model']}`", percent(sample["mean"]), interval, percent(sample["deviation"]),
            f"{percent(min(last))} to {percent(max(last))}", seconds(model["epoch_seconds"]["mean"])]


def accuracy(measured, command):
    compared = measured.load("compare/compare.json")
    if not complete(compared):
        return None
    rows = [accuracy_row(model) for model in compared["models"]]
    headings = ["model", "test accuracy, %", "95 % interval", "deviation", "least to greatest", "epoch, s"]
    return table(headings, rows) + source(measured, command, "compare/compare.json")


def best(measured, command):
    """The best presets, and a program that is none of ours."""
    compared, other = measured.load("best/compare.json"), measured.load("best/fasttext.json")
    if not complete(compared):
        return None
    rows = [accuracy_row(model)[:-1] + [seconds(model["wall_seconds"]["mean"])] for model in compared["models"]]
    names = ["best/compare.json"]
    if other:
        found = [run["accuracy"] for run in other["runs"]]
        rows.append([other["name"], percent(other["accuracy"]), "-", percent(statistics.stdev(found)),
                     f"{percent(min(found))} to {percent(max(found))}", seconds(other["seconds"])])
        names.append("best/fasttext.json")
    headings = ["model", "test accuracy, %", "95 % interval", "deviation", "least to greatest", "whole program, s"]
    return table(headings, rows) + source(measured, command, *names)


MEASURES = {"time_ratio": ("time of an epoch, ratio", lambda value: f"{value:.2f}"),
            "accuracy_difference": ("accuracy, points", lambda value: f"{100 * value:+.1f}"),
            "first_validation_loss_difference": ("loss after an epoch", lambda value: f"{value:+.3f}")}


def verdicts(measured, command):
    compared = measured.load("compare/compare.json")
    if not complete(compared):
        return None
    rows = []
    for claim in compared["claims"]:
        sample, said = claim["measured"], "-"
        measure, put = MEASURES[claim["measure"]]
        if sample and sample["low"] is not None:
            value = sample["mean" if "mean" in sample else "ratio"]
            said = f"{put(value)} ({put(sample['low'])} to {put(sample['high'])})"
        rows.append([claim["claim"], f"`{claim['model']}` / `{claim['against']}`", claim["verdict"], measure, said])
    headings = ["claim", "of / against", "verdict", "measured", "mean (95 % interval)"]
    return table(headings, rows, 4) + source(measured, command, "compare/compare.json")


def document_accuracy(ours):
    sample = ours["accuracy"]
    spread = "" if sample["deviation"] is None else f" ± {percent(sample['deviation'], 2)}"
    return percent(sample["mean"], 2) + spread


def document_row(row):
    wrong, ours, printed = row["wrong_figures"] or [], row["ours"], row["printed_seconds"]
    marks = {name: " \\*" if name in wrong else "" for name in ("total_seconds", "test_accuracy")}
    return [f"`{row['id']}`", "-" if printed is None else f"{printed:.0f}{marks['total_seconds']}",
            seconds(ours["training_seconds"]["mean"]), times(row["times_faster_training"]),
            times(row["times_faster_start_to_saved"]), percent(row["printed_accuracy"], 2) + marks["test_accuracy"],
            document_accuracy(ours)]


def documents(measured, command):
    campaign = measured.load("documents/documents.json")
    if not campaign or campaign["is_rehearsal"]:
        return None
    rows = []
    for row in campaign["rows"]:
        right = (row["right"] or {}).get("ours")
        if row["ours"]["training_seconds"]:
            rows.append(document_row(row))
        if right and right["training_seconds"]:
            rows.append([f"`{row['id']}`, as meant", "-", seconds(right["training_seconds"]["mean"]), "-", "-", "-",
                         document_accuracy(right)])
    chart = measured.link("documents/documents.svg")
    headings = ["experiment", "document, s", "ours, s", "times faster", "whole program", "document, %", "ours, %"]
    return ([f"![Seconds of the documents' experiments, theirs and ours]({chart})", ""] + table(headings, rows)
            + source(measured, command, "documents/documents.json"))


PEERS = {"pytorch": "PyTorch", "keras-tensorflow": "Keras on TensorFlow", "keras-jax": "Keras on JAX"}


def fastest_peer(results, model):
    """Of those that ran the model; None if none did."""
    programs = results["models"].get(model, []) if results else []
    peers = [program for program in programs if program["name"] != "matinee" and "ratio" in program]
    return min(peers, key=lambda program: program["ratio"]) if peers else None


def peer_ratio(peer):
    return f"{peer['ratio']:.1f} ({peer['ratio_min']:.1f} to {peer['ratio_max']:.1f})"


def median_of(lines, name, key):
    """Of all series of that name."""
    return statistics.median(line[key] for line in lines if line["name"] == name)


def steps(measured, command):
    lines, results = measured.load("steps.jsonl"), measured.load("peers.json")
    timed = [line for line in lines or [] if line["name"].startswith("step ")]
    timed = [line for line in timed if line["kernels"] == timed[0]["kernels"]]
    if not timed:
        return None
    rows = []
    for name in dict.fromkeys(line["name"] for line in timed):
        model = name.removeprefix("step ")
        peer = fastest_peer(results, model)
        beside = [f"{PEERS[peer['name']]}, {peer['median_ms']:.0f} ms", peer_ratio(peer)] if peer else ["-", "-"]
        rows.append([f"`{model}`", f"{median_of(timed, name, 'median_us') / 1000:.0f}",
                     f"{percent(median_of(timed, name, 'share_of_peak'), 0)} %", *beside])
    headings = ["model", "ms a step", "of the peak", "fastest peer", "times ours"]
    return table(headings, rows) + source(measured, command, "steps.jsonl", "peers.json")


def figures(measured, command):
    lines, campaign = measured.load("steps.jsonl"), measured.load("documents/documents.json")
    if not lines or not campaign:
        return None
    kernels = list(dict.fromkeys(line["kernels"] for line in lines if "kernels" in line))
    steps_of = [median_of([line for line in lines if line.get("kernels") == name], "step lstm", "median_us")
                for name in kernels]
    evaluations = [name for name in dict.fromkeys(line["name"] for line in lines) if name.startswith("evaluate ")]
    models = code(name.removeprefix("evaluate ") for name in evaluations)
    run = next(row for row in campaign["rows"] if row["id"] == "002-lstm")
    peak = max(one["peak_bytes"] for one in run["runs"] if "peak_bytes" in one)
    rows = [[f"a training step of `lstm` with {', '.join(kernels)}",
             ", ".join(f"{us / 1e3:.0f}" for us in steps_of) + " ms"],
            [f"evaluation of 25,000 reviews: {models}",
             ", ".join(f"{median_of(lines, name, 'median_us') / 1e6:.1f}" for name in evaluations) + " s"],
            ["`lstm` from nothing to the trained, tested and saved model",
             f"{run['ours']['wall_seconds']['mean']:.0f} s, peak memory {peak / 1e6:.0f} MB"]]
    return table(["what", "figure"], rows) + source(measured, command, "steps.jsonl", "documents/documents.json")


def peers(measured, command):
    results = measured.load("peers.json")
    if not results:
        return None
    rows = []
    for model, programs in results["models"].items():
        ms = {program["name"]: program["median_ms"] for program in programs if "median_ms" in program}
        peer = fastest_peer(results, model)
        rows.append([model, f"{ms['matinee']:.1f}"] + [f"{ms[name]:.0f}" if name in ms else "-" for name in PEERS]
                    + [peer_ratio(peer) if peer else "-"])
    headings = ["model", "ours, ms", *PEERS.values(), "fastest peer / ours: median (least to greatest)"]
    return table(headings, rows) + source(measured, command, "peers.json")


SHOWN_OPS = ["lstm", "cnn-lstm-dropout"]


def op_row(line):
    row = [line["name"], line["layer"] or "", f"{line['median_us'] / 1000:.3f}", percent(line["share_of_step"])]
    row += ["-"] * 4 + ["-", ""]
    if line["gflop"] > 0:
        row[4:6] = f"{line['gflop']:.3f}" if line["gflop"] > 0.0005 else "<0.001", f"{line['gflop_per_s']:.0f}"
    if line["mb"] > 0:
        row[6:] = (f"{line['mb']:.2f}", f"{line['gb_per_s']:.1f}", percent(line["share_of_peak"], 0), line["bound"])
    return row


def ops(measured, command):
    lines = measured.load("ops.jsonl")
    if not lines:
        return None
    headings = ["op", "layer", "ms", "step, %", "GFLOP", "GFLOP/s", "MB", "GB/s", "peak, %", "bound"]
    out = []
    for model in SHOWN_OPS:
        rows = [op_row(line) for line in lines if line.get("model") == model]
        if rows:
            out += [f"`{model}`:", ""] + table(headings, rows, 2) + [""]
    loads = [line["foreign_load"] for line in lines if line["foreign_load"] is not None]
    load = f"Foreign load: {max(loads):.2f} processors at most." if loads else "Foreign load: not known."
    return out[:-1] + source(measured, command, "ops.jsonl") + [load]


def between(values, form):
    """Least to greatest, or the one that they all are."""
    least, greatest = form(min(values)), form(max(values))
    return least if least == greatest else f"{least} to {greatest}"


def roofline_row(name, lines):
    """A kind of op, over all models; `lines` are those that compute or move something."""
    bounds = sorted({line["bound"] for line in lines})
    return [f"`{name}`", between([1e3 * line["gflop"] / line["mb"] for line in lines], "{:.0f}".format),
            " or ".join(bounds), between([line["share_of_peak"] for line in lines], lambda share: percent(share, 0)),
            between([line["share_of_step"] for line in lines], percent)]


def roofline(measured, command):
    lines = [line for line in measured.load("ops.jsonl") or [] if line.get("bound")]
    if not lines:
        return None
    names = dict.fromkeys(line["name"] for line in sorted(lines, key=lambda line: -line["share_of_step"]))
    rows = [roofline_row(name, [line for line in lines if line["name"] == name]) for name in names]
    headings = ["op", "flops a byte", "bound", "share of that bound, %", "share of a step, %"]
    ridges = [line["peak_gflop_per_s"] / line["peak_gb_per_s"] for line in lines]
    return (table(headings, rows) + source(measured, command, "ops.jsonl")
            + [f"Where F and M meet: {between(ridges, '{:.1f}'.format)} flops a byte."])


PARTS = {part.__name__: part for part in
         (headline, recorded, accuracy, best, verdicts, documents, steps, figures, peers, ops, roofline)}
