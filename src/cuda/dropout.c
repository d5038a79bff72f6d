#include "dropout.h"
#include "cuda_backend.h"
#include "cudnn_dropout.h"

static size_t count_of(const struct dropout_layer *op)
{
    return (size_t)op->T * (size_t)op->N * (size_t)op->F;
}

/* cuDNN drops elements alone: features and steps are dropped by the function. */
static bool is_drawn(const struct cuda_backend *cuda, const struct dropout_layer *op)
{
    return op->unit == DROP_ELEMENTS && cudnn_dropout_draws(cuda, &op->dropout);
}

/* A function's mask is made anew on the way back; one that cuDNN draws is kept. */
struct op_sizes cuda_dropout_sizes(struct backend *backend, const struct dropout_layer *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!is_drawn(cuda, dims))
        return (struct op_sizes){0};
    return (struct op_sizes){.saved_bytes = cudnn_dropout_reserve_bytes(cuda, count_of(dims))};
}

static void copy(struct cuda_backend *cuda, const struct dropout_layer *op)
{
    if (op->y != op->x)
        cuda_check(cuda, cudaMemcpyAsync(op->y, op->x, count_of(op) * sizeof(float), cudaMemcpyDeviceToDevice,
                                         cuda->stream));
}

static void drop(struct cuda_backend *cuda, const struct dropout_layer *op)
{
    if (op->dropout.rate > 0.0f)
        cuda_check(cuda, launch_dropout(cuda->stream, op));
    else
        copy(cuda, op);
}

void cuda_dropout(struct backend *backend, const struct dropout_layer *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed)
        return;
    if (is_drawn(cuda, op))
        cudnn_dropout_forward(cuda, &op->dropout, count_of(op), op->x, op->y, op->saved);
    else
        drop(cuda, op);
}

void cuda_dropout_backward(struct backend *backend, const struct dropout_layer *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed)
        return;
    if (is_drawn(cuda, op))
        cudnn_dropout_backward(cuda, &op->dropout, count_of(op), op->x, op->y, op->saved);
    else
        drop(cuda, op);
}
