"""What the peers share: the tutorials' models, batches of real reviews, denormals, and the talk with compare.py.

A peer is started for one model, makes it, warms it up and prints a line of JSON: what it runs, in which versions, or
{"cannot": why}. Then it reads numbers of steps, a line each, takes them and prints a line of JSON: their milliseconds
and the last loss. So starting and compiling are in no time, and peers that wait for their turn burn nothing.
"""
import argparse
import ctypes
import json
import os
import platform
import sys
import time
from dataclasses import dataclass

import numpy

VOCABULARY, T, E, H, BATCH = 5000, 500, 32, 100, 64
FILTERS, KERNEL, POOL, RATE = 32, 3, 2, 0.2
LEARNING_RATE, EPSILON = 1e-3, 1e-7
WARM_UP_STEPS = 2  # of a way to run, the first of which compiles
PROBE_STEPS = 5  # the fastest of which chooses between two ways


@dataclass(frozen=True)
class Model:
    """Embedding, what is true here, Dense(1): as the presets of src/model/presets.c."""
    dropout_layers: bool = False  # after the Embedding and after the LSTM
    gate_dropout: bool = False  # dropout and recurrent_dropout of the LSTM
    bidirectional: bool = False
    conv: bool = False  # Conv1D and MaxPooling1D before the LSTM


MODELS = {
    "lstm": Model(),
    "lstm-dropout": Model(dropout_layers=True),
    "lstm-gate-dropout": Model(gate_dropout=True),
    "bilstm": Model(bidirectional=True),
    "bilstm-gate-dropout": Model(bidirectional=True, gate_dropout=True),
    "cnn-lstm": Model(conv=True),
    "cnn-lstm-dropout": Model(conv=True, dropout_layers=True),
}


class Batches:
    """Training reviews of Keras' imdb.npz as load_data(num_words=5000) and pad_sequences(maxlen=500) give them, in a
    seed's order; every epoch has an order of its own."""

    def __init__(self, path, seed):
        # The file holds pickled lists, as Keras distributes it: only one that is trusted should be given.
        with numpy.load(path, allow_pickle=True) as arrays:
            ranks, labels = arrays["x_train"], arrays["y_train"]
        order = numpy.arange(len(ranks))
        numpy.random.RandomState(113).shuffle(order)
        self.ranks, self.labels = ranks[order], labels[order]
        self.random, self.rows = numpy.random.default_rng(seed), numpy.empty(0, int)

    def encode(self, row):
        """Right-aligned; start 1, unknown 2, ranks from 4 on."""
        ids = numpy.array([1] + [rank + 3 for rank in self.ranks[row]], numpy.int32)[-T:]
        return numpy.pad(numpy.where(ids < VOCABULARY, ids, 2), (T - len(ids), 0))

    def next(self):
        """(BATCH,T) int32 and (BATCH) float32."""
        if len(self.rows) < BATCH:
            self.rows = self.random.permutation(len(self.ranks))
        rows, self.rows = self.rows[:BATCH], self.rows[BATCH:]
        return numpy.stack([self.encode(row) for row in rows]), self.labels[rows].astype(numpy.float32)


def flush_denormals():
    """Of this thread and those that it starts from now on: sets FTZ and DAZ of MXCSR, in glibc's fenv_t its last word.
    Other processors keep what the framework does; survivors() tells."""
    if platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc":
        libm, environment = ctypes.CDLL("libm.so.6"), (ctypes.c_uint32 * 8)()
        libm.fegetenv(environment)
        environment[7] |= 0x8040
        libm.fesetenv(environment)


def survivors(multiply):
    """The share of products that multiply() leaves denormal, of as many as go to all threads: 0 where all flush."""
    product = multiply(numpy.full(1 << 22, 1e-30, numpy.float32), numpy.float32(1e-10))
    return float(numpy.mean(numpy.asarray(product).view(numpy.int32) != 0))


def time_steps(step, batches, count):
    """Milliseconds of each, and the last loss. Encoding a batch is not in them."""
    ms, loss = [], None
    for _ in range(count):
        x, y = batches.next()
        began = time.perf_counter()
        loss = float(step(x, y))
        ms.append(1e3 * (time.perf_counter() - began))
    return ms, loss


def fastest(ways, batches):
    """Of {how: function that makes a step}: the step, how, and the milliseconds of all."""
    best, steps, tried = None, {}, {}
    for how, make in ways.items():
        steps[how] = make()
        time_steps(steps[how], batches, WARM_UP_STEPS)
        if len(ways) == 1:
            return steps[how], how, {}
        tried[how] = round(min(time_steps(steps[how], batches, PROBE_STEPS)[0]), 1)
        if best is None or tried[how] < tried[best]:
            best = how
    return steps[best], best, tried


def cannot(why):
    print(json.dumps({"cannot": why}), flush=True)
    sys.exit(0)


def parse(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True, metavar="FILE", help="Keras' imdb.npz")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.model not in MODELS:
        cannot(f"the peers have {', '.join(MODELS)}")
    return options


def serve(options, ways, multiply, versions):
    """Talks with compare.py until it has no more to ask. What libraries print must not get between: standard output
    becomes standard error for them."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(**fields):
        print(json.dumps(fields), file=answers, flush=True)

    denormal = survivors(multiply)
    batches = Batches(options.data, options.seed)
    step, how, tried = fastest(ways, batches)
    answer(how=how, tried=tried, denormals="flushed" if denormal == 0 else f"{100 * denormal:.0f} % kept",
           versions={"python": platform.python_version(), "numpy": numpy.__version__, **versions})
    for line in sys.stdin:
        time_steps(step, batches, 1)  # since its last turn others have had the caches
        ms, loss = time_steps(step, batches, int(line))
        answer(ms=[round(each, 3) for each in ms], loss=loss)
