#!/usr/bin/env python3
"""Training steps of a tutorial's model by Keras 3 on this machine's processor, for compare.py.

The backend is Keras' own choice: KERAS_BACKEND=tensorflow or jax. TensorFlow runs with XLA and without, whichever is
faster; JAX always with it: without, its step takes several times as long.
"""
import peer

import keras
from keras import layers


def make_step(model, jit_compile):
    gates = {"dropout": peer.RATE, "recurrent_dropout": peer.RATE} if model.gate_dropout else {}
    lstm = layers.LSTM(peer.H, **gates)
    dropout = [layers.Dropout(peer.RATE)] if model.dropout_layers else []
    conv = [layers.Conv1D(peer.FILTERS, peer.KERNEL, padding="same", activation="relu"),
            layers.MaxPooling1D(peer.POOL)] if model.conv else []
    after = [layers.Dropout(peer.RATE)] if model.dropout_layers else []
    network = keras.Sequential([
        keras.Input((peer.T,), dtype="int32"), layers.Embedding(peer.VOCABULARY, peer.E), *dropout, *conv,
        layers.Bidirectional(lstm) if model.bidirectional else lstm, *after, layers.Dense(1, activation="sigmoid")])
    network.compile(optimizer=keras.optimizers.Adam(peer.LEARNING_RATE, epsilon=peer.EPSILON),
                    loss="binary_crossentropy", jit_compile=jit_compile)
    return network.train_on_batch


def tensorflow(options):
    import tensorflow as tf  # what JAX's environment does not have
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    return tf.function(lambda a, b: a * b), {"tensorflow": tf.__version__}


def jax(_):
    import jax  # what TensorFlow's environment does not have
    return jax.jit(lambda a, b: a * b), {"jax": jax.__version__}


def main():
    options = peer.parse(__doc__)
    model = peer.MODELS[options.model]
    peer.flush_denormals()
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        peer.cannot(f"KERAS_BACKEND={backend}: it is tensorflow or jax")
    multiply, versions = (tensorflow if backend == "tensorflow" else jax)(options)
    keras.utils.set_random_seed(options.seed)
    ways = {"jit_compile=True": lambda: make_step(model, True)}
    if backend == "tensorflow":
        ways["jit_compile=False"] = lambda: make_step(model, False)
    peer.serve(options, ways, multiply, {"keras": keras.__version__, **versions})


if __name__ == "__main__":
    main()
