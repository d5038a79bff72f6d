/* Pairs of a token and its position, sorted by token; equal tokens keep their order. A wrapper, because the sort is
 * CUB's on a GPU. */
#ifndef KERNELS_TOKEN_SORT_H
#define KERNELS_TOKEN_SORT_H

#include <cuda_runtime_api.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct token_sort {
    int count, V;
    const int32_t *tokens;     /* in  (count)  in [0,V) */
    const int32_t *positions;  /* in  (count)           */
    int32_t *sorted_tokens;    /* out (count)           */
    int32_t *sorted_positions; /* out (count)           */
};

/* How much storage the sort of this many needs. Enqueues nothing and looks at no pointer. */
cudaError_t token_sort_bytes(size_t *bytes, const struct token_sort *sort);

cudaError_t launch_token_sort(cudaStream_t stream, const struct token_sort *sort, void *storage,
                              size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
