/* What was predicted before anything had run on a GPU: an H100, N=64, T=500, E=32, H=100, V=5000, C=32, K=3, P=2.
 *
 * Bytes at 2.5 TB/s and 1 to 2 us for the start of a kernel; the generic engine's 5.5 us a time step in each direction
 * (a product and a pointwise kernel), 12 with a mask of its own for each gate (four products); cuDNN's from timings of
 * its small-H kernels on older cards, and the limit that the project has set: a plain step in under 5 ms; the fused
 * engine's from a model of its loops (docs/fused.md), 700 cycles a step forward and 580 backward at 1.75 GHz, and 0.15
 * to 0.25 ms for the products around them; an evaluation's from 217 steps of an average test review after its pads; the
 * best presets' from their convolutions at 22 to 33 TFLOP/s and an LSTM of 100 steps. */
#include "row.h"

#include <string.h>

static const struct {
    const char *name, *engine;
    double us;
} predictions[] = {
    {"load_batch", "", 3},
    {"embedding", "", 5},
    {"embedding_backward", "", 10},
    {"dropout", "", 5},
    {"conv_pool", "", 6},
    {"conv_pool_backward", "", 15},
    {"global_pool", "", 3},
    {"global_pool_backward", "", 5},
    {"dense_bce", "", 4},
    {"dense_backward", "", 4},
    {"add_parts", "", 5},
    {"adam", "", 4},
    {"lstm", "generic", 2800},
    {"lstm", "cudnn", 1500},
    {"lstm training", "generic", 5600},
    {"lstm training", "cudnn", 4500},
    {"lstm", "fused", 240},
    {"lstm training", "fused", 480},
    {"bilstm training", "generic", 11200},
    {"bilstm training", "cudnn", 8000},
    {"bilstm training", "fused", 720},
    {"gate-masked lstm training", "generic", 12000},
    {"gate-masked lstm training", "fused", 520},
    {"step lstm", "generic", 5900},
    {"step lstm", "cudnn", 5000},
    {"step lstm", "fused", 540},
    {"evaluate lstm", "fused", 18500},
    {"step lstm-dropout", "generic", 5900},
    {"step lstm-dropout", "cudnn", 5000},
    {"step lstm-dropout", "fused", 580},
    {"step lstm-gate-dropout", "generic", 12300},
    {"step lstm-gate-dropout", "fused", 590},
    {"step bilstm", "generic", 11500},
    {"step bilstm", "cudnn", 8500},
    {"step bilstm", "fused", 800},
    {"step bilstm-gate-dropout", "generic", 24500},
    {"step bilstm-gate-dropout", "fused", 830},
    {"step cnn-lstm", "generic", 3100},
    {"step cnn-lstm", "cudnn", 2600},
    {"step cnn-lstm", "fused", 350},
    {"step cnn-lstm-dropout", "generic", 3100},
    {"step cnn-lstm-dropout", "cudnn", 2600},
    {"step cnn-lstm-dropout", "fused", 350},
    {"step lstm-reversed", "generic", 5900},
    {"step lstm-reversed", "cudnn", 5000},
    {"step lstm-reversed", "fused", 540},
    {"step lstm-embedding-dropout", "generic", 5900},
    {"step lstm-embedding-dropout", "cudnn", 5000},
    {"step lstm-embedding-dropout", "fused", 580},
    {"step best-words", "fused", 480},
    {"step best", "fused", 450},
};

double predicted_us(const char *name, const char *lstm_engine)
{
    for (size_t i = 0; i < sizeof predictions / sizeof predictions[0]; i++)
        if (strcmp(predictions[i].name, name) == 0 && strcmp(predictions[i].engine, lstm_engine) == 0)
            return predictions[i].us;
    return 0;
}
