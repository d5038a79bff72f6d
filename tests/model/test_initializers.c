/* Keras' initialisers: ranges, shapes of distributions, orthogonality, and bits that must never change. */
#include "compare.h"
#include "matinee/params.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EMBEDDINGS, KERNEL, RECURRENT_KERNEL, BIAS, HEAD_KERNEL, HEAD_BIAS };

static struct parameter_table table;
static float *weights; /* of the tutorial's model, seed 7 */

static int open_weights(void **state)
{
    (void)state;
    static const struct preset_sizes sizes = {
        .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100};
    struct spec spec;
    struct error error;
    if (!spec_preset(&spec, "lstm", &sizes, &error))
        return -1;
    parameter_table_build(&table, &spec);
    weights = malloc(table.total_count * sizeof *weights);
    if (!weights)
        return -1;
    fill_nan(weights, table.total_count);
    return parameters_initialize(&table, 7, weights, &error) ? 0 : -1;
}

static int close_weights(void **state)
{
    (void)state;
    free(weights);
    return 0;
}

/* Within [-limit, limit], filling it, evenly: mean 0, variance limit^2 / 3, each within five standard errors. */
static void expect_uniform(int parameter, double limit)
{
    const float *w = weights + table.items[parameter].offset;
    double count = (double)table.items[parameter].count, sum = 0.0, squares = 0.0, largest = 0.0;
    for (size_t k = 0; k < table.items[parameter].count; k++) {
        sum += w[k];
        squares += (double)w[k] * w[k];
        largest = fmax(largest, fabs(w[k]));
        assert_true(isfinite(w[k]));
    }
    assert_true(largest <= limit * (1.0 + 1e-7));
    assert_true(largest >= limit * (1.0 - 5.0 / count));
    expect_close_number("mean", sum / count, 0.0,
                        (struct tolerance){.absolute = 5.0 * limit / sqrt(3.0 * count)});
    expect_close_number("variance", squares / count, limit * limit / 3.0,
                        (struct tolerance){.relative = 5.0 * sqrt(0.8 / count)});
}

static void test_uniform_ranges(void **state)
{
    (void)state;
    expect_uniform(EMBEDDINGS, 0.05);
    expect_uniform(KERNEL, 0.11785113);      /* sqrt(6 / (32 + 400)) */
    expect_uniform(HEAD_KERNEL, 0.24373299); /* sqrt(6 / (100 + 1))  */
}

/* Products of all pairs of `count` vectors of `length` elements; element k of vector i is at i*step + k*stride. */
static void expect_orthonormal(const float *w, int count, int length, size_t step, size_t stride)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j <= i; j++) {
            double product = 0.0;
            for (int k = 0; k < length; k++)
                product += (double)w[(size_t)i * step + (size_t)k * stride] *
                           w[(size_t)j * step + (size_t)k * stride];
            expect_close_number("product of two vectors", product, i == j ? 1.0 : 0.0,
                                (struct tolerance){.absolute = 1e-6});
        }
}

static void test_recurrent_rows_are_orthonormal(void **state)
{
    (void)state;
    expect_orthonormal(weights + table.items[RECURRENT_KERNEL].offset, 100, 400, 400, 1);
}

static void test_tall_and_square_matrices_are_orthonormal(void **state)
{
    (void)state;
    static const int shapes[][2] = {{9, 4}, {4, 4}, {1, 4}, {1, 1}};
    for (int i = 0; i < 4; i++) {
        int rows = shapes[i][0], columns = shapes[i][1];
        struct parameter_table one = {.count = 1, .total_count = (size_t)(rows * columns)};
        one.items[0] = (struct parameter){
            .rank = 2, .shape = {rows, columns}, .count = one.total_count, .initializer = INIT_ORTHOGONAL};
        float matrix[36];
        struct error error;
        assert_true(parameters_initialize(&one, 3, matrix, &error));
        if (rows > columns)
            expect_orthonormal(matrix, columns, rows, 1, (size_t)columns);
        else
            expect_orthonormal(matrix, rows, columns, (size_t)columns, 1);
    }
}

/* No element of the matrix is preferred: every entry of Q has variance 1 / 400, and no sign is more likely. */
static void test_orthogonal_entries_are_even(void **state)
{
    (void)state;
    const float *w = weights + table.items[RECURRENT_KERNEL].offset;
    int positive = 0;
    double diagonal = 0.0;
    for (int k = 0; k < 40000; k++)
        positive += w[k] > 0.0f;
    for (int r = 0; r < 100; r++)
        diagonal += w[r * 401];
    assert_in_range(positive, 20000 - 500, 20000 + 500);
    expect_close_number("mean of the diagonal", diagonal / 100.0, 0.0, (struct tolerance){.absolute = 0.025});
}

static void test_biases(void **state)
{
    (void)state;
    const float *bias = weights + table.items[BIAS].offset;
    for (int k = 0; k < 400; k++)
        assert_true(bias[k] == (k >= 100 && k < 200 ? 1.0f : 0.0f));
    assert_true(weights[table.items[HEAD_BIAS].offset] == 0.0f);
}

static void test_seeds_and_parameters_have_their_own_numbers(void **state)
{
    (void)state;
    struct error error;
    float *other = allocate(table.total_count, sizeof *other);
    assert_true(parameters_initialize(&table, 8, other, &error));
    for (int i = EMBEDDINGS; i <= RECURRENT_KERNEL; i++)
        assert_memory_not_equal(other + table.items[i].offset, weights + table.items[i].offset, 64);
    assert_true(parameters_initialize(&table, 7, other, &error));
    expect_equal_bits("the same seed", other, weights, table.total_count * sizeof *other);
    /* Scaled to the same range, two parameters still differ. */
    assert_true(fabs(weights[0] / 0.05 - weights[table.items[KERNEL].offset] / 0.11785113) > 1e-3);
    free(other);
}

static uint64_t fnv1a(const void *data, size_t bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t k = 0; k < bytes; k++)
        hash = (hash ^ ((const unsigned char *)data)[k]) * 0x100000001b3u;
    return hash;
}

/* Pinned: a published seed must give the same start on every machine and in every release. */
static void test_the_bits_of_a_seed_are_fixed(void **state)
{
    (void)state;
    assert_int_equal(fnv1a(weights, table.total_count * sizeof *weights), 0x75a302399a8e86f3u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uniform_ranges),
        cmocka_unit_test(test_recurrent_rows_are_orthonormal),
        cmocka_unit_test(test_tall_and_square_matrices_are_orthonormal),
        cmocka_unit_test(test_orthogonal_entries_are_even),
        cmocka_unit_test(test_biases),
        cmocka_unit_test(test_seeds_and_parameters_have_their_own_numbers),
        cmocka_unit_test(test_the_bits_of_a_seed_are_fixed),
    };
    return cmocka_run_group_tests(tests, open_weights, close_weights);
}
