#include "adam.h"

#include "device.cuh"

enum { THREADS = 256 };

struct adam_arenas {
    size_t count;
    const struct step_state *state;
    float one_minus_beta_1, one_minus_beta_2, epsilon;
    const float *gradients;
    float *weights, *m, *v, *average;
};

/* A thread owns an element. grid ceil(count/256), block 256, no shared memory. Coalesced; of the 213,000 weights of the
 * plain LSTM all threads run at once. Bound by bytes: 4 arenas read and 3 written, 28 each element; 36 with an
 * average, which all threads have or none. Reruns are bit-equal: no element knows of another. */
static __global__ void adam_kernel(struct adam_arenas op)
{
    const size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= op.count)
        return;
    const float g = op.gradients[i], m = op.m[i] + (g - op.m[i]) * op.one_minus_beta_1;
    const float v = op.v[i] + (g * g - op.v[i]) * op.one_minus_beta_2;
    op.m[i] = m;
    op.v[i] = v;
    const float w = op.weights[i] - op.state->alpha * m / (sqrtf(v) + op.epsilon);
    op.weights[i] = w;
    if (op.average) {
        const float momentum = op.state->ema_momentum;
        op.average[i] = momentum * op.average[i] + (1.0f - momentum) * w;
    }
}

extern "C" cudaError_t launch_adam(cudaStream_t stream, const struct adam *op)
{
    const struct adam_arenas arenas = {op->count,
                                       op->state,
                                       (float)(1.0 - op->beta_1),
                                       (float)(1.0 - op->beta_2),
                                       op->epsilon,
                                       op->gradients,
                                       op->weights,
                                       op->m,
                                       op->v,
                                       op->average};
    launch(adam_kernel, ceil_div(op->count, THREADS), THREADS, stream, arenas);
    return cudaGetLastError();
}
