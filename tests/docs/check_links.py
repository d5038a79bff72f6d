#!/usr/bin/env python3
"""What the pages of documentation point to exists: links, anchors, paths, tests and options.

    check_links.py ROOT [--build DIR] [--external]

A link is relative and its file, and the heading of its anchor, are there; a web address begins with https. In `code` a
path of the repository exists, a test_name is a test (of the build, or a file below tests/), a name like lstm.c is that
of some file, and an --option is one of the command named beside it, or of a program or script that is here. Every page
can be reached from README.md. --external lists the web addresses instead, to be tried by hand.
"""
import argparse
import fnmatch
import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pages

FOLDERS = "src include kernels tests scripts bench cmake docker docs examples packaging .ci".split()
SUFFIXES = (".c", ".h", ".cu", ".cuh", ".cpp", ".py", ".sh", ".cmake", ".sbatch", ".md")
OUTSIDE_FILES = {"nccl.h", "omp.h", "CTestTestfile.cmake", "matinee_config.h"}  # not of the repository
OUTSIDE_OPTIONS = {"--zstd", "--strict", "--pty"}                               # of tar, kubernetes-validate, srun
FIELDS = {"test_reviews", "test_accuracy"}                                      # of bench/documents.json
MADE = re.compile(r"(build|runs)(/|$)|.*/__pycache__")                          # by builds and runs
PLACEHOLDER = re.compile(r"(^|/)[A-Z][A-Z0-9_]*([./]|$)|\.\.\.|[<>{}$]")        # X.cu, NAME.md, ...


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"<[^>]*>|[*`]", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


class Page:
    """A page's headings, links and pieces of code, with their lines."""

    def __init__(self, path):
        self.path = path
        text = path.read_text(encoding="utf-8")
        _, prose = pages.blocks(text)
        self.anchors, self.links, self.codes, self.words = set(), [], [], []
        seen = Counter()
        for number, line in prose:
            heading = re.match(r"#{1,6} +(.*?)(?: +#+)?$", line)
            if heading:
                name = slug(heading[1])
                self.anchors.add(f"{name}-{seen[name]}" if seen[name] else name)
                seen[name] += 1
            self.anchors.update(re.findall(r'<\w+[^>]* (?:id|name)="([^"]+)"', line))
        joined = "\n".join(line for _, line in prose)
        numbers = [number for number, _ in prose]

        def at(place):
            return numbers[joined.count("\n", 0, place)]

        for found in re.finditer(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", joined, re.DOTALL):
            self.codes.append((at(found.start()), " ".join(found[2].split())))
        without = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", lambda code: re.sub(r"[^\n]", "x", code[0]), joined,
                         flags=re.DOTALL)
        for found in re.finditer(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(https?:[^>]+)>|^\[[^\]]+\]: +(\S+)|"
                                 r"\b(?:src|srcset|href)=\"([^\"]+)\"", without, re.MULTILINE):
            self.links.append((at(found.start()), next(filter(None, found.groups()))))
        self.words = [(at(found.start()), found[0]) for found in re.finditer(r"\btest_[a-z0-9_]+\*?", joined)]


class Repository:
    """What there is to point to."""

    def __init__(self, root, build):
        self.root = root
        files = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file()]
        self.names = {path.name for path in [*files, *root.iterdir()]}
        programs = [path for path in files if path.name.startswith("test_")]
        self.tests = {path.stem for path in programs} | {
            f"test_{path.parent.name}{path.stem[4:]}" for path in programs}  # tests/cpu/test_lstm.c: test_cpu_lstm
        for path in [path for path in files if path.name in ("CMakeLists.txt", "device.cmake")]:
            self.tests.update(re.findall(r"\btest_\w+", path.read_text(encoding="utf-8")))
        for path in build.rglob("CTestTestfile.cmake") if build else []:
            self.tests.update(re.findall(r"add_test\(\W*(test_\w+)", path.read_text(encoding="utf-8")))
        self.commands, section = {}, None
        for line in (root / "docs" / "commands.md").read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                section = self.commands.setdefault(line[3:], {"--version"})
            elif line.startswith("- `") and section is not None:
                section.update(re.findall(r"--[a-z][a-z0-9-]*", line.split("`")[1]))
        self.options = set().union(*self.commands.values())
        for path in files:
            if path.suffix in (".py", ".sh") or path.parent.name in ("bench", "scripts", "stand_ins", ".ci", "docker"):
                text = path.read_text(encoding="utf-8", errors="replace")
                self.options.update(re.findall(r"--[a-z][a-z0-9-]*", text))
                self.options.update("--" + name for name in re.findall(r'\{"([a-z-]+)", *(?:\'|\w)', text))

    def has_path(self, word):
        return bool(list(self.root.glob(word))) if "*" in word else (self.root / word).exists()

    def has_name(self, names, word):
        return bool(fnmatch.filter(names, word)) if "*" in word else word in names


def code_faults(repository, code):
    """What of a piece of code points to nothing."""
    words = [re.sub(r"^[(\"']+|[)\"',.;:]+$", "", word) for word in code.split()]
    command, allowed = None, repository.options
    for number, word in enumerate(words):
        if word in repository.commands and (number == 0 or words[number - 1].split("/")[-1] == "matinee"):
            command, allowed = word, repository.commands[word]
        for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*(?![\w*])", word):
            if option not in allowed and option not in OUTSIDE_OPTIONS:
                yield f"{option}: no option of {'matinee ' + command if command else 'anything here'}"
        path = re.sub(r":\d+$", "", word.lstrip("<>").split("=")[-1])
        if PLACEHOLDER.search(path) or MADE.match(path):
            continue
        if path.split("/")[0] in FOLDERS and "/" in path:
            if not repository.has_path(path):
                yield f"{path}: no such path"
        elif path.endswith(SUFFIXES) and re.fullmatch(r"[\w.*/-]+", path) and not path.startswith("/"):
            name = path.rsplit("/", 1)[-1]
            if name not in OUTSIDE_FILES and name not in SUFFIXES and not repository.has_name(repository.names, name):
                yield f"{name}: no file has this name"


def link_fault(page, target, known):
    """None, or what is wrong with a link."""
    parts = urlsplit(target)
    if parts.scheme:
        whole = parts.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?", parts.netloc)
        return None if whole else f"{target}: neither relative nor a whole address with https"
    path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if not path.exists():
        return f"{target}: no such file"
    if parts.fragment and path.suffix == ".md":
        anchors = (known.get(path) or Page(path)).anchors
        if parts.fragment not in anchors:
            return f"{target}: no such heading"
    return None


def unreachable(known, start):
    reached, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in known:
            continue
        reached.add(path)
        waiting += [(path.parent / urlsplit(target).path).resolve() for _, target in known[path].links]
    return [path for path in known if path not in reached]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=lambda word: Path(word).resolve())
    parser.add_argument("--build", type=Path, help="a build directory, whose tests count, too")
    parser.add_argument("--external", action="store_true")
    options = parser.parse_args()
    own = [Page(path) for path in pages.pages(options.root)]
    made = [Page(path) for path in sorted((options.root / "bench" / "results").rglob("*.md"))]
    known = {page.path: page for page in own + made}
    if options.external:
        print("\n".join(sorted({link for page in own + made for _, link in page.links if urlsplit(link).scheme})))
        return
    repository = Repository(options.root, options.build)
    faults = []
    for page in own + made:
        faults += [(page, line, link_fault(page, target, known)) for line, target in page.links]
    for page in own:
        faults += [(page, line, fault) for line, code in page.codes for fault in code_faults(repository, code)]
        faults += [(page, line, f"{word}: no such test") for line, word in page.words
                   if word not in FIELDS and not repository.has_name(repository.tests, word)]
    faults += [(page, 1, "no link leads here from README.md") for page in own
               if page.path in unreachable(known, options.root / "README.md")]
    faults = [(page, line, fault) for page, line, fault in faults if fault]
    for page, line, fault in faults:
        print(f"{page.path.relative_to(options.root)}:{line}: {fault}")
    links = sum(len(page.links) for page in known.values())
    print(f"{len(known)} pages, {links} links, {sum(len(page.codes) for page in own)} pieces of code")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
