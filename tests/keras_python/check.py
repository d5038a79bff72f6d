#!/usr/bin/env python3
"""Holds Matinee to real releases of Keras: files each way, predictions, and one more step on either side.

    tests/keras_python/check.py [--program PATH] [--directory PATH] [ENVIRONMENT...]

Without names all environments are run; a name is that of a file of requirements/. They are made from PyPI in the
directory, build/keras unless another is given, some 5 GB, and used again by the next run.
"""

import argparse
import os
import subprocess
from pathlib import Path

import corpus
import environments
import our_files
import report
from program import Program

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REVIEWS = ROOT.parent / "shared" / "data" / "aclImdb.tar.xz"
CURRENT = "keras-3.15"  # trains at full size, too, and runs the tutorial; the others are small


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "default" / "bin" / "matinee")
    parser.add_argument("--directory", type=Path, default=ROOT / "build" / "keras")
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", choices=[*environments.available(), []])
    return parser.parse_args()


def run_checks(python: Path, name: str, program: Path, work: Path) -> bool:
    """True: they ran to their end, whatever they found."""
    checks = [["theirs_in_ours.py", work, program, *(["full"] if name == CURRENT else [])]]
    if name.startswith("keras-3"):
        checks.insert(0, ["ours_in_keras.py", work])
    if name == CURRENT:
        checks.append(["tutorial_in_keras.py", work, program])
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for script, *rest in checks:
        print(f"{name}: {script}", flush=True)
        if subprocess.run([python, HERE / script, *rest], env=quiet, check=False).returncode != 0:
            print(f"FAILED: {name}: {script} did not end")
            return False
    return True


def main() -> int:
    chosen = arguments()
    names = chosen.environments or environments.available()
    reviews = REVIEWS if REVIEWS.exists() else None
    work = chosen.directory / ("with real reviews" if reviews else "with invented reviews")
    work.mkdir(parents=True, exist_ok=True)
    rows = work / "rows.jsonl"
    rows.write_text("")
    corpus.make(work / "corpus", reviews)
    program = Program(chosen.program.resolve(), work / "corpus")
    program.run("data", "export", "--data", program.corpus, "--out", work)
    our_files.make(program, work)
    ended = [run_checks(environments.make(name, chosen.directory), name, program.path, work) for name in names]
    print(f"\n{'Real' if reviews else 'Invented'} reviews. Largest differences:")
    return 0 if report.summarise(report.read(rows)) and all(ended) else 1


if __name__ == "__main__":
    raise SystemExit(main())
