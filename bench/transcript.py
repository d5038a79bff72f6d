#!/usr/bin/env python3
"""Records what README shows of a first run: the commands and what they print.

    bench/transcript.py --data aclImdb.tar.xz [--program build/bin/matinee] [--json quickstart.json] [-- OPTION ...]

The program runs in an empty directory with an empty cache. OPTIONs are more options for `matinee train`. What it writes
is {"commit", "device", "seed", "commands": [{"command", "output"}, ...]}; scripts/readme_figures.py reads it.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOOD = ("A warm and funny film with wonderful acting. I loved every minute of it and would gladly watch it again.")
BAD = ("The plot is dull, the acting is awful and the jokes are terrible. A complete waste of time and money.")
PROGRAM, RUN = "build/bin/matinee", "runs/quickstart"


def commands(data, options):
    model = RUN + "/model.keras"
    return [f"{PROGRAM} train --data {data} --out {RUN}" + "".join(f" {shlex.quote(word)}" for word in options),
            f"{PROGRAM} evaluate {model} --data {data}",
            f'{PROGRAM} predict {model} "{GOOD}"',
            f'{PROGRAM} predict {model} "{BAD}"']


def record(directory, data, program, options):
    """Runs them where `data` and the program lie under short names."""
    os.makedirs(os.path.join(directory, os.path.dirname(PROGRAM)))
    os.symlink(os.path.abspath(program), os.path.join(directory, PROGRAM))
    name = os.path.basename(data)
    if os.path.exists(data):
        os.symlink(os.path.abspath(data), os.path.join(directory, name))
    environment = dict(os.environ, HOME=directory, XDG_CACHE_HOME=os.path.join(directory, "cache"))
    recorded = []
    for command in commands(name, options):
        run = subprocess.run(shlex.split(command), cwd=directory, env=environment, text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode:
            sys.exit(f"transcript.py: {command}: status {run.returncode}: {run.stderr.strip()}")
        recorded.append({"command": command, "output": run.stdout})
    return recorded


def main():
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--json", default="quickstart.json", metavar="FILE")
    options = parser.parse_args(words[:cut])
    if not os.access(options.program, os.X_OK):
        sys.exit(f"transcript.py: {options.program}: no such program; build it: ninja -C build/release matinee")
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    with tempfile.TemporaryDirectory() as directory:
        recorded = record(directory, options.data, options.program, words[cut + 1:])
        with open(os.path.join(directory, RUN, "run.json"), encoding="utf-8") as file:
            run = json.load(file)
    device = next(line for line in recorded[0]["output"].splitlines() if line.startswith("Device: "))
    result = {"commit": commit or "unknown", "device": device.removeprefix("Device: "), "seed": run["settings"]["seed"],
              "commands": recorded}
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
