/* The CPU backend's convolution with pooling, forward and backward, with the kernels of every instruction set. */
#include "backends.h"
#include "compare.h"
#include "cpu_backend.h"
#include "kernel_sets.h"
#include "ops/conv_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_with(struct backend *backend, const struct conv_case *conv_case)
{
    for (int known = 0; known < 2; known++) {
        struct conv_result result;
        conv_case_run(conv_case, backend, known, &result);
        conv_case_check(conv_case, known, &result);
        expect_denormals();
        conv_result_close(&result);
    }
}

static void check(struct conv_dims dims)
{
    struct cpu_backend *cpu = cpu_backend_of(backends[0]);
    const struct cpu_kernels *chosen = cpu->kernels;
    struct kernel_sets sets;
    struct conv_case conv_case;
    kernel_sets_find(&sets);
    conv_case_open(&conv_case, dims, CONV_EXACT);
    for (int i = 0; i < sets.count; i++) {
        cpu->kernels = sets.sets[i];
        check_with(backends[0], &conv_case);
    }
    cpu->kernels = chosen;
    conv_case_close(&conv_case);
}

/* Every kind of padding and activation, as far as there is a step of y. */
static void check_kinds(struct conv_dims dims)
{
    for (int kind = 0; kind < 4; kind++) {
        dims.same = kind & 1;
        dims.relu = kind & 2;
        if (conv_dims_steps(dims) > 0)
            check(dims);
    }
}

static void test_kernels_and_pools(void **state)
{
    (void)state;
    static const int pools[] = {1, 2, 3, 13};
    for (int K = 1; K <= 6; K++)
        for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++)
            check_kinds((struct conv_dims){13, 9, 5, 7, K, pools[i], .same = false});
}

static void test_kernels_longer_than_the_rows(void **state)
{
    (void)state;
    for (int T = 1; T <= 5; T++)
        for (int K = T; K <= 2 * T + 3; K++)
            check_kinds((struct conv_dims){T, 7, 3, 2, K, 1 + T / 3, .same = false});
}

/* Strides below, as long as and above the kernel; what is left over at the end is not read, or not reached. */
static void test_strides(void **state)
{
    (void)state;
    for (int stride = 2; stride <= 7; stride++)
        for (int K = 1; K <= 9; K += K == 5 ? 4 : 1)
            for (int P = 1; P <= 3; P += 2)
                check_kinds((struct conv_dims){23, 9, 5, 7, K, P, .stride = stride});
    for (int T = 1; T <= 6; T++)
        check_kinds((struct conv_dims){T, 7, 3, 2, 4, 1, .stride = 3});
    check_kinds((struct conv_dims){70, 9, 16, 17, 12, 5, .stride = 4});
}

static void test_odd_rows(void **state)
{
    (void)state;
    static const int rows[] = {1, 2, 7, 8, 9, 64};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_kinds((struct conv_dims){11, rows[i], 3, 5, 3, 2, .same = false});
}

static void test_odd_channels(void **state)
{
    (void)state;
    static const int channels[] = {1, 8, 15, 16, 17, 32, 33, 65, 100};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        check_kinds((struct conv_dims){7, 3, channels[i], 4, 3, 2, .same = false});
        check_kinds((struct conv_dims){7, 3, 4, channels[i], 4, 2, .same = false});
    }
}

static void test_the_tutorials_sizes(void **state)
{
    (void)state;
    check((struct conv_dims){60, 64, 32, 32, 3, 2, .same = true, .relu = true});
}

static void test_the_sizes_of_best(void **state)
{
    (void)state;
    check((struct conv_dims){400, 9, 16, 96, 12, 5, .same = true, .relu = true, .stride = 4});
    check((struct conv_dims){70, 9, 64, 128, 3, 5, .same = true, .relu = true});
}

/* Numbers whose sums are rounded: neither the threads nor what is known of the pads may move a bit. */
static void test_threads(void **state)
{
    (void)state;
    static const struct conv_dims all[] = {{13, 64, 32, 32, 3, 2, .same = true, .relu = true},
                                           {13, 9, 5, 33, 4, 1, .same = true},
                                           {1, 1, 3, 3, 3, 1, .same = true, .relu = true},
                                           {30, 7, 17, 6, 2, 3, .relu = true},
                                           {200, 25, 17, 33, 5, 2, .same = true, .relu = true, .stride = 2},
                                           {31, 64, 5, 6, 2, 1, .stride = 3}};
    for (size_t d = 0; d < sizeof all / sizeof all[0]; d++) {
        struct conv_case conv_case;
        struct conv_result expected, result;
        conv_case_open(&conv_case, all[d], CONV_ANY);
        conv_case_run(&conv_case, backends[0], true, &expected);
        for (int i = 0; i < BACKENDS; i++)
            for (int known = 0; known < 2; known++) {
                conv_case_run(&conv_case, backends[i], known, &result);
                conv_case_expect_same(&conv_case, &result, &expected);
                conv_result_close(&result);
            }
        conv_result_close(&expected);
        conv_case_close(&conv_case);
    }
}

/* Rows 4 to 7 of a batch, run as a batch of their own. */
static void test_batch_split(void **state)
{
    (void)state;
    struct conv_dims dims = {13, 8, 5, 7, 3, 2, .same = true, .relu = true}, half_dims = dims;
    half_dims.N = 4;
    struct conv_case whole_case, half_case;
    struct conv_result whole, half;
    conv_case_open(&whole_case, dims, CONV_ANY);
    conv_case_open(&half_case, half_dims, CONV_ANY);
    const size_t E = (size_t)dims.E, C = (size_t)dims.C, weights = whole_case.kernel_count + C;
    memcpy(half_case.weights, whole_case.weights, weights * sizeof(float));
    memcpy(half_case.pads, whole_case.pads + 4, 4 * sizeof(int32_t));
    for (size_t t = 0; t < (size_t)dims.T; t++)
        memcpy(half_case.x + t * 4 * E, whole_case.x + (t * 8 + 4) * E, 4 * E * sizeof(float));
    conv_case_run(&whole_case, backends[0], true, &whole);
    conv_case_run(&half_case, backends[0], true, &half);
    for (size_t s = 0; s < (size_t)whole_case.S; s++)
        expect_equal_bits("half a batch", half.y + s * 4 * C, whole.y + (s * 8 + 4) * C,
                          4 * C * sizeof(float));
    conv_result_close(&whole);
    conv_result_close(&half);
    conv_case_close(&whole_case);
    conv_case_close(&half_case);
}

/* What y_pads promises to the layer after it, of rows that were computed without knowing pads. */
static void check_shared_steps(struct conv_dims dims)
{
    struct conv_case conv_case;
    struct conv_result result;
    conv_case_open(&conv_case, dims, CONV_ANY);
    conv_case_run(&conv_case, backends[0], false, &result);
    const size_t N = (size_t)dims.N, C = (size_t)dims.C;
    for (size_t n = 0; n < N; n++)
        for (size_t m = 0; m < n; m++) {
            int32_t *pads = conv_case.y_pads, shared = pads[n] < pads[m] ? pads[n] : pads[m];
            for (size_t s = 0; s < (size_t)shared; s++)
                expect_equal_bits("a shared step", result.y + (s * N + n) * C, result.y + (s * N + m) * C,
                                  C * sizeof(float));
        }
    conv_result_close(&result);
    conv_case_close(&conv_case);
}

static void test_shared_steps_are_equal(void **state)
{
    (void)state;
    for (int stride = 1; stride <= 6; stride++) {
        check_shared_steps((struct conv_dims){23, 20, 5, 7, 4, 2, .same = true, .stride = stride});
        check_shared_steps((struct conv_dims){23, 20, 5, 7, 4, 1, .stride = stride});
    }
}

/* A loss that is not a number must be seen: neither ReLU nor the maximum may hide it. */
static void test_nan_passes(void **state)
{
    (void)state;
    struct conv_dims dims = {4, 1, 1, 1, 1, 2, .same = true, .relu = true};
    struct conv_case conv_case;
    struct conv_result result;
    conv_case_open(&conv_case, dims, CONV_EXACT);
    fill_nan(conv_case.x, 1);
    fill_nan(conv_case.x + 3, 1);
    conv_case_run(&conv_case, backends[0], true, &result);
    assert_true(result.y[0] != result.y[0]);
    assert_true(result.y[1] != result.y[1]);
    conv_result_close(&result);
    conv_case_close(&conv_case);
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    struct conv_pool op = {.T = 13, .N = 1, .E = 5, .C = 7, .K = 4, .P = 2, .stride = 1, .same = true};
    struct op_sizes before = {0};
    for (; op.N < 70; op.N++) {
        struct op_sizes sizes = backends[0]->memory->conv_pool_sizes(backends[0], &op);
        assert_true(sizes.saved_bytes >= before.saved_bytes && sizes.scratch_bytes >= before.scratch_bytes);
        assert_true(sizes.inference_bytes >= before.inference_bytes);
        before = sizes;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_and_pools), cmocka_unit_test(test_kernels_longer_than_the_rows),
        cmocka_unit_test(test_strides),           cmocka_unit_test(test_odd_rows),
        cmocka_unit_test(test_odd_channels),      cmocka_unit_test(test_the_tutorials_sizes),
        cmocka_unit_test(test_the_sizes_of_best), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_batch_split),       cmocka_unit_test(test_shared_steps_are_equal),
        cmocka_unit_test(test_nan_passes),        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
