#include "embedding.h"
#include "cuda_backend.h"
#include "embedding_gradient.h"
#include "token_sort.h"

/* Parts of op->scratch, of use in the backward pass. */
struct embedding_memory {
    int32_t *positions, *sorted_tokens, *sorted_positions; /* (N*T) */
    float *partial_sums;
    void *sort_storage; /* last, as large as the sort asks for */
};

enum { ALIGNMENT = 256 };

static void *take(const struct embedding *op, size_t *used_bytes, size_t count, size_t bytes_each)
{
    unsigned char *scratch = op->scratch;
    void *part = scratch ? scratch + *used_bytes : NULL;
    *used_bytes += (count * bytes_each + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return part;
}

/* Bytes before sort_storage. */
static size_t divide(struct embedding_memory *memory, const struct embedding *op)
{
    const size_t count = (size_t)op->N * (size_t)op->T,
                 chunks = (count + EMBEDDING_CHUNK - 1) / EMBEDDING_CHUNK;
    size_t used_bytes = 0;
    memory->positions = take(op, &used_bytes, count, sizeof(int32_t));
    memory->sorted_tokens = take(op, &used_bytes, count, sizeof(int32_t));
    memory->sorted_positions = take(op, &used_bytes, count, sizeof(int32_t));
    memory->partial_sums = take(op, &used_bytes, chunks * 2 * (size_t)op->E, sizeof(float));
    memory->sort_storage = take(op, &used_bytes, 0, 0);
    return used_bytes;
}

static struct token_sort sort_of(const struct embedding *op, const struct embedding_memory *memory)
{
    return (struct token_sort){.count = op->N * op->T,
                               .V = op->V,
                               .tokens = op->tokens,
                               .positions = memory->positions,
                               .sorted_tokens = memory->sorted_tokens,
                               .sorted_positions = memory->sorted_positions};
}

/* The sort does not promise to need less storage for fewer tokens: the most that any N up to this one needs. */
struct op_sizes cuda_embedding_sizes(struct backend *backend, const struct embedding *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct embedding unplaced = *dims;
    struct embedding_memory memory;
    unplaced.scratch = NULL;
    const size_t before_bytes = divide(&memory, &unplaced);
    size_t most_bytes = 0;
    for (unplaced.N = 1; unplaced.N <= dims->N && !cuda->failed; unplaced.N++) {
        const struct token_sort sort = sort_of(&unplaced, &memory);
        size_t bytes;
        cuda_check(cuda, token_sort_bytes(&bytes, &sort));
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    return (struct op_sizes){.scratch_bytes = before_bytes + most_bytes};
}

void cuda_embedding(struct backend *backend, const struct embedding *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_embedding(cuda->stream, op));
}

void cuda_embedding_backward(struct backend *backend, const struct embedding_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct embedding_memory memory;
    divide(&memory, &op->forward);
    const struct token_sort sort = sort_of(&op->forward, &memory);
    const struct sorted_tokens sorted = {.tokens = memory.sorted_tokens,
                                         .positions = memory.sorted_positions,
                                         .partial_sums = memory.partial_sums};
    size_t bytes;
    if (!cuda->failed && cuda_check(cuda, launch_positions(cuda->stream, memory.positions, sort.count)) &&
        cuda_check(cuda, token_sort_bytes(&bytes, &sort)) &&
        cuda_check(cuda, launch_token_sort(cuda->stream, &sort, memory.sort_storage, bytes)))
        cuda_check(cuda, launch_embedding_gradient(cuda->stream, op, &sorted));
}
