"""The model files that our program writes for Keras to read. Standard library only."""

import json
from dataclasses import dataclass
from pathlib import Path

from architectures import FAR_LEARNING_RATE, FULL, PRESETS, SMALL, Sizes
from program import Program, size_options

OUR_PRESETS = (*PRESETS, "lstm-embedding-dropout")
DROPOUT_OFF = {
    "dropout": ("lstm-dropout", "lstm-gate-dropout", "bilstm-gate-dropout", "cnn-lstm-dropout",
                "lstm-embedding-dropout"),
    "recurrent-dropout": ("lstm-gate-dropout", "bilstm-gate-dropout"),
    "embedding-dropout": ("lstm-embedding-dropout",),
}


@dataclass(frozen=True)
class OurModel:
    name: str
    preset: str
    sizes: Sizes
    options: tuple[object, ...] = ()

    def file(self, work: Path) -> Path:
        return work / "ours" / self.name / "model.keras"

    def probabilities(self, work: Path) -> list[float]:
        return json.loads(self.file(work).with_name("probabilities.json").read_text())


def without_dropout(preset: str) -> tuple[object, ...]:
    return tuple(text for option, presets in DROPOUT_OFF.items() if preset in presets for text in (f"--{option}", 0))


MODELS = (
    *(OurModel(preset, preset, FULL) for preset in OUR_PRESETS),
    *(OurModel(f"{preset}, small", preset, SMALL) for preset in OUR_PRESETS),
    OurModel("hard_sigmoid", "lstm", SMALL, ("--recurrent-activation", "hard_sigmoid")),
    OurModel("hard_sigmoid_keras1", "lstm", SMALL, ("--recurrent-activation", "hard_sigmoid_keras1")),
    OurModel("shared gate masks", "lstm-gate-dropout", SMALL, ("--gate-masks", "shared")),
    OurModel("3 LSTMs", "lstm-dropout", SMALL, ("--layers", 3)),
    OurModel("schedule and average", "lstm", SMALL, ("--schedule", "cosine", "--warmup", 0.5, "--ema", 0.5)),
    OurModel("2 bidirectional LSTMs", "cnn-lstm", SMALL, ("--layers", 2, "--bidirectional")),
)
STEP_MODELS = tuple(OurModel(f"{preset}, dropout off", preset, FULL, without_dropout(preset)) for preset in OUR_PRESETS)


def continued(program: Program, model: Path, out: Path) -> Path:
    """One more step here, on the first 64 reviews in Keras' order."""
    return program.train(model, out, "--train-limit", 64, "--batch-size", 64)


def make(program: Program, work: Path) -> None:
    """Two steps each; those for the comparison of a step also with one more, beside them."""
    for model in (*MODELS, *STEP_MODELS):
        rate = ("--learning-rate", FAR_LEARNING_RATE) if model in MODELS else ()
        program.train(model.preset, model.file(work).parent, *size_options(model.preset, model.sizes), *model.options,
                      *rate, "--train-limit", 128)
    for model in MODELS:
        probabilities = program.probabilities(model.file(work), has_vocabulary=True)
        model.file(work).with_name("probabilities.json").write_text(json.dumps(probabilities))
    for model in STEP_MODELS:
        continued(program, model.file(work), model.file(work).parent / "continued")
