"""The Keras of this virtual environment: Keras 3 on JAX, tf.keras, or Keras 1 and 2 on Theano."""

import importlib.util
import logging
import os
import warnings
from types import ModuleType
from typing import Any


def load() -> ModuleType:
    """Its warnings are switched off; who wants them, switches them on again."""
    warnings.simplefilter("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)
    if importlib.util.find_spec("theano"):
        import theano_without_c

        return theano_without_c.load_keras()
    if importlib.util.find_spec("tensorflow"):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import tensorflow

        tensorflow.get_logger().setLevel("ERROR")
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    return keras


def generation(keras: ModuleType) -> int:
    return int(keras.__version__.split(".")[0])


def is_on_theano(keras: ModuleType) -> bool:
    return generation(keras) < 3 and not importlib.util.find_spec("tensorflow")


def release(keras: ModuleType) -> str:
    return ("tf.keras " if importlib.util.find_spec("tensorflow") else "Keras ") + keras.__version__


def predict(model: Any, tokens: Any) -> Any:
    """(N) probabilities as float64."""
    import numpy

    return numpy.asarray(model.predict_on_batch(tokens), "float64").ravel()


def compare_predictions(a: Any, b: Any) -> float:
    """Their largest difference. Predictions that are all alike prove nothing: refused."""
    import numpy

    if not numpy.ptp(b) > 1e-3:
        raise ValueError(f"the predictions lie within {numpy.ptp(b):.1e} of each other")
    return largest_difference(a, b)


def largest_difference(a: Any, b: Any) -> float:
    """NaN where either has one."""
    import numpy

    a, b = numpy.asarray(a, "float64"), numpy.asarray(b, "float64")
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
    return float(numpy.max(numpy.abs(a - b)))
