/* Launchers of gate_masks.cu: dropout inside an LSTM's gates, by masks that are constant over time. Each enqueues on
 * the stream and returns the launch's status. */
#ifndef KERNELS_GATE_MASKS_H
#define KERNELS_GATE_MASKS_H

#include "mask.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* values[m,n,k] = mask m's factor of row n, element k. */
struct gate_masks {
    int count, N, width;
    struct mask masks[DIRECTIONS_MAX * GATE_COUNT]; /* keep (N,width) */
    float *values;                                  /* out (count,N,width) */
};

/* out[t,k] = in[t,k] * mask[k], or added to out. */
struct masked_steps {
    int T;
    size_t count;      /* elements of a step */
    const float *in;   /* in  (T,count) */
    const float *mask; /* in  (count)   */
    float *out;        /* out (T,count), or adds */
    bool adds;
};

cudaError_t launch_gate_masks(cudaStream_t stream, const struct gate_masks *op);
cudaError_t launch_masked_steps(cudaStream_t stream, const struct masked_steps *op);

#ifdef __cplusplus
}
#endif

#endif
