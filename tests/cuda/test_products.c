/* The CUDA backend's matrix products and column sums, over the emulator, against plain loops. */
#include "column_sums.h"
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "product.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tolerance of_products = {.absolute = 1e-5, .relative = 1e-5};

static float *random_floats(size_t count, uint32_t index)
{
    struct rng rng = rng_open(5, RNG_SAMPLE, index);
    float *values = allocate(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(2.0 * rng_uniform(&rng) - 1.0);
    return values;
}

enum { ROWS = 3, COLUMNS = 5, INNER = 4, STRIDE = 7, BATCH = 3, STEP = 50, OUT_COUNT = BATCH * STEP };

static double element(const float *values, const struct matrix *matrix, int batch, int i, int j)
{
    const int at = matrix->transposed ? j * STRIDE + i : i * STRIDE + j;
    return (double)values[(size_t)batch * matrix->step + (size_t)at];
}

/* What a product leaves of `before`: nothing between its rows and batches is touched. */
static void expected_product(const struct product *p, const float *a, const float *b, double *out)
{
    for (int batch = 0; batch < (p->batch ? p->batch : 1); batch++)
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < COLUMNS; j++) {
                double *value = &out[(size_t)batch * p->out_step + (size_t)(i * STRIDE + j)];
                *value = p->adds ? *value : 0.0;
                for (int k = 0; k < INNER; k++)
                    *value += element(a, &p->a, batch, i, k) * element(b, &p->b, batch, k, j);
            }
}

static void check_product(struct product p)
{
    struct guarded memory = guarded_open(cuda);
    float *a = random_floats(OUT_COUNT, 1), *b = random_floats(OUT_COUNT, 2),
          *out = random_floats(OUT_COUNT, 3);
    double expected[OUT_COUNT];
    for (int i = 0; i < OUT_COUNT; i++)
        expected[i] = (double)out[i];
    p.a.at = guarded_input(&memory, "a", a, OUT_COUNT * sizeof *a);
    p.b.at = guarded_input(&memory, "b", b, OUT_COUNT * sizeof *b);
    p.out = guarded_inout(&memory, "out", out, OUT_COUNT * sizeof *out);
    product(cuda_backend_of(cuda), &p);
    cuda->memory->download(cuda, out, p.out, OUT_COUNT * sizeof *out);
    guarded_close(&memory);
    expected_product(&p, a, b, expected);
    expect_close("a product", out, expected, OUT_COUNT, of_products);
    free(a);
    free(b);
    free(out);
}

static const struct product plain = {.rows = ROWS,
                                     .columns = COLUMNS,
                                     .inner = INNER,
                                     .a = {.stride = STRIDE, .step = STEP},
                                     .b = {.stride = STRIDE, .step = STEP},
                                     .out_stride = STRIDE,
                                     .out_step = STEP};

static void test_products(void **state)
{
    (void)state;
    for (int variant = 0; variant < 16; variant++) {
        struct product p = plain;
        p.a.transposed = (variant & 1) != 0;
        p.b.transposed = (variant & 2) != 0;
        p.adds = (variant & 4) != 0;
        p.batch = variant & 8 ? BATCH : 0;
        check_product(p);
        p.b.step = 0; /* all of a batch share it */
        check_product(p);
    }
}

/* What is not added to is not read: it may be NaN. */
static void test_product_overwrites(void **state)
{
    (void)state;
    const float a[2] = {1.0f, 2.0f}, b[2] = {3.0f, 4.0f};
    float found;
    struct guarded memory = guarded_open(cuda);
    struct product p = {.rows = 1, .columns = 1, .inner = 2, .out_stride = 1};
    p.a = (struct matrix){.at = guarded_input(&memory, "a", a, sizeof a), .stride = 2};
    p.b = (struct matrix){.at = guarded_input(&memory, "b", b, sizeof b), .stride = 1};
    p.out = guarded_output(&memory, "out", sizeof found);
    product(cuda_backend_of(cuda), &p);
    cuda->memory->download(cuda, &found, p.out, sizeof found);
    guarded_close(&memory);
    assert_true(found == 11.0f);
}

/* Rows that are longer than their stride are an error of the library, and stop what follows. */
static void test_bad_stride(void **state)
{
    (void)state;
    struct backend *backend;
    struct error error;
    float values[OUT_COUNT] = {0.0f};
    struct product p = plain;
    assert_true(cuda_fixture_open_with(&(struct backend_options){.device = "cuda"}, &backend));
    p.a.at = p.b.at = p.out = values;
    p.out_stride = COLUMNS - 1;
    product(cuda_backend_of(backend), &p);
    assert_false(backend->memory->status(backend, &error));
    assert_non_null(strstr(error.message, "cublasSgemm"));
    assert_non_null(strstr(error.message, "product.c"));
    backend->close(backend);
}

static void check_sums(size_t rows, int columns)
{
    const size_t count = rows * (size_t)columns;
    struct guarded memory = guarded_open(cuda);
    struct cuda_backend *backend = cuda_backend_of(cuda);
    float *in = random_floats(count, 4), *sums = random_floats((size_t)columns, 5);
    double *expected = allocate((size_t)columns, sizeof *expected);
    for (size_t j = 0; j < (size_t)columns; j++) {
        expected[j] = (double)sums[j];
        for (size_t i = 0; i < rows; i++)
            expected[j] += (double)in[i * (size_t)columns + j];
    }
    struct column_sums op = {
        .rows = rows,
        .columns = columns,
        .in = guarded_input(&memory, "in", in, count * sizeof *in),
        .parts = guarded_output(&memory, "parts", column_parts(rows) * (size_t)columns * sizeof *in),
        .sums = guarded_inout(&memory, "sums", sums, (size_t)columns * sizeof *sums)};
    assert_true(cuda_check(backend, launch_column_sums(backend->stream, &op)));
    cuda->memory->download(cuda, sums, op.sums, (size_t)columns * sizeof *sums);
    guarded_close(&memory);
    expect_close("column sums", sums, expected, (size_t)columns, of_products);
    free(in);
    free(sums);
    free(expected);
}

/* Up to more rows than COLUMN_PARTS_MAX parts of the usual length have. */
static void test_column_sums(void **state)
{
    (void)state;
    static const size_t rows[] = {1,   7,   9,    255,
                                  256, 257, 1000, (size_t)COLUMN_PARTS_MAX * COLUMN_PART_ROWS + 1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_sums(rows[i], 1);
        check_sums(rows[i], 33);
    }
    check_sums(3, 257);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_product_overwrites),
        cmocka_unit_test(test_bad_stride),
        cmocka_unit_test(test_column_sums),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
