#include "max_pool.h"

#include "cuda_backend.h"

struct op_sizes cuda_max_pool_sizes(struct backend *backend, const struct max_pool *dims)
{
    (void)backend;
    size_t outputs = (size_t)(dims->T / dims->P) * (size_t)dims->N * (size_t)dims->F;
    return (struct op_sizes){.saved_bytes = outputs * sizeof(int32_t)};
}

void cuda_max_pool(struct backend *backend, const struct max_pool *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_max_pool(cuda->stream, op));
}

void cuda_max_pool_backward(struct backend *backend, const struct max_pool_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_max_pool_backward(cuda->stream, op));
}
