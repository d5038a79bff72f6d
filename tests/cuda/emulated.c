#include "cuda_fixture.h"

#include "matinee/cuda_plugin.h"
#include "standin.h"

#include <stdio.h>

struct backend *cuda;

bool cuda_fixture_open_with(const struct backend_options *options, struct backend **backend)
{
    struct error error;
    standin_fail_call(0);
    if (matinee_cuda_open(backend, options, &error))
        return true;
    fprintf(stderr, "%s\n", error.message);
    return false;
}

int cuda_fixture_left_over(void)
{
    return standin_outstanding();
}

bool cuda_fixture_has_nccl(void)
{
    return true;
}

int cuda_fixture_open(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&(struct backend_options){.device = "cuda"}, &cuda) ? 0 : -1;
}

int cuda_fixture_close(void **state)
{
    (void)state;
    cuda->close(cuda);
    return cuda_fixture_left_over() == 0 ? 0 : -1;
}
