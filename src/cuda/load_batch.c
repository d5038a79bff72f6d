#include "batch.h"
#include "cuda_backend.h"

void cuda_next_step(struct backend *backend, const struct next_step *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_next_step(cuda->stream, op));
}

void cuda_load_batch(struct backend *backend, const struct load_batch *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_load_batch(cuda->stream, op));
}
