"""docs/tutorial.md's Python, run as it stands on a few reviews of the built-in sample.

    tutorial_in_keras.py WORK PROGRAM

Keras' own load_data and get_word_index run, on files that our `data export` wrote in place of its downloads. What the
page says of both programs is compared: the summary, the parameters of every model, predictions of files each way.
"""

import contextlib
import importlib
import json
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import keras_here
from program import Program
from report import Report

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
ROWS = 64
SENTENCE = "I loved every minute of it."
FITTED = ["lstm", "lstm-dropout", "lstm-gate-dropout", "bilstm", "cnn-lstm", "cnn-lstm", "cnn-lstm", "lstm"]


def use_our_files(directory: Path) -> None:
    """Of each split Keras then gives the first ROWS."""
    imdb = importlib.import_module("keras.src.datasets.imdb")
    imdb.get_file = lambda fname, **_: str(directory / fname)
    load_all = imdb.load_data
    keras.datasets.imdb.load_data = lambda **options: tuple((x[:ROWS], y[:ROWS]) for x, y in load_all(**options))


def run_page(session: dict[str, Any], fitted: list[Any]) -> float:
    """All blocks in one session; `fitted` gets the model of each call of fit."""
    fit = keras.Sequential.fit

    def note(model: Any, *arguments: Any, **options: Any) -> Any:
        fitted.append(model)
        return fit(model, *arguments, **options)

    keras.Sequential.fit = note
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for block in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL):
            exec(compile(block, str(PAGE), "exec"), session)
    keras.Sequential.fit = fit
    return 0.0


def compare_summaries(session: dict[str, Any], program: Program) -> float:
    """All that is printed of a new model but the lines of the table and the model's name."""
    lines: list[str] = []
    session["network"](keras.layers.LSTM(100)).summary(print_fn=lambda text, **_: lines.append(text))
    texts = [program.run("summary", "lstm"), "\n".join(lines)]
    ours, theirs = (re.sub(r"\b(lstm|embedding|dense)_\d+", r"\1", text) for text in texts)
    ours, theirs = (re.findall(r"[\w(),.]+", text)[2:] for text in (ours, theirs))
    if ours != theirs:
        raise ValueError(f"ours has {ours}, theirs {theirs}")
    return 0.0


def compare_parameters(fitted: list[Any], program: Program) -> float:
    theirs = [model.count_params() for model in fitted]
    ours = [json.loads(program.run("summary", preset, "--json"))["total_parameters"] for preset in FITTED]
    if ours != theirs:
        raise ValueError(f"ours has {ours}, theirs {theirs}")
    return 0.0


def compare_prediction(session: dict[str, Any], program: Program, file: str, *options: object) -> float:
    """Of the page's sentence, as the page encodes it and as we do."""
    ours = json.loads(program.run("predict", file, *options, "--device", "cpu", "--json", SENTENCE))["probability"]
    theirs = keras_here.predict(keras.models.load_model(file), session["encode"](SENTENCE))
    return keras_here.largest_difference([ours], theirs)


def main() -> None:
    work, path = Path(sys.argv[1]), Path(sys.argv[2])
    report = Report(work / "rows.jsonl", keras_here.release(keras))
    directory = work / "tutorial"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    os.chdir(directory)
    program = Program(path, directory / "sample")
    program.run("data", "export", "--data", "sample", "--out", ".")
    program.run("train", "--data", "sample", "--train-limit", ROWS, "--epochs", 1, "--out", "runs/lstm")
    use_our_files(directory)
    session: dict[str, Any] = {}
    fitted: list[Any] = []
    words = ("--word-index", "imdb_word_index.json")
    for what, check in [("its Python runs", partial(run_page, session, fitted)),
                        ("summary", lambda: compare_summaries(session, program)),
                        ("parameters", lambda: compare_parameters(fitted, program)),
                        ("our file there", lambda: compare_prediction(session, program, "runs/lstm/model.keras")),
                        ("its file here", lambda: compare_prediction(session, program, "from_keras.keras", *words))]:
        report.measure("The tutorial", what, check)


keras = keras_here.load()
if __name__ == "__main__":
    main()
