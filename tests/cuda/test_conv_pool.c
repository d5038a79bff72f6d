/* The CUDA backend's convolution with pooling, forward and backward, over the emulator. */
#include "compare.h"
#include "cuda_fixture.h"
#include "ops/conv_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(struct conv_dims dims, enum conv_numbers numbers)
{
    struct conv_case conv_case;
    struct conv_result result;
    conv_case_open(&conv_case, dims, numbers);
    conv_case_run(&conv_case, cuda, true, &result);
    conv_case_check(&conv_case, true, &result);
    conv_result_close(&result);
    conv_case_close(&conv_case);
}

/* The four kinds of padding and activation, as far as there is a step of y. */
static void check_kind(struct conv_dims dims, int kind)
{
    dims.same = kind & 1;
    dims.relu = kind & 2;
    if (conv_dims_steps(dims) > 0)
        check(dims, CONV_EXACT);
}

static void check_kinds(struct conv_dims dims)
{
    for (int kind = 0; kind < 4; kind++)
        check_kind(dims, kind);
}

static void test_kernels_and_pools(void **state)
{
    (void)state;
    static const int pools[] = {1, 2, 3, 5, 6, 7, 9};
    for (int K = 1; K <= 7; K++)
        for (int i = 0; i < 7; i++)
            check_kind((struct conv_dims){19, 3, 5, 7, K, pools[i], .same = false}, K + i);
    check_kinds((struct conv_dims){19, 3, 5, 7, 3, 2, .same = false});
    check_kinds((struct conv_dims){19, 3, 5, 7, 4, 3, .same = false});
}

static void test_kernels_longer_than_the_rows(void **state)
{
    (void)state;
    for (int T = 1; T <= 4; T++)
        for (int K = T; K <= 2 * T + 3; K++)
            check_kind((struct conv_dims){T, 2, 3, 2, K, 1 + T / 3, .same = false}, K == T ? 2 : 1);
}

/* Kernels shorter and longer than the stride, and of a multiple of it; strides beyond the end of a row. */
static void test_strides(void **state)
{
    (void)state;
    static const int strides[] = {2, 3, 4, 7, 29, 30, 1000000};
    for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++)
        for (int K = 1; K <= 13; K++)
            check_kind((struct conv_dims){29, 3, 5, 7, K, 1 + K % 3, .stride = strides[i]}, K + (int)i);
    check_kinds((struct conv_dims){41, 3, 3, 5, 12, 5, .stride = 4});
    check_kinds((struct conv_dims){41, 3, 3, 5, 5, 2, .stride = 2});
    check_kinds((struct conv_dims){41, 3, 3, 5, 2, 2, .stride = 3});
}

/* Tiles of channels that lie in one step of x, in two and in part of one, those with a tap more beside others. */
static void test_strides_and_channels(void **state)
{
    (void)state;
    static const int channels[] = {1, 8, 16, 31, 33, 64};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        check_kind((struct conv_dims){23, 2, channels[i], 33, 5, 2, .stride = 3}, (int)i);
        check_kind((struct conv_dims){23, 2, channels[i], 4, 8, 1, .stride = 4}, (int)i + 1);
    }
}

static void test_odd_rows(void **state)
{
    (void)state;
    static const int rows[] = {1, 2, 7, 8, 9, 33};
    for (int i = 0; i < 6; i++)
        check_kind((struct conv_dims){11, rows[i], 3, 5, 3, 2, .same = false}, i);
}

static void test_odd_channels(void **state)
{
    (void)state;
    static const int channels[] = {1, 4, 31, 32, 33, 65, 257};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        check((struct conv_dims){7, 3, channels[i], 4, 4, 2, .same = true, .relu = true}, CONV_EXACT);
        check((struct conv_dims){7, 3, 4, channels[i], 3, 2, .same = true, .relu = true}, CONV_EXACT);
    }
    check((struct conv_dims){9, 2, 37, 35, 5, 2, .same = true, .relu = false}, CONV_EXACT);
}

/* More steps than a block of any kernel takes at once, and more work than slices of the weights' gradients: rounded. */
static void test_many_steps(void **state)
{
    (void)state;
    check((struct conv_dims){257, 2, 6, 5, 3, 2, .same = true, .relu = true}, CONV_ANY);
    check((struct conv_dims){270, 64, 2, 3, 3, 4, .same = true, .relu = true}, CONV_ANY);
    check((struct conv_dims){300, 1, 3, 3, 2, 130, .same = false, .relu = false}, CONV_ANY);
}

static void test_sizes_of_presets(void **state)
{
    (void)state;
    check((struct conv_dims){80, 9, 16, 96, 12, 5, .same = true, .relu = true, .stride = 4}, CONV_ANY);
    check((struct conv_dims){70, 9, 32, 32, 3, 2, .same = true, .relu = true}, CONV_ANY);
}

/* Bit by bit: again, and told that there are no pads. */
static void check_reruns(struct conv_dims dims)
{
    struct conv_case conv_case;
    struct conv_result expected, result;
    conv_case_open(&conv_case, dims, CONV_ANY);
    conv_case_run(&conv_case, cuda, true, &expected);
    for (int known = 0; known < 2; known++) {
        conv_case_run(&conv_case, cuda, known, &result);
        conv_case_expect_same(&conv_case, &result, &expected);
        conv_result_close(&result);
    }
    conv_result_close(&expected);
    conv_case_close(&conv_case);
}

static void test_reruns(void **state)
{
    (void)state;
    check_reruns((struct conv_dims){40, 13, 17, 33, 4, 3, .same = true, .relu = true});
    check_reruns((struct conv_dims){80, 13, 17, 33, 5, 3, .same = true, .relu = true, .stride = 2});
}

/* Neither what stands beside a row in the batch nor where in time a warp works moves a bit of a sum: rows that share
 * steps of x have equal steps of y. */
static void check_shared_steps(struct conv_dims dims)
{
    struct conv_case conv_case;
    struct conv_result result;
    conv_case_open(&conv_case, dims, CONV_ANY);
    conv_case_run(&conv_case, cuda, false, &result);
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
    check_shared_steps((struct conv_dims){23, 20, 5, 7, 4, 2, .same = true});
    check_shared_steps((struct conv_dims){47, 20, 5, 7, 7, 2, .same = true, .stride = 3});
}

/* Whether step s of y reads step `at` of x. */
static bool reads(struct conv_dims dims, int s, int at)
{
    const struct conv_pool op = {
        .T = dims.T, .K = dims.K, .stride = dims.stride > 0 ? dims.stride : 1, .same = dims.same};
    for (int p = 0; p < dims.P; p++) {
        const int first = (s * dims.P + p) * op.stride - conv_left(&op);
        if (first <= at && at < first + dims.K)
            return true;
    }
    return false;
}

/* A NaN in x is seen in every pool with a step that reads it, through ReLU and maximum, and in no other. */
static void check_nan(struct conv_dims dims, int at)
{
    struct conv_case conv_case;
    struct conv_result with, without;
    conv_case_open(&conv_case, dims, CONV_EXACT);
    conv_case_run(&conv_case, cuda, true, &without);
    fill_nan(conv_case.x + (size_t)at * (size_t)dims.N * (size_t)dims.E, 1);
    conv_case_run(&conv_case, cuda, true, &with);
    for (int s = 0; s < conv_case.S; s++) {
        const bool is_read = reads(dims, s, at);
        for (int row = 0; row < dims.N * dims.C; row++) {
            const int i = s * dims.N * dims.C + row;
            if (is_read && row < dims.C)
                assert_true(isnan(with.y[i]) && isnan(with.y_inference[i]));
            else
                assert_true(with.y[i] == without.y[i]);
        }
    }
    conv_result_close(&with);
    conv_result_close(&without);
    conv_case_close(&conv_case);
}

static void test_nan_passes(void **state)
{
    (void)state;
    for (int at = 0; at < 12; at++)
        check_nan((struct conv_dims){12, 2, 3, 4, 1 + at % 4, 3, .same = true, .relu = true}, at);
    for (int at = 0; at < 24; at++)
        for (int stride = 2; stride < 5; stride++)
            check_nan((struct conv_dims){24, 2, 3, 4, 1 + at % 7, 2, .same = at % 2, .relu = true,
                                         .stride = stride},
                      at);
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    struct conv_pool op = {.T = 500, .N = 1, .E = 5, .C = 7, .K = 4, .P = 2, .stride = 1, .same = true};
    struct op_sizes before = {0};
    for (; op.N < 300; op.N++) {
        struct op_sizes sizes = cuda->memory->conv_pool_sizes(cuda, &op);
        assert_true(sizes.saved_bytes >= before.saved_bytes && sizes.scratch_bytes >= before.scratch_bytes);
        assert_true(sizes.inference_bytes >= before.inference_bytes);
        before = sizes;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_and_pools),
        cmocka_unit_test(test_kernels_longer_than_the_rows),
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_strides_and_channels),
        cmocka_unit_test(test_odd_rows),
        cmocka_unit_test(test_odd_channels),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_sizes_of_presets),
        cmocka_unit_test(test_reruns),
        cmocka_unit_test(test_shared_steps_are_equal),
        cmocka_unit_test(test_nan_passes),
        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
