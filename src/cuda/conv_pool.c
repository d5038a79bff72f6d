#include "conv_pool.h"

#include "cuda_backend.h"

struct op_sizes cuda_conv_pool_sizes(struct backend *backend, const struct conv_pool *dims)
{
    (void)backend;
    size_t outputs = (size_t)conv_pool_steps(dims) * (size_t)dims->N * (size_t)dims->C;
    return (struct op_sizes){.saved_bytes = outputs * sizeof(int32_t),
                             .scratch_bytes = conv_pool_scratch_bytes(dims)};
}

void cuda_conv_pool(struct backend *backend, const struct conv_pool *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_conv_pool(cuda->stream, op));
}

void cuda_conv_pool_backward(struct backend *backend, const struct conv_pool_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed && cuda_check(cuda, launch_conv_pool_input_gradient(cuda->stream, op)))
        cuda_check(cuda, launch_conv_pool_weight_gradients(cuda->stream, op));
}
