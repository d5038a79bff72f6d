"""The measurements of bench/results for readme_figures.py: read, and asked where they come from."""
import json
import os
import re

RESULTS = "bench/results/cpu-epyc-zen4"


class Refused(Exception):
    """One line that names the file and what is wrong with it."""


def devices(measured):
    """What computed: a list of a campaign, or a line's own."""
    if "models" in measured and "processor" in measured and "rounds" in measured:  # peers.json
        return [programs[0]["how"] for programs in list(measured["models"].values())[:1]]
    return measured.get("devices") or ([measured["device"]] if "device" in measured else [])


def seeds(measured):
    if "first_seed" in measured:
        return list(range(measured["first_seed"], measured["first_seed"] + measured["seeds"]))
    if isinstance(measured.get("seeds"), list):
        return measured["seeds"]
    return [measured["seed"]] if "seed" in measured else []


def device(measured):
    """In words, of a measurement or of the first of its lines."""
    first = measured[0] if isinstance(measured, list) else measured
    return re.split(", OpenBLAS|; no GPU", devices(first)[0])[0]


def provenance(measured):
    """Seeds and commit in words; of lines, of all of them."""
    lines = measured if isinstance(measured, list) else [measured]
    commits = list(dict.fromkeys(line["commit"][:7] for line in lines))
    used = sorted({seed for line in lines for seed in seeds(line)})
    span = f"seed {used[0]}" if len(used) == 1 else f"seeds {used[0]} to {used[-1]}"
    return f"{span}, commit {' and '.join(commits)}"


def seconds(value):
    return "-" if value is None else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Measurements:
    """Those of a tree, as a page of it links to them."""

    def __init__(self, root, page):
        self.root, self.page, self.loaded = root, page, {}

    def link(self, name):
        return os.path.relpath(os.path.join(RESULTS, name), os.path.dirname(self.page) or ".")

    def load(self, name):
        """A .json file's value or a .jsonl file's list of lines; None if it is not there."""
        if name not in self.loaded:
            self.loaded[name] = self._read(name)
        return self.loaded[name]

    def _read(self, name):
        path = os.path.join(self.root, RESULTS, name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            lines = text.splitlines() if name.endswith(".jsonl") else [text]
            values = [json.loads(line) for line in lines]
        except ValueError as error:
            raise Refused(f"{RESULTS}/{name}: no JSON: {error}") from error
        for number, value in enumerate(values, 1):
            missing = [what for what, found in [("device", devices(value)), ("commit", value.get("commit")),
                                                ("seeds", seeds(value))] if not found]
            if missing:
                raise Refused(f"{RESULTS}/{name}: measurement {number} does not name its {' and '.join(missing)}")
        return values if name.endswith(".jsonl") else values[0]
