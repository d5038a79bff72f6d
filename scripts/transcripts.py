"""Transcripts: commands of a page with what they print.

    <!-- begin transcript: NAME -->
    ```
    $ COMMAND
    what it prints
    ```
    <!-- end transcript -->

A page has as many of them as it likes, all of one NAME. The commands stand on the page and nowhere else.
bench/transcript.py runs all of a page in their order and writes NAME.json; readme_figures.py writes what they print
below them, and refuses a page whose commands are not those that were recorded.
"""
from measurements import RESULTS, Refused
from page_parts import Part, pieces

PROMPT = "$ "


def commands(part):
    """Those of one transcript; each is a line."""
    return [line.removeprefix(PROMPT) for line in part.body if line.startswith(PROMPT)]


def commands_of_page(text, page):
    """The name of the page's recording, and all commands in their order."""
    parts = [piece for piece in pieces(text, page) if isinstance(piece, Part) and piece.name == "transcript"]
    names = sorted({part.argument for part in parts})
    if len(names) != 1:
        raise Refused(f"{page}: " + (f"transcripts of {' and '.join(names)}: a page has one recording" if names
                                     else "no <!-- begin transcript: NAME -->"))
    return names[0], [command for part in parts for command in commands(part)]


class Recording:
    """What was recorded of a page, as its transcripts take it in turn."""

    def __init__(self, name, page, recorded):
        self.file, self.page, self.waiting = f"{RESULTS}/{name}.json", page, list(recorded["commands"])

    def lines(self, part):
        """A transcript of the next commands, which must be those of the part."""
        lines = ["```"]
        for command in commands(part):
            one = self.waiting.pop(0) if self.waiting else {"command": "nothing"}
            if one["command"] != command:
                raise Refused(f"{part.place}: {command}: {self.file} has {one['command']} there; {self.remedy()}")
            lines += [""] * (len(lines) > 1) + [PROMPT + command, *one["output"].splitlines()]
        return [*lines, "```"]

    def finish(self):
        """After the page's last transcript: nothing may be left."""
        if self.waiting:
            raise Refused(f"{self.file}: {self.waiting[0]['command']}: not a command of {self.page}; {self.remedy()}")

    def remedy(self):
        return f"record the page again: bench/transcript.py {self.page} --data DATA"
