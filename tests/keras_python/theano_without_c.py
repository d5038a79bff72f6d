"""Keras 1 and 2 on Theano 1.0.5 under a Python and a NumPy ten years younger than they are.

Theano's ops run as Python here: its C code does not compile any more. What is replaced below is names that have moved,
one check that wants a C library for convolutions, and the Python of max-pooling, which no longer runs.
"""

import collections
import collections.abc
import inspect
import os
import tempfile
from types import ModuleType
from typing import Any


def _moved_names() -> None:
    for name in ("Callable", "Hashable", "Iterable", "Mapping", "MutableMapping", "MutableSet", "Sequence", "Set",
                 "Sized"):
        setattr(collections, name, getattr(collections.abc, name))
    specification = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
    inspect.getargspec = lambda function: specification(*inspect.getfullargspec(function)[:4])


def _max_pool(self: Any, node: Any, inputs: list, outputs: list, params: Any) -> None:
    """Pool.perform for windows side by side: x (N,C,rows,columns), what is left over is dropped."""
    x, window, stride, padding = inputs
    assert list(window) == list(stride) and not any(padding) and x.ndim == 4
    rows, columns = x.shape[2] // window[0], x.shape[3] // window[1]
    x = x[:, :, :rows * window[0], :columns * window[1]]
    outputs[0][0] = x.reshape(*x.shape[:2], rows, window[0], columns, window[1]).max(axis=(3, 5))


def _convolution_in_python() -> None:
    import scipy.signal._signaltools
    import scipy.signal._sigtools
    import theano.tensor.nnet.opt
    import theano.tensor.signal.pool
    from theano.tensor.nnet import abstract_conv

    theano.tensor.nnet.opt.local_abstractconv_check.transform = lambda node: False
    for name in ("_valfrommode", "_bvalfromboundary", "convolve"):
        setattr(abstract_conv, name, getattr(scipy.signal._signaltools, name))
    abstract_conv._convolve2d = scipy.signal._sigtools._convolve2d
    abstract_conv.imported_scipy_signal = True
    theano.tensor.signal.pool.Pool.perform = _max_pool


def load_keras() -> ModuleType:
    cache = os.path.join(tempfile.gettempdir(), f"theano-{os.getuid()}")
    os.environ["KERAS_BACKEND"] = "theano"
    os.environ["THEANO_FLAGS"] = f"cxx=,optimizer=fast_compile,floatX=float32,blas.ldflags=,base_compiledir={cache}"
    _moved_names()
    import theano.ifelse  # noqa: F401, Keras takes theano.ifelse for granted

    _convolution_in_python()
    import keras
    import keras.layers
    import keras.models
    import keras.optimizers

    return keras
