#!/usr/bin/env python3
"""Runs every command of a page of documentation, word for word, as one session of bash.

    run_page.py PAGE --root DIR --build DIR --programs DIR     runs a page
    run_page.py --check-tables --root DIR                      looks for entries that are on no page any more

The session's directory is a copy of the repository's files with build/ as a build leaves it, and with small stand-ins
for the reviews (fixtures.py). Tools that CI has not, or that would change the machine, are replaced (stand_ins/); there
is no network and HOME is empty. Each command must end with status 0, unless the page or refused.txt says otherwise, and
print what the page shows below it (output_shape.py). not_run.txt has what stands for commands that take too long.
"""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import fixtures
import output_shape
import pages

HERE = Path(__file__).resolve().parent


def table(name, columns):
    """A table's rows by their command; columns are separated by ' | '."""
    rows = {}
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in re.split(r"\s\|\s", line)]
        if len(cells) != columns or not all(cells) or cells[0] in rows:
            sys.exit(f"{name}: line {number}: not {columns} columns of a command that is not there yet")
        rows[cells[0]] = cells[1:]
    return rows


def copy_tree(root, tree):
    """The files that git knows or would know, data sets left out; without git all but what builds and runs leave."""
    listed = b""
    if shutil.which("git"):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    if listed:
        for name in listed.decode().split("\0"):
            if name and (root / name).is_file() and (root / name).stat().st_size < 1 << 24:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, tree / name)
    else:
        shutil.copytree(root, tree, ignore=shutil.ignore_patterns("build", "runs", ".git"), dirs_exist_ok=True)


class Session:
    """A scratch directory like a built checkout, and what bash is told of it."""

    def __init__(self, options, scratch):
        self.tree = scratch / "matinee"
        self.tree.mkdir()
        copy_tree(options.root, self.tree)
        (self.tree / "build").mkdir()
        for part in ("bin", "lib"):
            if (options.programs / part).exists():
                (self.tree / "build" / part).symlink_to(options.programs / part)
        (self.tree / "build" / "default").symlink_to(options.build)
        for name in ("home", "state", "path", "log", "tmp"):
            (scratch / name).mkdir()
        self.log = scratch / "log"
        (scratch / "path" / "matinee").symlink_to(options.programs / "bin" / "matinee")
        kept = {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH", "ASAN_OPTIONS") if name in os.environ}
        real = f"{scratch / 'path'}:{os.environ['PATH']}"
        nowhere = "http://127.0.0.1:9"
        self.environment = kept | {
            "PATH": f"{HERE / 'stand_ins'}:{real}", "DOCS_REAL_PATH": real, "DOCS_STATE": str(scratch / "state"),
            "DOCS_ROOT": str(self.tree), "DOCS_BUILD": str(options.build), "LC_ALL": "C", "TERM": "dumb",
            "HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp"), "USER": "reader", "COLUMNS": "120",
            "OMP_WAIT_POLICY": "passive", "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1",
            "http_proxy": nowhere, "https_proxy": nowhere, "PIP_NO_INDEX": "1", "GIT_TERMINAL_PROMPT": "0",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
        }

    def prepare(self, commands):
        """Fixtures, and the reviews as if they had been fetched before: `train` without --data reads them."""
        made = fixtures.Fixtures(self.tree, self.tree, self.environment)
        archive = made.data()
        fetched = Path(self.environment["HOME"]) / ".cache" / "matinee"
        fetched.mkdir(parents=True)
        shutil.copyfile(archive, fetched / archive.name)
        self.environment["MATINEE_IMDB_URL"] = archive.as_uri()
        self.environment["MATINEE_IMDB_MD5"] = hashlib.md5(archive.read_bytes()).hexdigest()
        made.make(commands)

    def run(self, texts):
        """Runs the commands in one bash; a list of (status, printed lines), shorter where the shell itself ended."""
        script = ["cd " + str(self.tree), "set -o pipefail"]
        for number, text in enumerate(texts):
            (self.log / f"{number}.sh").write_text(text + "\n", encoding="utf-8")
            script.append(f"source {self.log}/{number}.sh >{self.log}/{number}.out 2>&1 </dev/null; "
                          f"echo $? >{self.log}/{number}.status")
        (self.log / "session.sh").write_text("\n".join(script) + "\n", encoding="utf-8")
        subprocess.run(["bash", self.log / "session.sh"], env=self.environment, stdin=subprocess.DEVNULL, check=False)
        results = []
        for number in range(len(texts)):
            status = self.log / f"{number}.status"
            if not status.exists():
                break
            output = (self.log / f"{number}.out").read_text(encoding="utf-8", errors="replace")
            results.append((int(status.read_text()), output.splitlines()))
        return results


def fault_of(command, status, printed, refused):
    """None, or what is wrong with a command that has been run."""
    expected, pattern = output_shape.expected_status(command), None
    if command.words() in refused:
        expected, pattern = {int(refused[command.words()][0])}, refused[command.words()][1]
    tail = "".join("\n    " + line for line in printed[-12:])
    if status not in expected:
        return f"exit status {status}, not {' or '.join(map(str, sorted(expected)))}{tail}"
    if pattern and not any(re.search(pattern, line) for line in printed):
        return f"no line like '{pattern}'{tail}"
    return output_shape.difference(command, printed) if command.shown and not pattern else None


def run_page(options):
    commands = pages.commands(options.page)
    not_run, refused = table("not_run.txt", 3), table("refused.txt", 3)
    texts, instead = [], []
    for command in commands:
        row = not_run.get(command.words())
        instead.append(row is not None)
        texts.append(command.text if row is None else ":" if row[0] == "-" else row[0])
    results = []
    if commands:
        with tempfile.TemporaryDirectory(prefix="matinee-docs.") as scratch:
            session = Session(options, Path(scratch))
            session.prepare(commands)
            results = session.run(texts)
    faults = 0
    for command, text, replaced, result in zip(commands, texts, instead, results):
        shown = pages.Command(text, command.line) if replaced else command
        fault = fault_of(shown, *result, refused)
        if fault:
            faults += 1
            print(f"{options.page}:{command.line}: {text}\n  {fault}")
    if len(results) < len(commands):
        faults += 1
        print(f"{options.page}:{commands[len(results)].line}: {texts[len(results)]}\n  it ends the shell")
    print(f"{options.page}: {len(commands)} commands, {sum(instead)} of them replaced, {faults} faults")
    return faults


def check_tables(root):
    """How many entries of the tables are no command of a page any more."""
    known = {command.words() for page in pages.pages(root) for command in pages.commands(page)}
    not_run = table("not_run.txt", 3)
    known |= {row[0] for row in not_run.values()}
    stale = [(name, command) for name, rows in (("not_run.txt", not_run), ("refused.txt", table("refused.txt", 3)))
             for command in rows if command not in known]
    for name, command in stale:
        print(f"{name}: on no page: {command}")
    return len(stale)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--build", type=Path, help="the build directory")
    parser.add_argument("--programs", type=Path, help="where bin/ and lib/ are")
    parser.add_argument("--check-tables", action="store_true")
    options = parser.parse_args()
    if options.check_tables:
        sys.exit(1 if check_tables(options.root) else 0)
    if not (options.page and options.build and options.programs):
        parser.error("a page needs --build and --programs")
    sys.exit(1 if run_page(options) else 0)


if __name__ == "__main__":
    main()
