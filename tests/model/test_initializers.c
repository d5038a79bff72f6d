/* Keras' initialisers: ranges, shapes of distributions, orthogonality, and bits that must never change. */
#include "compare.h"
#include "matinee/dims.h"
#include "matinee/params.h"
#include "matinee/rng.h"

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
    static const struct preset_options sizes = {
        .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100, .layers = 1};
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
static void expect_even(const float *w, size_t elements, double limit)
{
    double count = (double)elements, sum = 0.0, squares = 0.0, largest = 0.0;
    for (size_t k = 0; k < elements; k++) {
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

static void expect_uniform(int parameter, double limit)
{
    expect_even(weights + table.items[parameter].offset, table.items[parameter].count, limit);
}

static void test_uniform_ranges(void **state)
{
    (void)state;
    expect_uniform(EMBEDDINGS, 0.05);
    expect_uniform(KERNEL, 0.11785113);      /* sqrt(6 / (32 + 400)) */
    expect_uniform(HEAD_KERNEL, 0.24373299); /* sqrt(6 / (100 + 1))  */
}

/* One parameter, filled with seed 3. */
static float *fill_one(struct parameter parameter, struct parameter_table *one)
{
    struct error error;
    parameter.count = 1;
    for (int axis = 0; axis < parameter.rank; axis++)
        parameter.count *= (size_t)parameter.shape[axis];
    *one = (struct parameter_table){.count = 1, .total_count = parameter.count, .items[0] = parameter};
    float *w = allocate(parameter.count, sizeof *w);
    fill_nan(w, parameter.count);
    assert_true(parameters_initialize(one, 3, w, &error));
    return w;
}

static void test_fans_of_a_convolution(void **state)
{
    (void)state;
    static const struct {
        int shape[3];
        double limit;
    } kernels[] = {{{3, 32, 32}, 0.17677670}, {{5, 16, 64}, 0.12247449}}; /* sqrt(6 / (5*16 + 5*64)) */
    for (int i = 0; i < 2; i++) {
        const int *shape = kernels[i].shape;
        struct parameter_table one;
        float *w = fill_one((struct parameter){.rank = 3,
                                               .shape = {shape[0], shape[1], shape[2]},
                                               .initializer = INIT_GLOROT_UNIFORM},
                            &one);
        expect_even(w, one.total_count, kernels[i].limit);
        free(w);
    }
}

/* Products of all pairs of `count` vectors of `length` elements; element k of vector i is at i*step + k*stride. */
static void expect_orthogonal(const float *w, int count, int length, size_t step, size_t stride,
                              double square)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j <= i; j++) {
            double product = 0.0;
            for (int k = 0; k < length; k++)
                product += (double)w[(size_t)i * step + (size_t)k * stride] *
                           w[(size_t)j * step + (size_t)k * stride];
            expect_close_number("product of two vectors", product, i == j ? square : 0.0,
                                (struct tolerance){.absolute = 1e-6});
        }
}

static void expect_orthonormal(const float *w, int count, int length, size_t step, size_t stride)
{
    expect_orthogonal(w, count, length, step, stride, 1.0);
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
        struct parameter_table one;
        float *matrix = fill_one(
            (struct parameter){.rank = 2, .shape = {rows, columns}, .initializer = INIT_ORTHOGONAL}, &one);
        if (rows > columns)
            expect_orthonormal(matrix, columns, rows, 1, (size_t)columns);
        else
            expect_orthonormal(matrix, rows, columns, (size_t)columns, 1);
        free(matrix);
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

/* Keras 1: gate after gate from the parameter's stream, each with the fans of its own (32,100). */
static void test_keras1_kernels(void **state)
{
    (void)state;
    enum { ROWS = 32, UNITS = 100, COLUMNS = GATE_COUNT * UNITS };
    const double limit = sqrt(6.0 / (ROWS + UNITS));
    struct parameter_table one;
    float *w = fill_one(
        (struct parameter){.rank = 2, .shape = {ROWS, COLUMNS}, .initializer = INIT_GLOROT_UNIFORM_GATES},
        &one);
    expect_even(w, one.total_count, limit);
    struct rng rng = rng_open(3, RNG_INITIALIZER, 0);
    for (int gate = 0; gate < GATE_COUNT; gate++)
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < UNITS; c++)
                expect_close_number("a weight", w[r * COLUMNS + gate * UNITS + c],
                                    limit * (2.0 * rng_uniform(&rng) - 1.0),
                                    (struct tolerance){.absolute = 1e-7});
    free(w);
}

/* Keras 1: each gate's (H,H) orthogonal, 1.1 times as long; the gates are no copies of each other. */
static void test_keras1_recurrent_kernels(void **state)
{
    (void)state;
    static const int sizes[] = {1, 6, 100};
    for (int i = 0; i < 3; i++) {
        int units = sizes[i], columns = GATE_COUNT * units;
        struct parameter_table one;
        float *w = fill_one(
            (struct parameter){.rank = 2, .shape = {units, columns}, .initializer = INIT_ORTHOGONAL_GATES},
            &one);
        for (int gate = 0; gate < GATE_COUNT; gate++)
            expect_orthogonal(w + gate * units, units, units, (size_t)columns, 1, 1.21);
        for (int gate = 1; gate < GATE_COUNT && units > 1; gate++)
            assert_true(fabs((double)w[0] - w[gate * units]) > 1e-4);
        free(w);
    }
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

static void test_the_two_directions_differ(void **state)
{
    (void)state;
    struct preset_options options;
    struct parameter_table both;
    struct spec spec;
    struct error error;
    assert_true(preset_defaults(&options, "bilstm", &error));
    assert_true(spec_preset(&spec, "bilstm", &options, &error));
    parameter_table_build(&both, &spec);
    float *w = allocate(both.total_count, sizeof *w);
    assert_true(parameters_initialize(&both, 7, w, &error));
    for (int i = 0; i < 2; i++)
        assert_memory_not_equal(w + parameter_find(&both, 1, i)->offset,
                                w + parameter_find(&both, 1, 3 + i)->offset, 64);
    const float *bias = w + parameter_find(&both, 1, 5)->offset;
    assert_true(bias[99] == 0.0f && bias[100] == 1.0f && bias[199] == 1.0f && bias[200] == 0.0f);
    free(w);
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
        cmocka_unit_test(test_fans_of_a_convolution),
        cmocka_unit_test(test_keras1_kernels),
        cmocka_unit_test(test_keras1_recurrent_kernels),
        cmocka_unit_test(test_the_two_directions_differ),
        cmocka_unit_test(test_biases),
        cmocka_unit_test(test_seeds_and_parameters_have_their_own_numbers),
        cmocka_unit_test(test_the_bits_of_a_seed_are_fixed),
    };
    return cmocka_run_group_tests(tests, open_weights, close_weights);
}
