#!/usr/bin/env python3
"""The drawings of docs/drawings: whole, legible in light and dark, shown by a page, and true to the source's names. The
argument is the root of the tree."""
import glob
import os
import re
import sys
import unittest
import xml.etree.ElementTree as xml

ROOT = sys.argv.pop(1)
SVG = "{http://www.w3.org/2000/svg}"
BYTES_MAX = 12 * 1024
ELEMENTS = {"svg", "title", "desc", "style", "defs", "marker", "rect", "path", "text", "tspan", "g", "circle"}
SIZES = {"head": 13, "small": 11}  # of a text's class, in px; others 12
# Of a character, by its size: fixed of code, of other text what an average one takes in a wide font.
CODE_WIDTH, TEXT_WIDTH = 0.61, 0.53
SHOWN = re.compile(r"!\[([^\]]+)\]\(([^)\s]+\.svg)\)")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def source_words():
    words = set()
    for folder in ("src", "include", "kernels"):
        for path, _, files in os.walk(os.path.join(ROOT, folder)):
            for name in files:
                words.update(re.findall(r"\w+", read(os.path.join(path, name)) + " " + name))
    return words


def text_faults(text, width, words):
    """One text element: names that the source has, within the drawing's width."""
    said, classes = "".join(text.itertext()), text.get("class", "").split()
    is_code = "code" in classes
    size = next((SIZES[name] for name in classes if name in SIZES), 12)
    length = len(said) * size * (CODE_WIDTH if is_code else TEXT_WIDTH)
    before = {"middle": 0.5, "end": 1.0}.get(text.get("text-anchor"), 0.0)
    left = float(text.get("x")) - before * length
    if left < 0 or left + length > width:
        yield f"reaches from {left:.0f} to {left + length:.0f} of {width:.0f}: {said}"
    for word in re.findall(r"\w{3,}", said) if is_code else []:
        if word not in words:
            yield f"{word}: the source has no such name"


def style_faults(style):
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    if not dark:
        yield "has no dark style"
    rules = dark[dark.find("}\n}") + 3:]
    for use in set(re.findall(r"var\((--\w+)\)", rules)):
        for name, part in (("light", light), ("dark", dark)):
            if f"{use}: #" not in part:
                yield f"{use} has no colour in the {name} style"
    if "#" in rules.replace("url(#", ""):
        yield "a colour is neither light nor dark: it is not in :root"


def faults(text, words):
    """What is wrong with a drawing, in words."""
    if len(text.encode()) > BYTES_MAX:
        yield f"has more than {BYTES_MAX} bytes"
    try:
        root = xml.fromstring(text)
    except xml.ParseError as error:
        yield f"is no XML: {error}"
        return
    for element in root.iter():
        if element.tag.removeprefix(SVG) not in ELEMENTS:
            yield f"has an element {element.tag}"
    for name in ("title", "desc"):
        if not (root.findtext(SVG + name) or "").strip():
            yield f"has no {name}"
    sizes = [float(root.get(name, 0)) for name in ("width", "height")]
    if root.get("viewBox") != f"0 0 {sizes[0]:g} {sizes[1]:g}":
        yield "width and height are not the viewBox's"
    yield from style_faults(root.findtext(SVG + "style") or "")
    for element in root.iter(SVG + "text"):
        yield from text_faults(element, sizes[0], words)


def shown():
    """Paths of the drawings that a page shows, with a text for those who do not see them."""
    paths = set()
    for page in glob.glob(os.path.join(ROOT, "*.md")) + glob.glob(os.path.join(ROOT, "*", "*.md")):
        for _, link in SHOWN.findall(read(page)):
            paths.add(os.path.normpath(os.path.join(os.path.dirname(page), link)))
    return paths


GOOD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40" width="90" height="40">
<title>t</title><desc>d</desc><style>
:root { --ink: #111 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eee }
}
text { fill: var(--ink) }</style><text class="code" x="4" y="9">adam(op)</text></svg>"""


class Drawings(unittest.TestCase):
    def test_all(self):
        words, pages = source_words(), shown()
        drawings = sorted(glob.glob(os.path.join(ROOT, "docs", "drawings", "*")))
        self.assertGreater(len(drawings), 0)
        found = []
        for path in drawings:
            found += [f"{os.path.basename(path)}: {fault}" for fault in faults(read(path), words)]
            if os.path.normpath(path) not in pages:
                found.append(f"{os.path.basename(path)}: no page shows it")
        self.assertEqual(found, [])

    def test_faults_are_found(self):
        self.assertEqual(list(faults(GOOD, {"adam"})), [])
        for old, new, words in [
                ("</svg>", "", "is no XML"), ("<title>t</title>", "", "no title"), ("<desc>d", "<desc> ", "no desc"),
                ("dark", "high", "no dark style"), ("--ink: #eee", "--pen: #eee", "in the dark style"),
                ("--ink: #111", "--pen: #111", "in the light style"), ("var(--ink)", "#123", "neither light nor dark"),
                ("adam", "atom", "no such name"), ('x="4"', 'x="60"', "reaches"),
                ('x="4"', 'x="4" text-anchor="end"', "reaches"), ('width="90"', 'width="91"', "viewBox"),
                ("<title", "<script/><title", "an element"), ("<desc>d", "<desc>" + "d" * BYTES_MAX, "bytes")]:
            self.assertIn(old, GOOD)
            self.assertIn(words, " ".join(faults(GOOD.replace(old, new), {"adam"})), new)


if __name__ == "__main__":
    unittest.main()
