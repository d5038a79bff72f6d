/* The count of a step's work on cases small enough to count by hand. */
#include "flops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { V = 10 };

static struct step_work count_on(int threads, const struct pass_op *ops, int op_count, size_t parameters)
{
    static const unsigned char zeros[V];
    unsigned char seen[V] = {0};
    struct pass pass = {.op_count = op_count, .adam = {.count = parameters}};
    memcpy(pass.ops, ops, (size_t)op_count * sizeof *ops);
    struct step_work work = step_work_of(&pass, threads, seen);
    assert_memory_equal(seen, zeros, V);
    return work;
}

static struct step_work count(const struct pass_op *ops, int op_count, size_t parameters)
{
    return count_on(1, ops, op_count, parameters);
}

/* Counts are whole numbers, which doubles hold exactly; NaN is no number's equal. */
static void expect(const char *what, double value, double expected)
{
    if (!(value == expected))
        fail_msg("%s: %.17g, expected %.17g", what, value, expected);
}

static struct pass_op lstm_op(struct lstm op)
{
    return (struct pass_op){.kind = OP_LSTM, .lstm = {.forward = op}};
}

static const int32_t tokens_of_three[] = {5, 6, 5, 7, /**/ 0, 5, 8, 8, /**/ 0, 0, 0, 9};
static const int32_t pads_of_three[] = {0, 1, 3};

/* Rows run 4, 3 and 1 steps, and the pads 3: 11. Six distinct tokens: 0 5 6 7 8 9. A
 * recurrent row-step is 3 x 8 H^2 = 216 flops, a token 3 x 8 E H = 144. */
static void test_tokens_and_shared_pads(void **state)
{
    const struct lstm op = {
        .T = 4, .N = 3, .V = V, .E = 2, .H = 3, .D = 1, .tokens = tokens_of_three, .pads = pads_of_three};
    const struct pass_op ops[] = {lstm_op(op)};
    const struct step_work work = count(ops, 1, 0);
    (void)state;
    expect("flops", work.flops, 11 * 216 + 6 * 144);
    expect("row-steps", work.row_steps, 11);
    /* the recurrent kernel (3,12) twice, in 4 steps of the only part and 3 of the pads */
    expect("cache bytes", work.cache_bytes, (4 + 3) * 2 * 36 * 4);
    /* 4 gates of 12; h and c of 3 twice each; the projection, and dz added */
    expect("memory bytes", work.memory_bytes, 11 * (48 + 12 + 36) * 4);
}

/* What reads its pads last runs all 12 steps. */
static void test_reversed_and_both(void **state)
{
    struct lstm op = {.T = 4,
                      .N = 3,
                      .V = V,
                      .E = 2,
                      .H = 3,
                      .D = 1,
                      .reversed = true,
                      .tokens = tokens_of_three,
                      .pads = pads_of_three};
    struct pass_op ops[] = {lstm_op(op)};
    (void)state;
    expect("reversed", count(ops, 1, 0).flops, 12 * 216 + 6 * 144);
    ops[0].lstm.forward.reversed = false;
    ops[0].lstm.forward.D = 2;
    expect("both", count(ops, 1, 0).flops, (11 + 12) * 216 + 2 * 6 * 144);
    expect("both: row-steps", count(ops, 1, 0).row_steps, 11 + 12);
}

/* Without pads to share every position is projected for itself. */
static void test_x(void **state)
{
    static const int32_t none[3] = {0};
    const struct lstm op = {.T = 4, .N = 3, .E = 2, .H = 3, .D = 1, .pads = none};
    const struct pass_op ops[] = {lstm_op(op)};
    const struct step_work work = count(ops, 1, 0);
    (void)state;
    expect("flops", work.flops, 12 * (216 + 144));
    /* one part of three rows */
    expect("cache bytes", work.cache_bytes, 4 * 2 * (36 + 24) * 4);
    expect("memory bytes", work.memory_bytes, 12 * (48 + 12 + 6) * 4);
}

/* A part reads the kernel as long as its longest row runs; those are dealt out first. */
static void test_parts(void **state)
{
    int32_t pads[16] = {2, 1, 2, 1};
    const struct lstm op = {.T = 3, .N = 16, .E = 1, .H = 1, .D = 1, .pads = pads};
    const struct pass_op ops[] = {lstm_op(op)};
    (void)state;
    for (int i = 4; i < 16; i++)
        pads[i] = i < 6 ? 0 : 2;
    expect("row-steps", count_on(1, ops, 1, 0).row_steps, 2 * 3 + 2 * 2 + 12 * 1 + 2);
    expect("one thread", count_on(1, ops, 1, 0).cache_bytes, (3 + 2) * 2 * 2 * 4 * 4);
    expect("three threads", count_on(3, ops, 1, 0).cache_bytes, (3 + 3 + 2 + 2) * 2 * 2 * 4 * 4);
}

/* The tutorials' sizes with nothing shared: 32,000 row-steps, 10.1 GFLOP. */
static void test_tutorial(void **state)
{
    static const int32_t none[64] = {0};
    const struct lstm op = {.T = 500, .N = 64, .E = 32, .H = 100, .D = 1, .pads = none};
    const struct pass_op ops[] = {lstm_op(op)};
    (void)state;
    expect("flops", count(ops, 1, 0).flops, 10137600000.0);
}

static struct pass_op conv_op(const int32_t *y_pads)
{
    const struct conv_pool op = {.T = 6,
                                 .N = 2,
                                 .E = 2,
                                 .C = 3,
                                 .K = 3,
                                 .P = 2,
                                 .stride = 1,
                                 .same = true,
                                 .y_pads = (int32_t *)(uintptr_t)y_pads};
    return (struct pass_op){.kind = OP_CONV_POOL, .conv_pool = {.forward = op}};
}

/* Three steps of y; a row's own are 2 and 1, and the longest row's shared ones 2: 5 of 6. A step of y is two of z, each
 * 2 K E C = 36 flops. */
static void test_conv(void **state)
{
    static const int32_t y_pads[] = {1, 2};
    static const int32_t none[2] = {0};
    const struct lstm reader = {.T = 3, .N = 2, .E = 3, .H = 1, .D = 1, .pads = y_pads};
    struct pass_op ops[] = {conv_op(y_pads), lstm_op(reader)};
    const double lstm_shared = (2 + 1 + 2) * (24 + 72), lstm_alone = 6 * (24 + 72);
    (void)state;
    expect("shared", count(ops, 2, 0).flops, 3 * 5 * 72 + lstm_shared);
    ops[1].lstm.forward.pads = none; /* a dropout stands between, or the LSTM drops */
    expect("not shared back", count(ops, 2, 0).flops, (5 + 2 * 6) * 72 + lstm_alone);
    ops[1].lstm.forward.pads = y_pads;
    ops[1].lstm.forward.reversed = true;
    expect("reversed", count(ops, 2, 0).flops, (5 + 2 * 6) * 72 + lstm_alone);
}

static void test_head_and_parameters(void **state)
{
    struct pass_op ops[] = {{.kind = OP_DROPOUT}, {.kind = OP_DENSE}};
    (void)state;
    ops[1].dense.forward = (struct dense_bce){.N = 4, .F = 5};
    const struct step_work work = count(ops, 2, 7);
    expect("flops", work.flops, 3 * 2 * 4 * 5);
    expect("memory bytes", work.memory_bytes, 8 * 4 * 7);
    expect("cache bytes", work.cache_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_and_shared_pads),
        cmocka_unit_test(test_reversed_and_both),
        cmocka_unit_test(test_x),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_tutorial),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_head_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
