#include "adam.h"
#include "cuda_backend.h"

void cuda_adam(struct backend *backend, const struct adam *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (!cuda->failed)
        cuda_check(cuda, launch_adam(cuda->stream, op));
}
