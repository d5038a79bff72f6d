"""Whether a command printed what its page shows.

What depends on neither machine nor data must be the same to the letter: help, layers, refusals. Of the rest the shape
counts: as many lines, each with the same beginning but for numbers. A shown line of "..." alone stands for any lines.
Of a generated block, which shows the whole data set's results, only the first line is compared.
"""
import re

EXACT = re.compile(r"\bmatinee(?: \w+)* --(?:help|version)\b|\bmatinee summary [\w-]+$")
REFUSAL = re.compile(r"matinee(?: [\w-]+)*: ")


def shape(line):
    """A line's first word with any number as #."""
    numbers = re.sub(r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?", "#", line.strip())
    return (numbers.split() or [""])[0]


def matches(shown, printed, same):
    """Lines against lines, where "..." stands for any number of lines."""
    if not shown:
        return not printed
    if shown[0].strip() == "...":
        return any(matches(shown[1:], printed[skipped:], same) for skipped in range(len(printed) + 1))
    return bool(printed) and same(shown[0], printed[0]) and matches(shown[1:], printed[1:], same)


def difference(command, printed):
    """None, or what is wrong with the lines printed. `command` has the lines shown."""
    refusal = command.shown and REFUSAL.match(command.shown[-1])
    if EXACT.search(command.words()) or refusal:
        same, how = (lambda a, b: a.rstrip() == b.rstrip()), "to the letter"
    else:
        same, how = (lambda a, b: shape(a) == shape(b)), "by lines and their beginnings"
    shown = list(command.shown)
    if command.generated and not EXACT.search(command.words()):
        shown[1:] = ["..."]
    while printed and not printed[-1].strip():
        printed = printed[:-1]
    if matches(shown, printed, same):
        return None
    return "\n".join([f"it does not print what the page shows, {how}", *("    page: " + line for line in shown),
                      *("    here: " + line for line in printed)])


def expected_status(command):
    """0, or where the page says so another: "# ... exit status 2", or a refusal as the last line shown."""
    said = re.search(r"#.*\bexit status (\d+)", command.text)
    if said:
        return {int(said[1])}
    if command.shown and REFUSAL.match(command.shown[-1]):
        return {1, 2}
    return {0}
