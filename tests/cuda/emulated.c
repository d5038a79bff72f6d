#include "cuda_fixture.h"

#include "matinee/cuda_plugin.h"
#include "standin.h"

#include <stdio.h>

struct backend *cuda;

int cuda_fixture_open(void **state)
{
    (void)state;
    struct error error;
    struct backend_options options = {.device = "cuda"};
    standin_fail_call(0);
    if (matinee_cuda_open(&cuda, &options, &error))
        return 0;
    fprintf(stderr, "%s\n", error.message);
    return -1;
}

int cuda_fixture_close(void **state)
{
    (void)state;
    cuda->close(cuda);
    return standin_outstanding() == 0 ? 0 : -1;
}
