#!/usr/bin/env python3
"""Writes the figures and transcripts of the pages that have any (PAGES) anew from what is committed.

    scripts/readme_figures.py            # rewrites what lies between the markers
    scripts/readme_figures.py --check    # changes nothing; exit status 1 if a page is not what the measurements give

A part of a page that this program writes stands between two lines:

    <!-- begin NAME: COMMAND, COMMAND ... -->
    <!-- end NAME -->

NAME is one of PARTS (readme_parts.py). The commands are those that measure; they are printed with the figures.
Commands with what they print are a part "transcript" (transcripts.py). The measurements are in
bench/results/cpu-epyc-zen4: quickstart.json, tutorial.json, steps.jsonl, ops.jsonl, peers.json, documents/, compare/
and best/. One that does not name its device, its commit and its seeds is refused. A part whose measurement is not there
or not complete stays as it is, and what a second one adds to it is left out until it is there.
"""
import argparse
import difflib
import os
import sys

sys.dont_write_bytecode = True
from measurements import Measurements, Refused
from page_parts import Part, pieces
from readme_parts import PARTS
from transcripts import Recording

PAGES = ["README.md", "bench/README.md", "docs/performance.md", "docs/results.md", "docs/tutorial.md"]


def write_part(part, measured, recordings):
    """Its lines, or None where it is to stay as it is."""
    if part.name not in PARTS and part.name != "transcript":
        raise Refused(f"{part.place}: begin {part.name}: the parts are {', '.join(PARTS)}, transcript")
    try:
        if part.name != "transcript":
            return PARTS[part.name](measured, part.argument)
        recorded = measured.load(part.argument + ".json")
        if recorded and part.argument not in recordings:
            recordings[part.argument] = Recording(part.argument, measured.page, recorded)
        return recordings[part.argument].lines(part) if recorded else None
    except (KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise Refused(f"{part.place}: {part.name}: a measurement lacks what this part shows: {error!r}") from error


def rewrite(text, page, measured):
    """The page with its parts written anew."""
    out, recordings = [], {}
    for piece in pieces(text, page):
        out += (write_part(piece, measured, recordings) or piece.body) if isinstance(piece, Part) else [piece]
    for recording in recordings.values():
        recording.finish()
    return "\n".join(out) + "\n"


def show_differences(old, new, page):
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), page, "as measured", n=0)
    sys.stdout.writelines(lines)


def run(root, is_check):
    """Whether a page was not what the measurements give."""
    differs = False
    for page in PAGES:
        path = os.path.join(root, page)
        with open(path, encoding="utf-8") as file:
            old = file.read()
        new = rewrite(old, page, Measurements(root, page))
        if new == old:
            continue
        differs = True
        if is_check:
            show_differences(old, new, page)
            continue
        with open(path, "w", encoding="utf-8") as file:
            file.write(new)
        print(f"wrote {page}")
    return differs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."),
                        help="of the tree (default: the one this program is in)")
    options = parser.parse_args()
    try:
        differs = run(options.root, options.check)
    except Refused as error:
        sys.exit(f"readme_figures.py: {error}")
    except OSError as error:
        sys.exit(f"readme_figures.py: {error.filename}: {error.strerror}")
    if options.check and differs:
        sys.exit("readme_figures.py: the pages are not what bench/results gives; run scripts/readme_figures.py")


if __name__ == "__main__":
    main()
