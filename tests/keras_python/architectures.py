"""The presets' networks as a Keras user writes them, for Keras 3 and for tf.keras."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

# lstm-embedding-dropout is not here: the dropout of its Embedding went with Keras 1.
PRESETS = (
    "lstm",
    "lstm-dropout",
    "lstm-gate-dropout",
    "bilstm",
    "bilstm-gate-dropout",
    "cnn-lstm",
    "cnn-lstm-dropout",
    "lstm-reversed",
)

FAR_LEARNING_RATE = 0.02  # two steps of it spread the predictions, so that a wrong layer shows


@dataclass(frozen=True)
class Sizes:
    vocabulary: int
    maxlen: int
    embedding: int
    units: int
    filters: int
    kernel_size: int = 3
    rate: float = 0.2


FULL = Sizes(vocabulary=5000, maxlen=500, embedding=32, units=100, filters=32)
SMALL = Sizes(vocabulary=1000, maxlen=51, embedding=5, units=7, filters=6, kernel_size=4)


def build(keras: ModuleType, preset: str, sizes: Sizes, learning_rate: float = 1e-3) -> Any:
    """A compiled model of new weights, in the words of the Keras given. The input's length is fixed."""
    generation, minor = (int(number) for number in keras.__version__.split(".")[:2])
    layers = keras.layers
    dropout_layers = preset.endswith("-dropout") and "gate" not in preset
    model = keras.models.Sequential()
    if generation == 3:
        model.add(keras.Input(shape=(sizes.maxlen,)))
        model.add(layers.Embedding(sizes.vocabulary, sizes.embedding))
    else:
        model.add(layers.Embedding(sizes.vocabulary, sizes.embedding, input_length=sizes.maxlen))
    if dropout_layers:
        model.add(layers.Dropout(sizes.rate))
    if preset.startswith("cnn"):
        width = {"filter_length" if generation == 1 else "kernel_size": sizes.kernel_size}
        padding = {"border_mode" if generation == 1 else "padding": "same"}
        model.add(layers.Convolution1D(sizes.filters, activation="relu", **width, **padding))
        model.add(layers.MaxPooling1D(2))
    names = ("dropout_W", "dropout_U") if generation == 1 else ("dropout", "recurrent_dropout")
    rates = {name: sizes.rate if "gate-dropout" in preset else 0.0 for name in names}
    lstm = layers.LSTM(sizes.units, go_backwards=preset == "lstm-reversed", **rates)
    model.add(layers.Bidirectional(lstm) if preset.startswith("bilstm") else lstm)
    if dropout_layers:
        model.add(layers.Dropout(sizes.rate))
    model.add(layers.Dense(1, activation="sigmoid"))
    rate = {"lr" if (generation, minor) < (2, 3) else "learning_rate": learning_rate}
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(**rate), metrics=["accuracy"])
    return model
