/* Launchers of embedding_gradient.cu: the gradient of the table as sums over tokens that are sorted. Each enqueues on
 * the stream and returns the launch's status; ops as in matinee/backend.h. */
#ifndef KERNELS_EMBEDDING_GRADIENT_H
#define KERNELS_EMBEDDING_GRADIENT_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { EMBEDDING_CHUNK = 32 }; /* sorted tokens that are summed one after another */

/* The tokens in order, each with its place n*T + t in (N,T), and room for sums. */
struct sorted_tokens {
    const int32_t *tokens;    /* in (N*T) */
    const int32_t *positions; /* in (N*T) */
    /* (chunks,2,E): what a chunk adds to a run of equal tokens that began before it, and to one that begins within it
     * and goes on after it. */
    float *partial_sums;
};

/* positions[i] = i */
cudaError_t launch_positions(cudaStream_t stream, int32_t *positions, int count);

cudaError_t launch_embedding_gradient(cudaStream_t stream, const struct embedding_backward *op,
                                      const struct sorted_tokens *sorted);

#ifdef __cplusplus
}
#endif

#endif
