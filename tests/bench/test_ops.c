/* What bench_step --ops counts, and how it tells a step's ops apart; the times themselves are not tested. */
#include "op_rows.h"
#include "timing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { REVIEWS = 8, T = 10, N = 4, PADS = 7, V = 20, E = 2, H = 3, STEPS = 5 };

/* Every review has three words, the same two, so each step has the same work. */
struct fixture {
    int32_t tokens[REVIEWS * T], pads[REVIEWS];
    uint8_t labels[REVIEWS];
    struct reviews reviews;
    struct backend *backend;
    struct network network;
    struct training_state weights;
    struct op_times times;
    struct timing timing;
};

static void begin(struct fixture *f, const char *preset)
{
    struct preset_options sizes;
    struct spec spec;
    struct error error;
    *f = (struct fixture){.backend = NULL};
    for (int i = 0; i < REVIEWS; i++) {
        f->pads[i] = PADS;
        for (int t = PADS; t < T; t++)
            f->tokens[i * T + t] = 8 + t % 2;
    }
    f->reviews =
        (struct reviews){.count = REVIEWS, .T = T, .tokens = f->tokens, .pads = f->pads, .labels = f->labels};
    assert_true(preset_defaults(&sizes, preset, &error));
    sizes.vocabulary = V;
    sizes.maxlen = T;
    sizes.units = H;
    sizes.embedding = E;
    sizes.filters = E;
    assert_true(spec_preset(&spec, preset, &sizes, &error));
    assert_true(
        backend_open(&f->backend, &(struct backend_options){.device = "cpu", .threads = 1}, NULL, &error));
    assert_true(network_open(&f->network, f->backend, &spec, N, 1, &error));
    assert_true(training_state_open(&f->weights, &f->network.parameters, &error));
    assert_true(parameters_initialize(&f->network.parameters, 1, f->weights.weights, &error));
    network_upload(&f->network, &f->weights);
    const struct timing_options options = {
        .steps = STEPS, .group = 1, .batch_size = N, .seed = 1, .step = op_times_step, .context = &f->times};
    assert_true(op_times_open(&f->times, f->backend, STEPS, &error));
    assert_true(timing_run(&f->timing, &options, &f->network, &f->weights, &f->reviews, &error));
}

static void end(struct fixture *f)
{
    op_times_close(&f->times);
    timing_close(&f->timing);
    training_state_close(&f->weights);
    network_close(&f->network);
    backend_close(f->backend);
}

static void expect_near(const char *what, double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%s: %.17g, expected %.17g", what, value, expected);
}

static const struct timed_op *find(const struct fixture *f, const char *name)
{
    for (int i = 0; i < f->times.op_count; i++)
        if (strcmp(f->times.ops[i].entry->name, name) == 0)
            return &f->times.ops[i];
    fail_msg("no op %s", name);
    return NULL;
}

static void expect_work(const struct fixture *f, const char *name, double flops, double bytes)
{
    const struct timed_op *op = find(f, name);
    expect_near(name, op->flops / STEPS, flops);
    expect_near(name, op->bytes / STEPS, bytes);
}

/* The ops are those of the step, their flops are its flops, and with the rest their times are its time. */
static void expect_whole(const struct fixture *f)
{
    double flops = 0;
    assert_false(f->times.changed);
    assert_int_equal(f->times.step_count, STEPS);
    for (int i = 0; i < f->times.op_count; i++)
        flops += f->times.ops[i].flops / STEPS;
    expect_near("flops", flops, f->timing.work.flops);
    for (int step = 0; step < STEPS; step++) {
        double us = f->times.rest_us[step];
        for (int i = 0; i < f->times.op_count; i++) {
            assert_true(f->times.ops[i].us[step] > 0);
            us += f->times.ops[i].us[step];
        }
        assert_true(f->times.rest_us[step] >= 0);
        expect_near("a step", us, f->timing.us[step]);
    }
}

static void expect_names(const struct fixture *f, int count, const char *const *names)
{
    assert_int_equal(f->times.op_count, count);
    for (int i = 0; i < count; i++)
        assert_string_equal(f->times.ops[i].entry->name, names[i]);
}

/* Four rows of three words and seven shared pads: 19 row-steps and three tokens. */
static void test_plain(void **state)
{
    static const char *const names[] = {"clear",          "load_batch",    "lstm", "dense_bce",
                                        "dense_backward", "lstm_backward", "adam"};
    enum { WEIGHTS = (E + H + 1) * 4 * H, STEP = 19, TOKENS = 3, PARAMETERS = V * E + WEIGHTS + H + 1 };
    struct fixture f;
    (void)state;
    begin(&f, "lstm");
    expect_whole(&f);
    expect_names(&f, 7, names);
    /* tokens as ints, twice; pads, twice; a byte to a float */
    expect_work(&f, "load_batch", 0, N * T * 8 + N * 8 + N * 5);
    const double kept = STEP * 6 * H, y = N * H;
    expect_work(&f, "lstm", 2 * (STEP * H + TOKENS * E) * 4 * H,
                4 * (N * T + TOKENS * E + WEIGHTS + kept + y));
    expect_work(&f, "lstm_backward", 4 * (STEP * H + TOKENS * E) * 4 * H,
                4 * (N * T + TOKENS * E + WEIGHTS + kept + y + 2 * TOKENS * E + 2 * WEIGHTS));
    expect_work(&f, "dense_bce", 2 * N * H, 4 * (N * H + H + 1 + 3 * N));
    expect_work(&f, "dense_backward", 4 * N * H, 4 * (N * H + H + N + N * H + 2 * (H + 1)));
    expect_work(&f, "clear", 0, 4 * PARAMETERS);
    expect_work(&f, "adam", 0, 7 * 4 * PARAMETERS);
    end(&f);
}

/* An Embedding with dropout, a convolution of five steps of y, and a Dropout: nothing is shared. */
static void test_layers(void **state)
{
    static const char *const names[] = {"clear",
                                        "load_batch",
                                        "embedding",
                                        "conv_pool",
                                        "lstm",
                                        "dropout",
                                        "dense_bce",
                                        "dense_backward",
                                        "dropout_backward",
                                        "lstm_backward",
                                        "conv_pool_backward",
                                        "embedding_backward",
                                        "adam"};
    enum { X = T * N * E, Y = T / 2 * N * E, KERNEL = 3 * E * E, TABLE = 3 * E };
    struct fixture f;
    (void)state;
    begin(&f, "cnn-lstm-dropout");
    expect_whole(&f);
    expect_names(&f, 13, names);
    expect_work(&f, "embedding", 0, 4 * (T * N + TABLE + X));
    expect_work(&f, "embedding_backward", 0, 4 * (T * N + X + 2 * TABLE));
    expect_work(&f, "conv_pool", 2.0 * T * N * KERNEL, 4 * (X + KERNEL + E + 2 * Y));
    expect_work(&f, "conv_pool_backward", 4.0 * T * N * KERNEL,
                4 * (2 * Y + X + KERNEL + X + 2 * (KERNEL + E)));
    expect_work(&f, "dropout", 0, 4 * 2 * N * H);
    expect_work(&f, "dropout_backward", 0, 4 * 2 * N * H);
    for (int i = 0; i < f.times.op_count; i++) {
        const struct timed_op *op = &f.times.ops[i];
        const bool is_layer = op->entry->phase == PHASE_FORWARD || op->entry->phase == PHASE_BACKWARD;
        assert_int_equal(op->op >= 0, is_layer);
    }
    assert_int_equal(find(&f, "lstm")->op, find(&f, "lstm_backward")->op);
    assert_int_equal(find(&f, "conv_pool")->op, find(&f, "conv_pool_backward")->op);
    end(&f);
}

/* Each direction keeps its own states; the reversed one reads all of x, which both read once. */
static void test_both_directions(void **state)
{
    enum { WEIGHTS = 2 * (E + H + 1) * 4 * H };
    struct fixture f;
    (void)state;
    begin(&f, "bilstm-gate-dropout");
    expect_whole(&f);
    expect_work(&f, "lstm", 2.0 * 2 * T * N * (H + E) * 4 * H,
                4.0 * (T * N * E + WEIGHTS + 2 * T * N * 6 * H + N * 2 * H));
    expect_work(&f, "lstm_backward", 4.0 * 2 * T * N * (H + E) * 4 * H,
                4.0 * (N * 2 * H + T * N * E + WEIGHTS + 2 * T * N * 6 * H + T * N * E + 2 * WEIGHTS));
    end(&f);
}

/* The backend has its own ops again, and a step that calls others is noticed. */
static void test_other_calls(void **state)
{
    struct fixture f;
    struct error error;
    float floats[4];
    (void)state;
    begin(&f, "lstm");
    const struct backend_ops *timed = f.backend->ops;
    f.times.calls = 1; /* where it had load_batch */
    f.backend->ops->clear(f.backend, floats, sizeof floats);
    assert_true(f.times.changed);
    const struct op_report report = {.times = &f.times};
    assert_false(op_rows_print(&report, NULL, &error));
    assert_string_equal(error.message, "--ops: the steps differ in their ops; time them without --ops");
    op_times_close(&f.times);
    assert_ptr_not_equal(f.backend->ops, timed);
    end(&f);
}

static void test_least_time(void **state)
{
    const struct op_peaks peaks = {.flops = 100, .bytes = 10};
    (void)state;
    expect_near("arithmetic", op_least_seconds(400, 20, &peaks), 4);
    expect_near("memory", op_least_seconds(400, 70, &peaks), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),           cmocka_unit_test(test_layers),
        cmocka_unit_test(test_both_directions), cmocka_unit_test(test_other_calls),
        cmocka_unit_test(test_least_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
