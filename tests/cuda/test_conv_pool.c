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
    if ((dims.same ? dims.T : dims.T - dims.K + 1) / dims.P > 0)
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
    static const int pools[] = {1, 2, 3, 7, 9};
    for (int K = 1; K <= 7; K++)
        for (int i = 0; i < 5; i++)
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

static void test_the_tutorials_sizes(void **state)
{
    (void)state;
    check((struct conv_dims){70, 9, 32, 32, 3, 2, .same = true, .relu = true}, CONV_ANY);
}

/* Bit by bit: again, and told that there are no pads. */
static void test_reruns(void **state)
{
    (void)state;
    struct conv_dims dims = {40, 13, 17, 33, 4, 3, .same = true, .relu = true};
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

/* Neither what stands beside a row in the batch nor where in time a warp works moves a bit of a sum: rows that share
 * steps of x have equal steps of y. */
static void test_shared_steps_are_equal(void **state)
{
    (void)state;
    struct conv_dims dims = {23, 20, 5, 7, 4, 2, .same = true, .relu = false};
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

/* A NaN in x is seen in every pool with a step that reads it, through ReLU and maximum, and in no other. */
static void check_nan(struct conv_dims dims, int at)
{
    struct conv_case conv_case;
    struct conv_result with, without;
    conv_case_open(&conv_case, dims, CONV_EXACT);
    conv_case_run(&conv_case, cuda, true, &without);
    fill_nan(conv_case.x + (size_t)at * (size_t)dims.N * (size_t)dims.E, 1);
    conv_case_run(&conv_case, cuda, true, &with);
    const int left = dims.same ? (dims.K - 1) / 2 : 0;
    for (int s = 0; s < conv_case.S; s++) {
        const int first = s * dims.P - left, last = (s + 1) * dims.P - 1 - left + dims.K - 1;
        for (int row = 0; row < dims.N * dims.C; row++) {
            const int i = s * dims.N * dims.C + row;
            if (first <= at && at <= last && row < dims.C)
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
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    struct conv_pool op = {.T = 500, .N = 1, .E = 5, .C = 7, .K = 4, .P = 2, .same = true};
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
        cmocka_unit_test(test_odd_rows),
        cmocka_unit_test(test_odd_channels),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_the_tutorials_sizes),
        cmocka_unit_test(test_reruns),
        cmocka_unit_test(test_shared_steps_are_equal),
        cmocka_unit_test(test_nan_passes),
        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
