#include "embedding.h"
#include "cuda_backend.h"
#include "cudnn_dropout.h"
#include "cursor.h"
#include "embedding_gradient.h"
#include "token_sort.h"

/* Parts of op->scratch, of use in the backward pass. */
struct embedding_memory {
    int32_t *positions, *sorted_tokens, *sorted_positions; /* (N*T) */
    float *partial_sums;
    float *dx;          /* (T,N,E)   masked, where cuDNN drew the mask */
    void *sort_storage; /* last, as large as the sort asks for */
};

static size_t x_count(const struct embedding *op)
{
    return (size_t)op->T * (size_t)op->N * (size_t)op->E;
}

/* Bytes before sort_storage. */
static size_t divide(struct embedding_memory *memory, const struct cuda_backend *cuda,
                     const struct embedding *op)
{
    const size_t count = (size_t)op->N * (size_t)op->T,
                 chunks = (count + EMBEDDING_CHUNK - 1) / EMBEDDING_CHUNK;
    struct memory_cursor cursor = {.base = op->scratch};
    memory->positions = cursor_take(&cursor, count * sizeof(int32_t));
    memory->sorted_tokens = cursor_take(&cursor, count * sizeof(int32_t));
    memory->sorted_positions = cursor_take(&cursor, count * sizeof(int32_t));
    memory->partial_sums = cursor_take(&cursor, chunks * 2 * (size_t)op->E * sizeof(float));
    memory->dx =
        cursor_take(&cursor, cudnn_dropout_draws(cuda, &op->elements) ? x_count(op) * sizeof(float) : 0);
    memory->sort_storage = cursor_take(&cursor, 0);
    return cursor.used_bytes;
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
    const size_t before_bytes = divide(&memory, cuda, &unplaced);
    size_t most_bytes = 0;
    for (unplaced.N = 1; unplaced.N <= dims->N && !cuda->failed; unplaced.N++) {
        const struct token_sort sort = sort_of(&unplaced, &memory);
        size_t bytes;
        cuda_check(cuda, token_sort_bytes(&bytes, &sort));
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    const bool draws = cudnn_dropout_draws(cuda, &dims->elements);
    return (struct op_sizes){.saved_bytes = draws ? cudnn_dropout_reserve_bytes(cuda, x_count(dims)) : 0,
                             .scratch_bytes = before_bytes + most_bytes};
}

/* cuDNN drops in x itself. */
void cuda_embedding(struct backend *backend, const struct embedding *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct embedding undropped = *op;
    const bool draws = cudnn_dropout_draws(cuda, &op->elements);
    if (draws)
        undropped.elements.rate = 0.0f;
    if (!cuda->failed && cuda_check(cuda, launch_embedding(cuda->stream, &undropped)) && draws)
        cudnn_dropout_forward(cuda, &op->elements, x_count(op), op->x, op->x, op->saved);
}

/* The op without the mask that cuDNN drew, and with it in dx. */
static struct embedding_backward masked(struct cuda_backend *cuda, const struct embedding_backward *op,
                                        float *dx)
{
    struct embedding_backward done = *op;
    if (!cudnn_dropout_draws(cuda, &op->forward.elements))
        return done;
    cudnn_dropout_backward(cuda, &op->forward.elements, x_count(&op->forward), op->dx, dx, op->forward.saved);
    done.forward.elements.rate = 0.0f;
    done.dx = dx;
    return done;
}

void cuda_embedding_backward(struct backend *backend, const struct embedding_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct embedding_memory memory;
    divide(&memory, cuda, &op->forward);
    const struct token_sort sort = sort_of(&op->forward, &memory);
    const struct sorted_tokens sorted = {.tokens = memory.sorted_tokens,
                                         .positions = memory.sorted_positions,
                                         .partial_sums = memory.partial_sums};
    const struct embedding_backward done = masked(cuda, op, memory.dx);
    size_t bytes;
    if (!cuda->failed && cuda_check(cuda, launch_positions(cuda->stream, memory.positions, sort.count)) &&
        cuda_check(cuda, token_sort_bytes(&bytes, &sort)) &&
        cuda_check(cuda, launch_token_sort(cuda->stream, &sort, memory.sort_storage, bytes)))
        cuda_check(cuda, launch_embedding_gradient(cuda->stream, &done, &sorted));
}
