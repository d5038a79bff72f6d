#include "embedding.h"

#include "device.cuh"
#include "mask.cuh"

enum { THREADS = 256 };

struct look_up {
    int T, N, E;
    unsigned row_blocks; /* of a row n */
    size_t V;
    bool wide; /* vectors of the table and of x are whole float4s */
    const int32_t *tokens;
    const float *embeddings;
    struct mask rows, elements;
    float *x;
};

/* Four elements that share a Philox block; they belong to one token. */
static __device__ void look_up_wide(const struct look_up &op, int n, size_t first)
{
    const size_t E = (size_t)op.E, t = first / E, e = first % E;
    const int token = op.tokens[(size_t)n * (size_t)op.T + t];
    const float4 from = *(const float4 *)(op.embeddings + (size_t)token * E + e);
    const float row = mask_value(op.rows, 0, op.V, (size_t)token);
    const struct mask_block factors = mask_block_at(op.elements, n, (size_t)op.T * E, first);
    *(float4 *)(op.x + (t * (size_t)op.N + (size_t)n) * E +
                e) = {from.x * row * factors.values[0], from.y * row * factors.values[1],
                      from.z * row * factors.values[2], from.w * row * factors.values[3]};
}

static __device__ void look_up_one(const struct look_up &op, int n, size_t element, float factor)
{
    const size_t E = (size_t)op.E, t = element / E, e = element % E;
    const int token = op.tokens[(size_t)n * (size_t)op.T + t];
    op.x[(t * (size_t)op.N + (size_t)n) * E + e] =
        op.embeddings[(size_t)token * E + e] * mask_value(op.rows, 0, op.V, (size_t)token) * factor;
}

/* A thread owns elements 4q .. 4q+3 of a row n of (N, T*E): one Philox block. grid N*ceil(T*E/4/256), block 256, no
 * shared memory. A token's vector is read and written by neighbouring threads, with E = 32 as 128 bytes; the table (640
 * KB) stays in L2. Bound by writing x: 4*T*N*E bytes. No sums: reruns are bit-equal. */
static __global__ void embedding_kernel(struct look_up op)
{
    const int n = (int)(blockIdx.x / op.row_blocks);
    const size_t count = (size_t)op.T * (size_t)op.E;
    const size_t first = ((size_t)(blockIdx.x % op.row_blocks) * THREADS + threadIdx.x) * MASK_BLOCK;
    if (first >= count)
        return;
    if (op.wide) {
        look_up_wide(op, n, first);
        return;
    }
    const struct mask_block factors = mask_block_at(op.elements, n, count, first);
    for (int i = 0; i < MASK_BLOCK; i++)
        if (first + i < count)
            look_up_one(op, n, first + i, factors.values[i]);
}

static bool is_wide(const struct embedding *op)
{
    return op->E % MASK_BLOCK == 0 && (uintptr_t)op->embeddings % sizeof(float4) == 0 &&
           (uintptr_t)op->x % sizeof(float4) == 0;
}

extern "C" cudaError_t launch_embedding(cudaStream_t stream, const struct embedding *op)
{
    struct dropout rows = op->rows;
    rows.first_row = 0;
    const unsigned row_blocks = ceil_div((size_t)op->T * (size_t)op->E, THREADS * MASK_BLOCK);
    const struct look_up look_up = {
        op->T,       op->N,      op->E,          row_blocks,     (size_t)op->V,
        is_wide(op), op->tokens, op->embeddings, mask_of(&rows), mask_of(&op->elements),
        op->x};
    launch(embedding_kernel, row_blocks * (unsigned)op->N, THREADS, stream, look_up);
    return cudaGetLastError();
}
