#include "global_pool.h"

#include "cuda_backend.h"

struct op_sizes cuda_global_pool_sizes(struct backend *backend, const struct global_pool *dims)
{
    (void)backend;
    size_t outputs = (size_t)dims->N * (size_t)dims->F;
    return (struct op_sizes){.saved_bytes = outputs * sizeof(struct global_pooled)};
}

void cuda_global_pool(struct backend *backend, const struct global_pool *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_global_pool(cuda->stream, op));
}

void cuda_global_pool_backward(struct backend *backend, const struct global_pool_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_global_pool_backward(cuda->stream, op));
}
