#include "add_parts.h"
#include "cuda_backend.h"

void cuda_add_parts(struct backend *backend, const struct add_parts *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_add_parts(cuda->stream, op, op->gradients));
}
