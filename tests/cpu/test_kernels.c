/* The hot loops of every instruction set that this processor has. */
#include "compare.h"
#include "kernel_sets.h"
#include "matinee/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS_MAX = 14 };

static struct kernel_sets sets;

static int find_sets(void **state)
{
    (void)state;
    kernel_sets_find(&sets);
    return 0;
}

static float uniform(struct rng *rng, double limit)
{
    return (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static void *aligned(size_t floats)
{
    void *memory = aligned_alloc(64, padded(floats) * sizeof(float));
    assert_non_null(memory);
    fill_nan(memory, padded(floats));
    return memory;
}

static float *random_floats(struct rng *rng, size_t count)
{
    float *values = aligned(count);
    for (size_t k = 0; k < count; k++)
        values[k] = uniform(rng, 1.0);
    return values;
}

/* c = init + scale * (a . b), b packed from its plain form or from its transpose. */
static void check_product(const struct cpu_kernels *kernels, int rows, int K, int columns, bool transposed)
{
    struct rng rng = rng_open(61, RNG_SAMPLE, (uint32_t)(rows + 100 * K + 10000 * columns));
    const size_t width = padded((size_t)columns), k_count = (size_t)K, row_count = (size_t)rows;
    const size_t stride = (size_t)(transposed ? K : columns) + 3;
    float *b = random_floats(&rng, (size_t)(transposed ? columns : K) * stride);
    float *a = random_floats(&rng, row_count * k_count), *init = random_floats(&rng, row_count * width);
    float *scale = random_floats(&rng, row_count * width), *c = aligned(row_count * width);
    struct packed_matrix packed = {
        .K = K, .columns = columns, .folds = transposed, .panels = aligned(k_count * width)};
    kernels->pack(&packed, b, stride, transposed);
    for (int form = 0; form < 4; form++) {
        struct product_row row[ROWS_MAX];
        for (size_t r = 0; r < row_count; r++)
            row[r] = (struct product_row){.a = a + r * k_count,
                                          .init = form & 1 ? init + (row_count - 1 - r) * width : NULL,
                                          .scale = form & 2 ? scale + r * width : NULL,
                                          .c = c + r * width};
        kernels->product(&packed, rows, row);
        for (size_t r = 0; r < row_count; r++)
            for (size_t j = 0; j < (size_t)columns; j++) {
                double sum = 0.0;
                for (size_t k = 0; k < k_count; k++)
                    sum += (double)row[r].a[k] * b[transposed ? j * stride + k : k * stride + j];
                sum = sum * (row[r].scale ? row[r].scale[j] : 1.0) + (row[r].init ? row[r].init[j] : 0.0);
                expect_close_number(kernels->name, row[r].c[j], sum,
                                    (struct tolerance){.absolute = 1e-6 * K});
            }
    }
    free(packed.panels);
    free(a);
    free(b);
    free(init);
    free(scale);
    free(c);
}

static void test_products(void **state)
{
    (void)state;
    static const int columns[] = {1, 4, 15, 16, 17, 24, 33, 48, 64, 65, 100, 400};
    for (int set = 0; set < sets.count; set++)
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
            for (int rows = 1; rows <= ROWS_MAX; rows++)
                check_product(sets.sets[set], rows, 7, columns[i], false);
            check_product(sets.sets[set], 3, 1, columns[i], true);
            check_product(sets.sets[set], 8, 33, columns[i], true);
        }
}

/* Columns left over of every width, in rows of one tile and of more. */
static void test_folded_products(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++)
        for (int columns = 1; columns <= 40; columns++) {
            check_product(sets.sets[set], 5, 16, columns, true);
            check_product(sets.sets[set], ROWS_MAX, 48, columns, true);
        }
}

/* A row's result is the same to the bit whatever the rows beside it, and from product_of_rows as well. */
static void test_rows_are_alone(void **state)
{
    (void)state;
    enum { ROWS = 200, K = 19, COLUMNS = 37, WIDTH = 48 };
    for (int set = 0; set < sets.count; set++) {
        const struct cpu_kernels *kernels = sets.sets[set];
        struct rng rng = rng_open(64, RNG_SAMPLE, 0);
        float *b = random_floats(&rng, K * COLUMNS), *a = random_floats(&rng, ROWS * K),
              *bias = random_floats(&rng, WIDTH), *all = aligned(ROWS * WIDTH), one[WIDTH];
        struct packed_matrix packed = {.K = K, .columns = COLUMNS, .panels = aligned(K * WIDTH)};
        kernels->pack(&packed, b, COLUMNS, false);
        product_of_rows(kernels, &packed, ROWS, a, K, bias, all, WIDTH);
        for (size_t r = 0; r < ROWS; r++) {
            kernels->product(&packed, 1, &(struct product_row){.a = a + r * K, .init = bias, .c = one});
            assert_memory_equal(one, all + r * WIDTH, COLUMNS * sizeof(float));
        }
        free(packed.panels);
        free(b);
        free(a);
        free(bias);
        free(all);
    }
}

static void check_outer(const struct cpu_kernels *kernels, int M, int count, int columns, bool scaled)
{
    struct rng rng = rng_open(65, RNG_SAMPLE, (uint32_t)(M + 100 * count + 10000 * columns));
    const size_t rows = (size_t)M, width = padded((size_t)columns), steps = (size_t)count;
    float *a = random_floats(&rng, steps * (rows + 1)), *b = random_floats(&rng, steps * width),
          *scale = random_floats(&rng, rows), *c = random_floats(&rng, rows * width),
          *before = aligned(rows * width);
    memcpy(before, c, rows * width * sizeof *c);
    kernels->add_outer(&(struct outer){.M = M,
                                       .count = count,
                                       .columns = (size_t)columns,
                                       .a_stride = rows + 1,
                                       .b_stride = width,
                                       .c_stride = width,
                                       .a = a,
                                       .b = b,
                                       .scale = scaled ? scale : NULL,
                                       .c = c});
    for (size_t m = 0; m < rows; m++)
        for (size_t j = 0; j < (size_t)columns; j++) {
            double sum = 0.0;
            for (size_t s = 0; s < steps; s++)
                sum += (double)a[s * (rows + 1) + m] * b[s * width + j];
            sum = before[m * width + j] + sum * (scaled ? scale[m] : 1.0);
            expect_close_number(kernels->name, c[m * width + j], sum,
                                (struct tolerance){.absolute = 1e-6 * (1 + count)});
        }
    free(a);
    free(b);
    free(scale);
    free(c);
    free(before);
}

static void test_outer_products(void **state)
{
    (void)state;
    static const int columns[] = {1, 15, 16, 17, 48, 65, 112};
    for (int set = 0; set < sets.count; set++)
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
            for (int M = 1; M <= ROWS_MAX; M++)
                check_outer(sets.sets[set], M, 9, columns[i], M % 2);
            check_outer(sets.sets[set], 7, 1, columns[i], true);
            check_outer(sets.sets[set], 7, 64, columns[i], false);
        }
}

static void test_sums_and_adam(void **state)
{
    (void)state;
    enum { COUNT = 103 };
    for (int set = 0; set < sets.count; set++) {
        struct rng rng = rng_open(63, RNG_SAMPLE, 0);
        float to[COUNT], from[COUNT], both[COUNT], w[COUNT], m[COUNT], v[COUNT];
        double sum[COUNT], weights[COUNT], ms[COUNT], vs[COUNT];
        for (int k = 0; k < COUNT; k++) {
            to[k] = uniform(&rng, 1.0);
            from[k] = uniform(&rng, 1.0);
            w[k] = uniform(&rng, 1.0);
            m[k] = 0.5f;
            v[k] = 0.25f;
            sum[k] = (double)to[k] + from[k];
            ms[k] = 0.5 + (from[k] - 0.5) * 0.1;
            vs[k] = 0.25 + ((double)from[k] * from[k] - 0.25) * 0.001;
            weights[k] = w[k] - 0.1 * ms[k] / (sqrt(vs[k]) + 0.01);
        }
        sets.sets[set]->multiply(COUNT, both, to, from);
        for (int k = 0; k < COUNT; k++)
            assert_true(both[k] == to[k] * from[k]);
        sets.sets[set]->add(COUNT, to, from);
        sets.sets[set]->adam(COUNT, from, w, m, v, 0.1f, 0.1f, 0.001f, 0.01f);
        expect_close("sum", to, sum, COUNT, (struct tolerance){.absolute = 1e-7, .relative = 1e-7});
        expect_close("m", m, ms, COUNT, (struct tolerance){.absolute = 1e-7});
        expect_close("v", v, vs, COUNT, (struct tolerance){.absolute = 1e-7});
        expect_close("weight", w, weights, COUNT, (struct tolerance){.absolute = 3e-7});
        for (int k = 0; k < COUNT; k++)
            sum[k] = 0.9 * (double)to[k] + 0.1 * (double)from[k];
        sets.sets[set]->average(COUNT, to, from, 0.9f);
        expect_close("average", to, sum, COUNT, (struct tolerance){.absolute = 3e-7});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),       cmocka_unit_test(test_folded_products),
        cmocka_unit_test(test_rows_are_alone), cmocka_unit_test(test_outer_products),
        cmocka_unit_test(test_sums_and_adam),
    };
    return cmocka_run_group_tests(tests, find_sets, NULL);
}
