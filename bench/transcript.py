#!/usr/bin/env python3
"""Records what the commands of a page's transcripts print (scripts/transcripts.py says how they stand there).

    bench/transcript.py README.md --data aclImdb.tar.xz [--program build/bin/matinee] [--json NAME.json]

They run one after the other in an empty directory with an empty cache, where the data lie under their own name and the
program under build/bin; one that fails ends it. What is written, to NAME.json unless another file is named, is
{"commit", "device", "seeds", "commands": [{"command", "output", "seconds"}, ...]}; scripts/readme_figures.py reads it.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "scripts"))
from measurements import Refused
from transcripts import commands_of_page

PROGRAM = "build/bin/matinee"


def prepare(directory, data, program):
    """Links the data and the program under short names; gives the environment."""
    os.makedirs(os.path.join(directory, os.path.dirname(PROGRAM)))
    os.symlink(os.path.abspath(program), os.path.join(directory, PROGRAM))
    if os.path.exists(data):
        os.symlink(os.path.abspath(data), os.path.join(directory, os.path.basename(data)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    return kept | {"HOME": directory, "XDG_CACHE_HOME": os.path.join(directory, "cache"), "LC_ALL": "C"}


def record(commands, directory, environment):
    """Each with all that it prints, where that is no terminal."""
    recorded = []
    for command in commands:
        start = time.monotonic()
        run = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=directory, env=environment, text=True,
                             check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if run.returncode:
            raise Refused(f"{command}: status {run.returncode}: {run.stdout.strip()}")
        if directory in run.stdout:
            raise Refused(f"{command}: its output names the directory that it ran in, which no reader has")
        seconds = round(time.monotonic() - start, 1)
        print(f"{seconds:6.1f} s  {command}", flush=True)
        recorded.append({"command": command, "output": run.stdout, "seconds": seconds})
    return recorded


def seeds_of_runs(directory):
    found = set()
    for name in glob.glob(os.path.join(directory, "runs", "*", "run.json")):
        with open(name, encoding="utf-8") as file:
            found.add(json.load(file)["settings"]["seed"])
    return sorted(found)


def record_page(page, data, program):
    """The name of the recording, and the recording."""
    with open(page, encoding="utf-8") as file:
        name, commands = commands_of_page(file.read(), page)
    if not any(os.path.basename(data) in command for command in commands):
        raise Refused(f"{page}: no command names {os.path.basename(data)}; give the data by the name there")
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    with tempfile.TemporaryDirectory() as directory:
        recorded = record(commands, directory, prepare(directory, data, program))
        seeds = seeds_of_runs(directory)
    lines = [line for one in recorded for line in one["output"].splitlines() if line.startswith("Device: ")]
    if not lines or not seeds:
        raise Refused(f"{page}: no command trains, so the recording has no device and no seed")
    return name, {"commit": commit or "unknown", "device": lines[0].removeprefix("Device: "), "seeds": seeds,
                  "commands": recorded}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", metavar="PAGE")
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        sys.exit(f"transcript.py: {options.program}: no such program; build it: ninja -C build/release matinee")
    try:
        name, result = record_page(options.page, options.data, options.program)
    except Refused as error:
        sys.exit(f"transcript.py: {error}")
    except OSError as error:
        sys.exit(f"transcript.py: {error.filename}: {error.strerror}")
    with open(options.json or f"{name}.json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
