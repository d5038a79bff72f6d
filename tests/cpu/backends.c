#include "backends.h"

#include "matinee/cpu.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct backend *backends[BACKENDS];

int backends_open(void **state)
{
    static const int threads[BACKENDS] = {2, 1, 5};
    struct error error;
    (void)state;
    for (int i = 0; i < BACKENDS; i++)
        if (!cpu_backend_open(&backends[i], threads[i], &error))
            return -1;
    return 0;
}

int backends_close(void **state)
{
    (void)state;
    for (int i = 0; i < BACKENDS; i++)
        backends[i]->close(backends[i]);
    return 0;
}

void expect_denormals(void)
{
    volatile float smallest_normal = FLT_MIN;
    volatile float half = 0.5f * smallest_normal;
    assert_true(half > 0.0f);
}
