#!/usr/bin/env python3
"""Writes the figures of README.md, bench/README.md and docs/performance.md anew from the measurements that are
committed.

    scripts/readme_figures.py            # rewrites what lies between the markers
    scripts/readme_figures.py --check    # changes nothing; exit status 1 if a page is not what the measurements give

A part of a page that this program writes stands between two lines:

    <!-- begin NAME: COMMAND, COMMAND ... -->
    <!-- end NAME -->

NAME is one of PARTS (readme_parts.py). The commands are those that measure; they are printed with the figures. The
measurements are in bench/results/cpu-epyc-zen4: quickstart.json, steps.jsonl, ops.jsonl, peers.json, documents/,
compare/ and best/. One that does not name its device, its commit and its seeds is refused. A part whose measurement is
not there or not complete stays as it is, and what a second one adds to it is left out until it is there.
"""
import argparse
import difflib
import os
import re
import sys

sys.dont_write_bytecode = True
from measurements import Measurements, Refused
from readme_parts import PARTS

PAGES = ["README.md", "bench/README.md", "docs/performance.md"]
BEGIN, END = re.compile(r"<!-- begin (\S+): (.+) -->"), re.compile(r"<!-- end (\S+) -->")


def write_part(place, name, measured, commands):
    try:
        return PARTS[name](measured, commands)
    except (KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise Refused(f"{place}: {name}: a measurement lacks what this part shows: {error!r}") from error


def rewrite(text, page, measured):
    """The page with its parts written anew."""
    out, name, written = [], None, None
    for number, line in enumerate(text.splitlines(), 1):
        begin, end = BEGIN.fullmatch(line), END.fullmatch(line)
        if begin and (name or begin[1] not in PARTS):
            raise Refused(f"{page}:{number}: begin {begin[1]}: "
                          + (f"the part {name} has not ended" if name else f"the parts are {', '.join(PARTS)}"))
        if end and end[1] != name:
            raise Refused(f"{page}:{number}: end {end[1]}: this part has not begun")
        if line.startswith("<!--") and not begin and not end:
            raise Refused(f"{page}:{number}: {line}: neither begins a part with its command nor ends one")
        if begin:
            name, written = begin[1], write_part(f"{page}:{number}", begin[1], measured, begin[2])
            out += [line, *(written or [])]
        elif end or written is None:
            name, written = (None, None) if end else (name, written)
            out.append(line)
    if name:
        raise Refused(f"{page}: begin {name}: the line <!-- end {name} --> is missing")
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
