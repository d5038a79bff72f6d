#include "embedding.h"
#include "cuda_backend.h"
#include "cudnn_dropout.h"
#include "token_order.h"

/* Parts of op->scratch, of use in the backward pass. */
struct embedding_memory {
    struct token_order order; /* its storage last, as large as the sort asks for */
    float *partial_sums;
    float *dx; /* (T,N,E)   masked, where cuDNN drew the mask */
};

static size_t x_count(const struct embedding *op)
{
    return (size_t)op->T * (size_t)op->N * (size_t)op->E;
}

static struct token_batch batch_of(const struct embedding *op)
{
    return (struct token_batch){.T = op->T, .N = op->N, .V = op->V, .tokens = op->tokens};
}

/* Bytes before the sort's storage. */
static size_t divide(struct embedding_memory *memory, const struct cuda_backend *cuda,
                     const struct embedding *op)
{
    const struct token_batch batch = batch_of(op);
    struct memory_cursor cursor = {.base = op->scratch};
    token_order_take(&cursor, &memory->order, &batch);
    memory->partial_sums = cursor_take(&cursor, token_order_partial_count(&batch, op->E) * sizeof(float));
    memory->dx =
        cursor_take(&cursor, cudnn_dropout_draws(cuda, &op->elements) ? x_count(op) * sizeof(float) : 0);
    memory->order.storage = cursor_take(&cursor, 0);
    return cursor.used_bytes;
}

struct op_sizes cuda_embedding_sizes(struct backend *backend, const struct embedding *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct embedding unplaced = *dims;
    struct embedding_memory memory;
    unplaced.scratch = NULL;
    const struct token_batch batch = batch_of(dims);
    const size_t before_bytes = divide(&memory, cuda, &unplaced);
    const bool draws = cudnn_dropout_draws(cuda, &dims->elements);
    return (struct op_sizes){.saved_bytes = draws ? cudnn_dropout_reserve_bytes(cuda, x_count(dims)) : 0,
                             .scratch_bytes = before_bytes + token_order_storage_bytes(cuda, &batch)};
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
    const struct token_batch batch = batch_of(&op->forward);
    const struct sorted_tokens sorted = {.tokens = memory.order.sorted_tokens,
                                         .positions = memory.order.sorted_positions,
                                         .partial_sums = memory.partial_sums};
    const struct embedding_backward done = masked(cuda, op, memory.dx);
    token_order_sort(cuda, cuda->stream, &memory.order, &batch);
    if (!cuda->failed)
        cuda_check(cuda, launch_embedding_gradient(cuda->stream, &done, &sorted));
}
