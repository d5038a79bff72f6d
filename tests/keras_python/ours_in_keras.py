"""Files of ours, loaded in Keras 3: no warning, the same predictions, the same next step."""

import logging
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy

import keras_here
from corpus import Encoder
from our_files import MODELS, STEP_MODELS, OurModel
from report import LIMIT, Report

CHECK_PREDICTIONS = "Files of ours in Keras: predictions"
CHECK_STEP = "One more Adam step from a file of ours: weights"
MOMENTS_LIMIT = 1e-5  # of a tensor's largest


class NoWarnings(logging.Handler):
    """Warnings and absl's log, which Keras warns through as well, raise."""

    def __enter__(self) -> None:
        self.caught = warnings.catch_warnings()
        self.caught.__enter__()
        warnings.simplefilter("error")
        self.absl = logging.getLogger("absl")
        self.absl_level = self.absl.level
        self.absl.setLevel(logging.WARNING)
        self.absl.addHandler(self)

    def __exit__(self, *error: object) -> None:
        self.absl.removeHandler(self)
        self.absl.setLevel(self.absl_level)
        self.caught.__exit__(*error)

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            raise UserWarning(record.getMessage())


def hard_sigmoid_keras1(x: Any) -> Any:
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def load(file: Path) -> Any:
    with NoWarnings():
        model = keras.saving.load_model(str(file), custom_objects={"hard_sigmoid_keras1": hard_sigmoid_keras1})
    steps = int(numpy.asarray(model.optimizer.iterations))
    if steps < 2:
        raise ValueError(f"{file}: the optimizer has done {steps} steps")
    return model


def values(variables: list[Any]) -> list[numpy.ndarray]:
    return [numpy.asarray(variable, "float64") for variable in variables]


def compare_moments(ours: Any, theirs: Any) -> None:
    """Iterations, learning rate, m and v. A moment of zeros everywhere is equal or not."""
    pairs = list(zip(values(ours.optimizer.variables), values(theirs.optimizer.variables), strict=True))
    for a, b in pairs:
        difference, largest = keras_here.largest_difference(a, b), numpy.max(numpy.abs(b))
        if not difference <= MOMENTS_LIMIT * largest:
            raise ValueError(f"an optimizer variable of shape {b.shape} differs by {difference:.1e} of {largest:.1e}")


def compare_weights(ours: Any, theirs: Any) -> float:
    pairs = zip(values(ours.weights), values(theirs.weights), strict=True)
    return max(keras_here.largest_difference(a, b) for a, b in pairs)


def predictions(model: OurModel, work: Path, encoder: Callable[..., Encoder]) -> float:
    tokens = encoder(model.sizes).tests(work / "corpus")
    return keras_here.compare_predictions(keras_here.predict(load(model.file(work)), tokens), model.probabilities(work))


def step(model: OurModel, work: Path, encoder: Callable[..., Encoder]) -> float:
    tokens, labels = encoder(model.sizes).training(work / "corpus", 64)
    theirs = load(model.file(work))
    before = values(theirs.weights)
    theirs.train_on_batch(tokens, labels)
    ours = load(model.file(work).parent / "continued" / "model.keras")
    if not max(keras_here.largest_difference(a, b) for a, b in zip(before, values(theirs.weights))) > 100 * LIMIT:
        raise ValueError("the step moved nothing")
    compare_moments(ours, theirs)
    return compare_weights(ours, theirs)


def main() -> None:
    work = Path(sys.argv[1])
    report = Report(work / "rows.jsonl", keras_here.release(keras))

    def encoder(sizes: Any) -> Encoder:
        return Encoder(work / "imdb_word_index.json", sizes.vocabulary, sizes.maxlen)

    for model in MODELS:
        report.measure(CHECK_PREDICTIONS, model.name, partial(predictions, model, work, encoder))
    for model in STEP_MODELS:
        report.measure(CHECK_STEP, model.preset, partial(step, model, work, encoder))


keras = keras_here.load()
if __name__ == "__main__":
    main()
