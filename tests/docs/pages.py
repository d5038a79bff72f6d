"""The commands of a page of documentation.

A command stands in a block indented by four spaces or in a fence ```sh; or, with what it prints, behind "$ " in a fence
``` without a language. Fences of another language hold none.
"""
import re
import subprocess
from pathlib import Path


class Command:
    """One complete command of the shell: one line, or several where the shell wants more."""

    def __init__(self, text, line, shown=None, generated=False):
        self.text = text            # as it stands, line ends within
        self.line = line            # of the page, from 1
        self.shown = shown          # the lines printed below it; None where the page shows none
        self.generated = generated  # between <!-- begin ... --> and <!-- end ... -->: of the whole data set

    def words(self):
        """The command with its comment away and blanks as one: its name in not_run.txt and refused.txt."""
        bare = re.sub(r"\\\n\s*", "", self.text)
        return " ".join(re.sub(r"(^|\s)#\s.*", "", bare).split())


class Block:
    def __init__(self, language, line, generated):
        self.language = language    # None: indented; "": a fence without a language
        self.line = line            # of its first line of content
        self.generated = generated
        self.lines = []


def pages(root):
    """The pages that are for readers, README.md first."""
    root = Path(root)
    return [root / "README.md", root / "bench" / "README.md", *sorted((root / "docs").glob("*.md"))]


def blocks(text):
    """All blocks of a page, with the lines outside them as a list of (number, line)."""
    found, prose, block, after_blank = [], [], None, True
    fence, generated = None, False
    for number, line in enumerate(text.split("\n"), 1):
        edge = re.match(r"( {0,3})(```+)\s*([\w+-]*)\s*$", line)
        if fence:
            if edge and edge[2] == fence and not edge[3]:
                fence = block = None
            else:
                block.lines.append(line)
        elif edge:
            fence = edge[2]
            block = Block(edge[3], number + 1, generated)
            found.append(block)
        elif line.startswith("    ") and (after_blank or (block and block.language is None)):
            if not (block and block.language is None):
                block = Block(None, number, generated)
                found.append(block)
            block.lines += [""] * (number - block.line - len(block.lines)) + [line[4:]]
        elif line.strip():
            block = None
            prose.append((number, line))
            generated = line.startswith("<!-- begin ") or (generated and not line.startswith("<!-- end "))
        after_blank = not line.strip()
    if fence:
        raise SystemExit(f"line {block.line - 1}: a fence without an end")
    return found, prose


def complete(text):
    """Whether the shell would run it as it is, rather than wait for another line."""
    if re.search(r"(^|[^\\])(\\\\)*\\$", text):
        return False
    check = subprocess.run(["bash", "-n"], input=text + "\n", capture_output=True, text=True, check=False)
    return not re.search("unexpected end of file|unexpected EOF|here-document", check.stderr)


def commands_of(block):
    """Commands of one block; of a block of another language none."""
    if block.language not in (None, "", "sh"):
        return []
    shows = block.language != "sh" and any(line.startswith("$ ") for line in block.lines)
    if block.language == "" and not shows:
        raise SystemExit(f"line {block.line}: a fence without a language and without a command behind $")
    found, open_command = [], None
    for number, line in enumerate(block.lines, block.line):
        if open_command:
            open_command.text += "\n" + line.removeprefix("> " if shows else "")
        elif shows and not line.startswith("$ "):
            if found:
                found[-1].shown.append(line)
            continue
        elif not shows and (not line.strip() or line.lstrip().startswith("#")):
            continue
        else:
            open_command = Command(line.removeprefix("$ ") if shows else line, number, [] if shows else None,
                                   block.generated)
        if complete(open_command.text):
            found.append(open_command)
            open_command = None
    if open_command:
        raise SystemExit(f"line {open_command.line}: a command without an end: {open_command.text}")
    for command in found:
        while command.shown and not command.shown[-1].strip():
            command.shown.pop()
    return found


def commands(path):
    """All commands of a page in their order."""
    try:
        return [command for block in blocks(Path(path).read_text(encoding="utf-8"))[0]
                for command in commands_of(block)]
    except SystemExit as fault:
        raise SystemExit(f"{path}: {fault}") from None
