"""Models that a Keras built and trained, read here: the same predictions, and the same after one more step."""

import dataclasses
import sys
from functools import partial
from pathlib import Path
from typing import Any

import keras_here
from architectures import FAR_LEARNING_RATE, FULL, PRESETS, SMALL, Sizes, build
from corpus import Encoder
from our_files import continued
from program import Program
from report import Report, Skipped

CHECK_PREDICTIONS = "Files of Keras here: predictions"
CHECK_WEIGHTS_ALONE = "Weights alone, .weights.h5: predictions"
CHECK_STEP = "One more Adam step from a file of Keras: weights"
CHECK_OLD_STEP = "One more Adam step from a file of an old Keras: predictions"


class Theirs:
    """The models of one Keras, and what is asked of them."""

    def __init__(self, keras: Any, program: Program, work: Path, full: bool):
        self.keras, self.program, self.work = keras, program, work
        self.generation, self.on_theano = keras_here.generation(keras), keras_here.is_on_theano(keras)
        self.folder = work / keras_here.release(keras).replace(" ", "-")
        self.folder.mkdir(exist_ok=True)
        # Theano puts the extra zero of an even kernel on the other side; what that means here, the C tests show.
        small = dataclasses.replace(SMALL, kernel_size=3) if self.on_theano else SMALL
        self.sizes = {"full": FULL, "small": small} if full else {"small": small}
        self.endings = ["h5"] if self.on_theano else ["keras", "h5"]

    def encoder(self, sizes: Sizes) -> Encoder:
        return Encoder(self.work / "imdb_word_index.json", sizes.vocabulary, sizes.maxlen)

    def trained(self, preset: str, sizes: Sizes, learning_rate: float) -> Any:
        """Two steps of fit."""
        model = build(self.keras, preset, sizes, learning_rate)
        tokens, labels = self.encoder(sizes).training(self.work / "corpus", 128)
        if not (self.on_theano and preset.startswith("cnn")):  # the gradient of Theano's max-pooling does not run
            epochs = {"nb_epoch" if self.generation == 1 else "epochs": 1}
            model.fit(tokens, labels, batch_size=64, shuffle=False, verbose=0, **epochs)
        return model

    def save(self, model: Any, name: str, ending: str) -> Path:
        """The file as our program takes it: of a Conv1D of Keras 1 it must be told the backend."""
        if self.keras.__version__.startswith(("3.0", "3.1.")) and ending == "h5" and name.startswith("bilstm"):
            raise Skipped("Keras 3.0 and 3.1 cannot save a Bidirectional as .h5")
        file = self.folder / f"{name}.{ending}"
        file.unlink(missing_ok=True)
        model.save(str(file))
        if self.generation == 1 and name.startswith("cnn"):
            self.program.run("convert", "--backend", "theano", file, file.with_suffix(".keras"))
            return file.with_suffix(".keras")
        return file

    def predictions_of(self, file: Path, model: Any, sizes: Sizes) -> float:
        theirs = keras_here.predict(model, self.encoder(sizes).tests(self.work / "corpus"))
        return keras_here.compare_predictions(self.program.probabilities(file, has_vocabulary=False), theirs)

    def predictions(self, model: Any, name: str, ending: str, sizes: Sizes) -> float:
        return self.predictions_of(self.save(model, name, ending), model, sizes)

    def weights_alone(self, model: Any, name: str, sizes: Sizes) -> float:
        """Weights and architecture in two files, put together here."""
        weights, config = self.folder / f"{name}.weights.h5", self.folder / f"{name}.json"
        whole = self.folder / f"{name}, put together.keras"
        model.save_weights(str(weights), overwrite=True)
        config.write_text(model.to_json())
        self.program.run("convert", "--model", config, weights, whole)
        return self.predictions_of(whole, model, sizes)

    def step(self, preset: str, ending: str) -> float:
        """Of Keras 3 all weights and moments; of an older Keras what they predict."""
        sizes = dataclasses.replace(next(iter(self.sizes.values())), rate=0.0)
        model = self.trained(preset, sizes, learning_rate=1e-3)
        file = self.save(model, f"{preset}, dropout off", ending)
        ours = continued(self.program, file, self.folder / f"{preset}, {ending}, continued")
        model.train_on_batch(*self.encoder(sizes).training(self.work / "corpus", 64))
        if self.generation == 3:
            from ours_in_keras import compare_moments, compare_weights

            loaded = self.keras.saving.load_model(str(ours))
            compare_moments(loaded, model)
            return compare_weights(loaded, model)
        theirs = keras_here.predict(model, self.encoder(sizes).tests(self.work / "corpus"))
        return keras_here.largest_difference(self.program.probabilities(ours, has_vocabulary=True), theirs)


def check(theirs: Theirs, report: Report) -> None:
    check_step = CHECK_STEP if theirs.generation == 3 else CHECK_OLD_STEP
    for preset in PRESETS:
        for name, sizes in theirs.sizes.items():
            model = theirs.trained(preset, sizes, FAR_LEARNING_RATE)
            for ending in theirs.endings:
                report.measure(CHECK_PREDICTIONS, f"{preset}, {name}, .{ending}",
                               partial(theirs.predictions, model, f"{preset}, {name}", ending, sizes))
            if theirs.generation == 3:
                report.measure(CHECK_WEIGHTS_ALONE, f"{preset}, {name}",
                               partial(theirs.weights_alone, model, f"{preset}, {name}", sizes))
        for ending in theirs.endings:
            if not (theirs.on_theano and preset.startswith("cnn")):
                report.measure(check_step, f"{preset}, .{ending}", partial(theirs.step, preset, ending))


def main() -> None:
    work, program = Path(sys.argv[1]), Path(sys.argv[2])
    keras = keras_here.load()
    report = Report(work / "rows.jsonl", keras_here.release(keras))
    check(Theirs(keras, Program(program, work / "corpus"), work, full=sys.argv[3:] == ["full"]), report)


if __name__ == "__main__":
    main()
