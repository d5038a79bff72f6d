#include "ops/parts_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

float *parts_case_random(int parts, size_t count)
{
    static const float scales[] = {1e4f, 1.0f, 1.0f, 1e-3f, 1e-7f, 1e-41f, 0.0f};
    struct rng rng = rng_open(53, RNG_SAMPLE, (uint32_t)count);
    float *values = allocate((size_t)parts * count, sizeof *values);
    for (size_t i = 0; i < (size_t)parts * count; i++)
        values[i] = scales[rng_below(&rng, 7)] * (float)(2.0 * rng_uniform(&rng) - 1.0);
    return values;
}

/* What the backend makes of (parts,count) values, with one more part of NaN behind them: (count). */
static float *sum_by(struct backend *backend, const float *values, int parts, size_t count)
{
    const size_t all = (size_t)parts * count;
    float *host = allocate(all + count, sizeof *host), *sum = allocate(count, sizeof *sum);
    struct guarded memory = guarded_open(backend);
    memcpy(host, values, all * sizeof *host);
    fill_nan(host + all, count);
    struct add_parts op = {.count = count, .parts = parts};
    op.gradients = guarded_inout(&memory, "gradients", host, (all + count) * sizeof *host);
    backend->ops->add_parts(backend, &op);
    backend->memory->download(backend, sum, op.gradients, count * sizeof *sum);
    guarded_close(&memory);
    free(host);
    return sum;
}

/* One part after the other: the data are of no use if that has the same bits. */
static bool is_plain_sum(const float *values, int parts, size_t count, const float *sum)
{
    bool same = true;
    for (size_t k = 0; k < count; k++) {
        float plain = values[k];
        for (size_t part = 1; part < (size_t)parts; part++)
            plain += values[part * count + k];
        same = same && plain == sum[k];
    }
    return same;
}

void parts_case_check(struct backend *backend, int parts, size_t count)
{
    float *values = parts_case_random(parts, count), *sum = sum_by(backend, values, parts, count);
    if (parts >= 4 && count >= 1000)
        assert_false(is_plain_sum(values, parts, count, sum));
    reference_add_parts(&(struct reference_add_parts){.count = count, .parts = parts, .gradients = values});
    expect_equal_bits("sum of the parts", sum, values, count * sizeof(float));
    free(values);
    free(sum);
}

static float written_out(const float *g, int parts)
{
    switch (parts) {
    case 3:
        return (g[0] + g[1]) + g[2];
    case 5:
        return ((g[0] + g[1]) + (g[2] + g[3])) + g[4];
    case 6:
        return ((g[0] + g[1]) + (g[2] + g[3])) + (g[4] + g[5]);
    case 7:
        return ((g[0] + g[1]) + (g[2] + g[3])) + ((g[4] + g[5]) + g[6]);
    case 8:
        return ((g[0] + g[1]) + (g[2] + g[3])) + ((g[4] + g[5]) + (g[6] + g[7]));
    default:
        return NAN;
    }
}

void parts_case_check_written_out(struct backend *backend)
{
    static const int all[] = {3, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct rng rng = rng_open(59, RNG_SAMPLE, (uint32_t)i);
        for (int again = 0; again < 20; again++) {
            float g[8];
            for (int part = 0; part < all[i]; part++)
                g[part] = (float)(2.0 * rng_uniform(&rng) - 1.0);
            const float expected = written_out(g, all[i]);
            float *sum = sum_by(backend, g, all[i], 1);
            expect_equal_bits("sum as it is written", sum, &expected, sizeof expected);
            free(sum);
        }
    }
}
