/* The tokens of a batch in order, so that a sum over equal ones has one order. */
#ifndef CUDA_TOKEN_ORDER_H
#define CUDA_TOKEN_ORDER_H

#include "cuda_backend.h"
#include "cursor.h"
#include "embedding_gradient.h"

struct token_batch {
    int T, N, V;
    const int32_t *tokens; /* (N,T) in [0,V) */
};

struct token_order {
    int32_t *positions, *sorted_tokens, *sorted_positions; /* (N*T) */
    void *storage;                                         /* of the sort alone */
};

/* Takes the arrays; storage is another cursor's, because it is of use only while the sort runs. */
void token_order_take(struct memory_cursor *cursor, struct token_order *order,
                      const struct token_batch *batch);

/* Bytes of storage, enough for any smaller N; 0 after a failure. */
size_t token_order_storage_bytes(struct cuda_backend *cuda, const struct token_batch *batch);

/* Enqueues the sort on a stream. Nothing after a failure. */
void token_order_sort(struct cuda_backend *cuda, cudaStream_t stream, const struct token_order *order,
                      const struct token_batch *batch);

/* Floats of partial sums that the gradient of a table with this many columns needs. */
size_t token_order_partial_count(const struct token_batch *batch, int columns);

#endif
