"""The parts of a page that programs write, between two lines:

    <!-- begin NAME: ARGUMENT -->
    <!-- end NAME -->
"""
import re

from measurements import Refused

BEGIN, END = re.compile(r"<!-- begin (\S+): (.+) -->"), re.compile(r"<!-- end (\S+) -->")


class Part:
    def __init__(self, name, argument, place):
        self.name, self.argument = name, argument
        self.place = place  # "page:line" of its first marker
        self.body = []      # the lines between the markers


def pieces(text, page):
    """The page in order: a Part in place of the lines between two markers, all other lines as they are."""
    part = None
    for number, line in enumerate(text.splitlines(), 1):
        place, begin, end = f"{page}:{number}", BEGIN.fullmatch(line), END.fullmatch(line)
        if begin and part:
            raise Refused(f"{place}: begin {begin[1]}: the part {part.name} has not ended")
        if end and (not part or end[1] != part.name):
            raise Refused(f"{place}: end {end[1]}: this part has not begun")
        if line.startswith("<!--") and not begin and not end:
            raise Refused(f"{place}: {line}: neither begins a part with its command nor ends one")
        if part and not end:
            part.body.append(line)
            continue
        if end:
            yield part
            part = None
        yield line
        if begin:
            part = Part(begin[1], begin[2], place)
    if part:
        raise Refused(f"{page}: begin {part.name}: the line <!-- end {part.name} --> is missing")
