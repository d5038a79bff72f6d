#include "dense.h"
#include "cuda_backend.h"

void cuda_dense_bce(struct backend *backend, const struct dense_bce *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_dense_bce(cuda->stream, op));
}

void cuda_dense_backward(struct backend *backend, const struct dense_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_dense_backward(cuda->stream, op));
}
