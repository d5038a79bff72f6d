"""Files that the program wrote against the tables of docs/formats.md. formats.py PAGE CHECKS

CHECKS has a line for each file: what it is, the heading of its table and the file, with tabs between. Every field of a
file must be in the table, with a type that the value has; every field of a table in all files of its kind unless it is
optional; and of every field the files together must show all that its type says, null and absence among it, unless
the page's last table excuses it.
"""
import csv
import json
import os
import re
import sys
import zipfile

LINK = re.compile(r"\[[^]]*\]\(#([^)]*)\)")
CELL_ORDER = ["null", "empty", "integer", "number", "boolean", "word", "text"]
errors, seen = [], set()


class Field:
    def __init__(self, table, name, cell, meaning):
        self.table, self.name, self.words = table, name, re.findall("`([^`]+)`", meaning)
        cell, self.optional = re.subn(r",? *optional$", "", cell)
        self.types = [kind for kind in re.split(r", | or (?![^(]*\))", cell) if kind]
        self.types.sort(key=lambda kind: CELL_ORDER.index(kind) if kind in CELL_ORDER else len(CELL_ORDER))

    def show(self, what):
        seen.add((self.table.heading, self.name, what))


class Table:
    def __init__(self, heading, kind):
        self.heading, self.kind, self.own, self.includes, self.others = heading, kind, [], [], None

    def add(self, first, cell, meaning):
        names = re.findall(r"`([^`]+)`", first)
        if LINK.search(first):
            self.includes.append(LINK.search(first).group(1))
        elif names:
            self.own += [Field(self, name, cell, meaning) for name in names]
        else:
            self.others = Field(self, first, cell, meaning)

    def fields(self):
        return self.own + [field for anchor in self.includes for field in by_anchor[anchor].fields()]


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def read_page(path):
    tables, excused, heading, table = {}, set(), "", None
    with open(path, encoding="utf-8") as page:
        for line in page:
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
            if line.startswith("#"):
                heading = line.strip("# \n")
            if not cells:
                table = None
            elif cells[0] in ("field", "column", "member", "file"):
                table = excused if cells[1] == "in" else tables.setdefault(heading, Table(heading, cells[0]))
            elif table is excused and "`" in cells[0]:
                names = re.findall("`([^`]+)`", cells[0])
                excused |= {(where, name) for where in cells[1].split(", ") for name in names}
            elif table and not cells[0].startswith("|-") and not cells[0].startswith("-"):
                table.add(cells[0], cells[1].rstrip("|").strip(), " ".join(cells[2:]))
    return tables, excused


def fail(where, what):
    errors.append(f"{where}: {what}")


def is_of(value, kind, field):
    """Whether a JSON value may be of a type; what is in it is looked at afterwards."""
    if kind == "word":
        return value in field.words
    if kind in ("null", "text", "boolean", "integer", "object"):
        return type(value) is {"null": type(None), "text": str, "boolean": bool, "integer": int, "object": dict}[kind]
    if kind == "number":
        return value is None or type(value) is float
    if kind.startswith("list of "):
        return isinstance(value, list)
    names = {re.split(r"[.\[]", field.name)[0] for link in LINK.findall(kind) for field in by_anchor[link].fields()}
    return isinstance(value, dict) and (kind.startswith("map of ") or bool(names & set(value)))


def check_value(value, field, kind, where):
    if kind.startswith("list of ") or kind.startswith("map of "):
        inner = kind.split(" of ", 1)[1]
        for item in value if isinstance(value, list) else value.values():
            check_types(item, field, re.sub(r"^\((.*)\)$", r"\1", inner).split(" or "), where + "[]")
    elif kind == "object":
        check_object(value, field.table.fields(), field.name + ("[]." if where.endswith("[]") else "."), where)
    elif LINK.search(kind):
        table = by_anchor[LINK.search(kind).group(1)]
        check_object(value, table.fields(), "", where, table.others)


def check_types(value, field, kinds, where):
    fitting = [kind for kind in kinds if is_of(value, kind, field)]
    if len(fitting) > 1 and isinstance(value, dict):  # of two tables that of which no field is missing
        fitting = [kind for kind in fitting if all(
            link.optional or link.name in value for link in by_anchor[LINK.search(kind).group(1)].fields())] or fitting
    if not fitting:
        return fail(where, f"{json.dumps(value)[:60]} is no {' or '.join(kinds)}")
    if not (fitting[0] == "number" and value is None):
        field.show(fitting[0])
    return check_value(value, field, fitting[0], where)


def check_object(value, fields, prefix, where, others=None):
    if not isinstance(value, dict):
        return fail(where, "is no object")
    inside = [field for field in fields if field.name.startswith(prefix)]
    keys = {re.split(r"[.\[]", field.name[len(prefix):])[0] for field in inside}
    for key in sorted(keys):
        own = next((field for field in inside if field.name == prefix + key), None)
        if key not in value:
            own and own.optional and own.show("absent")
            if not (own and own.optional):
                fail(where, f"{key} is missing")
        elif own:
            check_types(value[key], own, own.types, f"{where}: {prefix}{key}")
        elif any(field.name.startswith(prefix + key + "[].") for field in inside):
            if not isinstance(value[key], list):
                fail(where, f"{key} is no list")
            for item in value[key] if isinstance(value[key], list) else []:
                check_object(item, fields, prefix + key + "[].", where)
        else:
            check_object(value[key], fields, prefix + key + ".", where)
    for key in sorted(set(value) - keys):
        if others:
            check_value({key: value[key]}, others, others.types[0], f"{where}: {key}")
            others.show(others.types[0])
        else:
            fail(where, f"{prefix}{key} is not on the page")
    return None


def check_cell(text, field, where):
    patterns = {"empty": "", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?(e[-+]\d+)?", "text": r"(?s:.+)"}
    for kind in field.types:
        if re.fullmatch(patterns[kind], text):
            return field.show(kind)
    return fail(where, f"{field.name}: {text[:40]!r} is no {' or '.join(field.types)}")


def check_names(names, table, where, pattern=re.escape):
    """Those of columns, members or files."""
    for field in table.own:
        present = [name for name in names if re.fullmatch(pattern(field.name), name)]
        field.show("present" if present else "absent")
        names = [name for name in names if name not in present]
        if not present and not field.optional:
            fail(where, f"{field.name} is missing")
    for name in names:
        fail(where, f"{name} is not on the page")


def file_pattern(name):
    return re.escape(name).replace("KEY", "[0-9a-f]{32}").replace(r"NAME\-SEED", r".+-\d+")


def files_of(directory):
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        yield from (f"{name}/{run}/" for run in os.listdir(path)) if os.path.isdir(path) else [name]


def check_file(what, table, path):
    where = f"{path} ({table.heading})"
    if what == "files":
        return check_names(list(files_of(path)), table, where, file_pattern)
    if what == "zip":
        with zipfile.ZipFile(path) as archive:
            return check_names(archive.namelist(), table, where)
    with open(path, "rb") as file:
        data = file.read()
    if what == "safetensors":
        data = data[8:8 + int.from_bytes(data[:8], "little")]
    text = data.decode()
    if what == "csv":
        header, *rows = csv.reader(text.splitlines(keepends=True), strict=True)
        check_names(header, table, where)
        fields = {field.name: field for field in table.own}
        if [name for name in fields if name in header] != header or any(len(row) != len(header) for row in rows):
            return fail(where, "the columns stand in another order, or a row has others")
        for row in rows:
            for name, cell in zip(header, row):
                check_cell(cell, fields[name], where)
        return None
    values = [json.loads(line) for line in text.splitlines()] if what in ("lines", "log") else json.loads(text)
    for value in values if isinstance(values, list) else [values]:
        if what == "log":
            table = tables["The event " + value["event"].replace("resume", "start")]
        check_object(value, table.fields(), "", where, table.others)
    return None


tables, excused = read_page(sys.argv[1])
by_anchor = {anchor(heading): table for heading, table in tables.items()}
with open(sys.argv[2], encoding="utf-8") as checks:
    for check in checks:
        what, heading, path = check.rstrip("\n").split("\t")
        check_file(what, tables[heading] if what != "log" else tables["The event start"], path)
for table in tables.values():
    for field in table.own + ([table.others] if table.others else []):
        wanted = field.types if table.kind in ("field", "column") else ["present"]
        for kind in wanted + (["absent"] if field.optional else []):
            if (table.heading, field.name, kind) not in seen and (table.heading, field.name) not in excused:
                fail(table.heading, f"{field.name}: no file shows it as {kind}")
for where, name in sorted(excused):
    if where not in tables or name not in [field.name for field in tables[where].own]:
        fail("the page excuses what it does not have", f"{name} in {where}")
print("\n".join(sorted(set(errors))))
sys.exit(1 if errors else 0)
