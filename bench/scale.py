#!/usr/bin/env python3
"""How a training step grows with its sizes: runs bench_scale, and makes a table and a plot of what it says.

    bench/scale.py --out DIRECTORY [--program build/bin/bench_scale] -- --data PATH [OPTION OF bench_scale ...]
    bench/scale.py --out DIRECTORY --rows FILE

writes scale.json (bench_scale's lines as they are), scale.csv, scale.md and scale.svg. The second form draws the lines
of an earlier run again.

`model` is bench_scale's: flops, cache bytes and memory bytes over rates measured in the same run; nothing is fitted.
`predicted` is the model times one number for all points, that which makes it right at the default sizes: what it says
is how the time grows, and `off` is how far the measured time is from that.
"""
import argparse
import csv
import json
import math
import os
import subprocess
import sys

AXES = [("T", "steps of a review (T)"), ("N", "reviews in a batch (N)"), ("H", "units (H)"),
        ("E", "embedding (E)"), ("threads", "threads")]
SIZES = [name for name, _ in AXES]
COLUMNS = [*SIZES, "median_ms", "deviation_ms", "model_ms", "predicted_ms", "off", "gflop", "gflop_per_s",
           "share_of_peak", "foreign_load"]

PANEL_WIDTH, PANEL_HEIGHT, MARGIN_LEFT, MARGIN_TOP, GAP_X, GAP_Y, COLUMNS_OF_PANELS = 250, 190, 58, 64, 62, 78, 3


def run_program(program, options):
    try:
        run = subprocess.run([program, *options], stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        sys.exit(f"scale.py: {program}: {error.strerror}; build it: ninja -C build/release bench_scale")
    if run.returncode:
        sys.exit(f"scale.py: {program} ended with status {run.returncode}")
    return run.stdout


def parse_rows(text, name):
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            if not all(isinstance(row[size], int) for size in SIZES) or not row["predicted_us"] > 0:
                raise ValueError("sizes and predicted_us must be positive numbers")
            rows.append(row)
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"scale.py: {name}: line {number} is no row of bench_scale: {error!r}")
    if sum(row["default"] for row in rows) != 1:
        sys.exit(f"scale.py: {name}: not exactly one row of the default sizes")
    return rows


def evaluate(rows):
    """Adds what the table and the plot show; times in milliseconds."""
    default = next(row for row in rows if row["default"])
    factor = default["median_us"] / default["predicted_us"]
    for row in rows:
        row["median_ms"], row["deviation_ms"] = row["median_us"] / 1000, row["deviation"] / 1000
        row["p10_ms"], row["p90_ms"] = row["p10"] / 1000, row["p90"] / 1000
        row["model_ms"] = row["predicted_us"] / 1000
        row["predicted_ms"] = factor * row["model_ms"]
        row["off"] = 0.0 if row is default else row["median_ms"] / row["predicted_ms"] - 1  # rounding makes it -0 %
    return default, factor


def axis_rows(rows, default, axis):
    others = [size for size in SIZES if size != axis]
    chosen = [row for row in rows if all(row[size] == default[size] for size in others)]
    return sorted(chosen, key=lambda row: row[axis])


def markdown(rows, default, factor):
    sizes = ", ".join(f"{size} {default[size]}" for size in SIZES)
    loads = [row["foreign_load"] for row in rows if row["foreign_load"] is not None]
    lines = [
        f"Training steps of the plain LSTM on {default['device']}. Varied one at a time around {sizes}; "
        f"{default['n']} steps a point, medians.",
        "",
        f"Measured in the same run, at the defaults: {default['peak_gflop_per_s']:.0f} GFLOP/s in registers, "
        f"{default['cache_gb_per_s']:.0f} GB/s of reading a recurrent kernel, {default['memory_gb_per_s']:.0f} GB/s of "
        "memory. The model is the sum of what the work takes at these rates; predicted is the model times "
        f"{factor:.2f}, the one number that makes it right at the defaults (bold), and off is measured against "
        "predicted. "
        + (f"Foreign load: {max(loads):.2f} processors at most." if loads else "Foreign load: not known."),
        "",
        "| | ms/step | deviation | model | predicted | off | GFLOP | GFLOP/s | of the peak |",
        "|---|---|---|---|---|---|---|---|---|"]
    for axis, _ in AXES:
        for row in axis_rows(rows, default, axis):
            bold = "**" if row is default else ""
            lines.append(
                f"| {bold}{axis} {row[axis]}{bold} | {row['median_ms']:.2f} | {row['deviation_ms']:.2f} | "
                f"{row['model_ms']:.2f} | {row['predicted_ms']:.2f} | {row['off']:+.0%} | {row['gflop']:.2f} | "
                f"{row['gflop_per_s']:.0f} | {row['share_of_peak']:.0%} |")
    return "\n".join(lines) + "\n"


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: f"{value:.6g}" if isinstance(value, float) else value
                             for name, value in row.items()})


STYLE = """
  :root { --ink: #1f2328; --soft: #656d76; --grid: #d8dee4; --measured: #0a5cad; --predicted: #bc4c00; --model: #6e7781;
          --ground: #ffffff; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6edf3; --soft: #9198a1; --grid: #30363d; --measured: #6cb6ff; --predicted: #f69d50;
            --model: #8b949e; --ground: #0d1117; }
  }
  text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .name { font-weight: 600; }
  .soft { fill: var(--soft); font-size: 11px; }
  .grid { stroke: var(--grid); }
  .measured { stroke: var(--measured); fill: none; stroke-width: 2; }
  .predicted { stroke: var(--predicted); fill: none; stroke-width: 2; stroke-dasharray: 6 4; }
  .model { stroke: var(--model); fill: none; stroke-width: 1.5; stroke-dasharray: 2 3; }
  .whisker { stroke: var(--measured); stroke-width: 1.5; }
  .dot { fill: var(--measured); stroke: var(--ground); stroke-width: 1; }
"""
SERIES = [("model", "model_ms", "model: nothing fitted"),
          ("predicted", "predicted_ms", "predicted: model, right at the defaults"),
          ("measured", "median_ms", "measured: median, 10 % to 90 %")]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text(x, y, words, css="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def ticks(low, high):
    """1, 2 and 5 times powers of ten, or powers of ten alone where those would crowd."""
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if high / low < 200 else (1,)
    return [step * 10.0 ** e for e in exponents for step in steps if low <= step * 10.0 ** e <= high]


def span(values):
    """A range for a logarithmic scale with some room at both ends."""
    low, high = min(values), max(values)
    room = max((high / low) ** 0.06, 1.08)
    return low / room, high * room


def panel(rows, axis, label, y_range, left, top):
    """One axis' points; both scales are logarithmic, so that a power is a straight line."""
    x_low, x_high = span([row[axis] for row in rows])
    y_low, y_high = y_range

    def x(value):
        return left + PANEL_WIDTH * math.log(value / x_low) / math.log(x_high / x_low)

    def y(value):
        return top + PANEL_HEIGHT * (1 - math.log(value / y_low) / math.log(y_high / y_low))

    out = [text(left, top - 10, label, "name")]
    for value in ticks(y_low, y_high):
        out.append(f'<path class="grid" d="M{left} {y(value):.1f}h{PANEL_WIDTH}"/>')
        out.append(text(left - 6, y(value) + 4, f"{value:g}", "soft", "end"))
    for row in rows:
        out.append(text(x(row[axis]), top + PANEL_HEIGHT + 16, str(row[axis]), "soft", "middle"))
    for css, key, _ in SERIES:
        line = "L".join(f"{x(row[axis]):.1f} {y(row[key]):.1f}" for row in rows)
        out.append(f'<path class="{css}" d="M{line}"/>')
    for row in rows:
        out.append(f'<path class="whisker" d="M{x(row[axis]):.1f} {y(row["p10_ms"]):.1f}V{y(row["p90_ms"]):.1f}"/>')
        out.append(f'<circle class="dot" cx="{x(row[axis]):.1f}" cy="{y(row["median_ms"]):.1f}" r="4"/>')
    return out


def legend(default, factor, left, top):
    out = []
    for i, (css, _, words) in enumerate(reversed(SERIES)):
        at = top + 14 + 26 * i
        out.append(f'<path class="{css}" d="M{left} {at}h34"/>')
        if css == "measured":
            out.append(f'<circle class="dot" cx="{left + 17}" cy="{at}" r="4"/>')
        out.append(text(left + 42, at + 4, words))
    notes = ["Milliseconds a step, both scales logarithmic.",
             "Varied one at a time around " + ", ".join(f"{size} {default[size]}" for size in SIZES[:4]) + ",",
             f"threads {default['threads']}; predicted = {factor:.2f} × model."]
    return out + [text(left, top + 108 + 17 * i, words, "soft") for i, words in enumerate(notes)]


def svg(rows, default, factor):
    shown = [row[key] for row in rows for key in ("p10_ms", "p90_ms", "model_ms", "predicted_ms")]
    y_range = span(shown)
    width = MARGIN_LEFT + COLUMNS_OF_PANELS * (PANEL_WIDTH + GAP_X)
    height = MARGIN_TOP + 2 * PANEL_HEIGHT + GAP_Y + 44
    places = [(MARGIN_LEFT + i % COLUMNS_OF_PANELS * (PANEL_WIDTH + GAP_X),
               MARGIN_TOP + i // COLUMNS_OF_PANELS * (PANEL_HEIGHT + GAP_Y)) for i in range(len(AXES) + 1)]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'role="img">',
           f"<title>A training step against its sizes: {escape(default['device'])}</title>",
           f"<style>{STYLE}</style>",
           f'<rect width="{width}" height="{height}" style="fill: var(--ground)"/>',
           text(MARGIN_LEFT, 26, "ms/step of the plain LSTM: " + default["device"].split(", OpenBLAS")[0], "title")]
    for (axis, label), (left, top) in zip(AXES, places):
        out += panel(axis_rows(rows, default, axis), axis, label, y_range, left, top)
    out += legend(default, factor, *places[-1])
    return "\n".join([*out, "</svg>"]) + "\n"


def write(directory, name, content):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        file.write(content)


def main():
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, metavar="DIRECTORY")
    parser.add_argument("--program", default="build/bin/bench_scale")
    parser.add_argument("--rows", metavar="FILE")
    options = parser.parse_args(words[:cut])
    if options.rows and cut < len(words):
        parser.error("--rows: nothing is run, so there is nothing after --")
    try:
        if options.rows:
            with open(options.rows, encoding="utf-8") as file:
                lines = file.read()
        else:
            lines = run_program(options.program, words[cut + 1:])
        rows = parse_rows(lines, options.rows or options.program)
        default, factor = evaluate(rows)
        os.makedirs(options.out, exist_ok=True)
        write(options.out, "scale.json", lines)
        write_csv(os.path.join(options.out, "scale.csv"), rows)
        write(options.out, "scale.md", markdown(rows, default, factor))
        write(options.out, "scale.svg", svg(rows, default, factor))
    except OSError as error:
        sys.exit(f"scale.py: {error.filename}: {error.strerror}")
    print(markdown(rows, default, factor), end="")


if __name__ == "__main__":
    main()
