"""What the checks find: rows of a file of JSON lines, and the tables at the end. Standard library only."""

import json
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from program import Refused

LIMIT = 2e-6


class Skipped(Exception):
    """The reason why a check was not made."""


@dataclass(frozen=True)
class Row:
    check: str
    model: str
    release: str
    difference: float | None = None  # the largest; None: there is none
    skipped: str = ""
    failed: str = ""


class Report:
    """Appends rows to a file."""

    def __init__(self, path: Path, release: str):
        self.path, self.release = path, release

    def measure(self, check: str, model: str, difference: Callable[[], float]) -> None:
        """Runs one check, which returns its largest difference. A NaN or an exception fails."""
        row = Row(check, model, self.release)
        try:
            value = difference()
            failed = "" if value <= LIMIT else f"{value:.1e} is more than {LIMIT:.0e}"
            row = Row(check, model, self.release, value, failed=failed)
        except Skipped as reason:
            row = Row(check, model, self.release, skipped=str(reason))
        except Refused as refusal:
            row = Row(check, model, self.release, failed=str(refusal))
        except Exception as error:  # any fault of a Keras is this row's
            traceback.print_exc()
            row = Row(check, model, self.release, failed=f"{type(error).__name__}: {error}".splitlines()[0])
        with self.path.open("a") as rows:
            rows.write(json.dumps(asdict(row)) + "\n")


def read(path: Path) -> list[Row]:
    return [Row(**json.loads(line)) for line in path.read_text().splitlines()]


def _cell(rows: list[Row]) -> str:
    if not rows:
        return ""
    if any(row.failed for row in rows):
        return "FAILED"
    measured = [row.difference for row in rows if row.difference is not None]
    return f"{max(measured):.0e}" if measured else "skipped"


def _table(title: str, rows: list[Row]) -> None:
    releases = list(dict.fromkeys(row.release for row in rows))
    models = list(dict.fromkeys(row.model for row in rows))
    width = max(map(len, models)) + 2
    print(f"\n{title}")
    print(" " * width + "".join(f"{release:>17}" for release in releases))
    for model in models:
        cells = [_cell([row for row in rows if (row.model, row.release) == (model, release)]) for release in releases]
        print(f"{model:{width}}" + "".join(f"{cell:>17}" for cell in cells))


def summarise(rows: list[Row]) -> bool:
    """Prints a table for each check, what was skipped and what failed. True: something was checked, all of it held."""
    for check in dict.fromkeys(row.check for row in rows):
        _table(check, [row for row in rows if row.check == check])
    skipped = {row.skipped: [] for row in rows if row.skipped}
    for row in rows:
        if row.skipped:
            skipped[row.skipped].append(f"{row.model} in {row.release}")
    for reason, where in skipped.items():
        print(f"\nskipped: {reason}: {', '.join(where)}")
    failures = [row for row in rows if row.failed]
    for row in failures:
        print(f"\nFAILED: {row.check}: {row.model}, {row.release}: {row.failed}")
    passed = sum(not row.failed and not row.skipped for row in rows)
    print(f"\n{passed} passed, {len(failures)} failed, {len(rows) - passed - len(failures)} skipped")
    return passed > 0 and not failures
