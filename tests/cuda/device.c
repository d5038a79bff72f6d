/* The CUDA backend on a real device, as the program opens it: through the plugin. Without a driver or a device a test
 * is skipped, unless MATINEE_NEED_GPU is set: where there must be one, none is a failure. */
#include "cuda_fixture.h"

#include "matinee/cuda_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77 };

struct backend *cuda;

bool cuda_fixture_open_with(const struct backend_options *options, struct backend **backend)
{
    struct error error, reason;
    struct cuda_probe probe;
    if (backend_open(backend, options, NULL, &error))
        return true;
    fprintf(stderr, "%s\n", error.message);
    if (!getenv("MATINEE_NEED_GPU") && !cuda_probe(&probe, &reason))
        _exit(SKIPPED);
    return false;
}

/* A real library does not tell; compute-sanitizer does. */
int cuda_fixture_left_over(void)
{
    return 0;
}

bool cuda_fixture_has_nccl(void)
{
    struct error error;
    struct cuda_probe probe;
    if (!cuda_probe(&probe, &error) || probe.nccl_version > 0)
        return true;
    fprintf(stderr, "%s\n", probe.nccl_trouble);
    return false;
}

int cuda_fixture_open(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&(struct backend_options){.device = "cuda"}, &cuda) ? 0 : -1;
}

int cuda_fixture_close(void **state)
{
    (void)state;
    backend_close(cuda);
    return 0;
}
