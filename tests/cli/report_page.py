#!/usr/bin/env python3
"""Whether the page of a run is whole and says what the run's files say: report_page.py RUN [PAGE]"""
import csv
import json
import os
import sys
import xml.etree.ElementTree as tree

run, page = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else os.path.join(sys.argv[1], "report.html")


def fail(what):
    sys.exit(f"FAILED: {page}: {what}")


def text_of(element):
    return "".join(element.itertext())


def rows_of(element):
    return [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]


def check_frame(root):
    for element in root.iter():
        if element.tag in ("script", "link", "img", "iframe", "object", "embed"):
            fail(f"there is a {element.tag}")
        for name, value in element.attrib.items():
            if name.startswith("on") or name in ("href", "src") or "url(" in value:
                fail(f"something is fetched or runs: {name}={value}")
    for drawing in root.iter("svg"):
        if drawing.get("role") == "img" and drawing.find("title") is None:
            fail("a drawing has no title")
        if drawing.get("role") != "img" and drawing.get("aria-hidden") != "true":
            fail("a drawing is neither told nor hidden")


def shown(value, decimals):
    return "-" if value is None else f"{value:.{decimals}f}"


def check_epochs(sections, record):
    epochs = record["epochs"]
    if not epochs:
        return
    rows = rows_of(sections["Epochs"])[1:]
    if len(rows) != len(epochs):
        fail(f"{len(rows)} rows for {len(epochs)} epochs")
    with open(os.path.join(run, "history.csv"), encoding="ascii", newline="") as file:
        history = list(csv.DictReader(file))
    for row, epoch, line in zip(rows, epochs, history):
        expected = [str(epoch["epoch"])]
        for key in ("accuracy", "loss", "val_accuracy", "val_loss"):
            expected.append(shown(epoch.get(key), 4))
            if epoch.get(key) is not None and abs(float(line[key]) - epoch[key]) > 1e-8:
                fail(f"history.csv has another {key}")
        if row[:5] != expected:
            fail(f"an epoch is {row}, not {expected}")
    curves = [drawing for drawing in sections["Curves"].iter("svg") if drawing.get("role") == "img"]
    if len(curves) != 2:
        fail(f"{len(curves)} curves")
    for curve, keys in zip(curves, (("loss", "val_loss"), ("accuracy", "val_accuracy"))):
        points = sum(epoch.get(key) is not None for epoch in epochs for key in keys)
        if len(list(curve.iter("circle"))) != points:
            fail(f"not {points} points in a curve")


def area_of(rows):
    positive = [float(row["probability"]) for row in rows if row["label"] == "1"]
    negative = [float(row["probability"]) for row in rows if row["label"] == "0"]
    if not positive or not negative:
        return None
    return sum((p > n) + (p == n) / 2 for p in positive for n in negative) / len(positive) / len(negative)


def check_confusion(section, rows):
    counts = [[0, 0], [0, 0]]
    for row in rows:
        counts[row["label"] == "0"][float(row["probability"]) <= 0.5] += 1
    table = next(table for table in section.iter("table") if table.get("class") == "confusion")
    found = [[int(cell.find("b").text.replace(",", "")) for cell in row.iter("td")] for row in table.iter("tr")][1:]
    if found != counts:
        fail(f"the confusion matrix is {found}, not {counts}")
    facts = dict(row for row in rows_of(section) if len(row) == 2)
    accuracy = (counts[0][0] + counts[1][1]) / len(rows)
    if facts["Accuracy"] != f"{accuracy:.4f}":
        fail(f"the accuracy is {facts['Accuracy']}, not {accuracy:.4f}")
    area = area_of(rows)
    if facts["Area under the ROC curve"] != shown(area, 4):
        fail(f"the area is {facts['Area under the ROC curve']}, not {area}")
    if any(drawing.get("role") == "img" for drawing in section.iter("svg")) != (area is not None):
        fail("the ROC curve is there and should not be, or the other way round")


def squeezed(text):
    """What is left without blanks, breaks and the dots of a cut, control characters as the page has them."""
    text = "".join("\ufffd" if c < " " and c not in "\t\n\r" else c for c in text)
    return "".join(text.replace("<br />", "").replace("\u2026", "").split())


def check_mistakes(section, rows):
    parts = [part for part in section.iter("div") if part.find("h3") is not None]
    for called, part in zip((True, False), parts):
        wrong = [row for row in rows
                 if (float(row["probability"]) > 0.5) == called and (row["label"] == "1") != called]
        wrong.sort(key=lambda row: -abs(float(row["probability"]) - 0.5))
        items = list(part.iter("li"))
        if len(items) != min(10, len(wrong)):
            fail(f"{len(items)} mistakes of {len(wrong)}")
        for item, row in zip(items, wrong):
            if item.find("b").text != f"{float(row['probability']):.4f}" or item.find("span").text != row["review"]:
                fail(f"a mistake is {text_of(item)!r}, not {row}")
            if squeezed(row["text"]) not in squeezed(text_of(item)):
                fail(f"the text of {row['review']} is {text_of(item)!r}")


def main():
    root = tree.parse(page).getroot()
    with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
        record = json.load(file)
    check_frame(root)
    sections = {section.find("h2").text: section for section in root.iter("section")}
    check_epochs(sections, record)
    predictions = os.path.join(run, "predictions.csv")
    summary = dict(rows_of(next(root.iter("table"))))
    if "The most confident mistakes" in sections:
        with open(predictions, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        check_confusion(sections["Predictions"], rows)
        area = area_of(rows)
        if summary.get("ROC area") != (None if area is None else shown(area, 4)):
            fail(f"the area in the summary is {summary.get('ROC area')}")
        check_mistakes(sections["The most confident mistakes"], rows)
    elif "ROC area" in summary:
        fail("there is an area without predictions")
    elif "--predictions" not in text_of(sections["Predictions"]):
        fail("there are neither predictions nor a way to them")
    for key in ("batch size", "seed", "learning rate"):
        value = record["settings"][key.replace(" ", "_")]
        if [key, f"{value:.10g}"] not in rows_of(sections["Settings"]):
            fail(f"the {key} is not {value}")
    if record["device"] not in text_of(sections["Device and versions"]):
        fail("the device is not named")


main()
