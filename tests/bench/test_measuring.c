/* What the measuring programs count, draw and choose; times are not tested. */
#include "load.h"
#include "peak.h"
#include "peak_loop.h"
#include "row.h"
#include "scale_grid.h"
#include "synthetic.h"
#include "timing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not within %.3g of %.9g", value, tolerance, expected);
}

static void test_statistics(void **state)
{
    double values[] = {4, 1, 3, 2, 5};
    (void)state;
    bench_sort(values, 5);
    expect_near(values[0], 1, 0);
    expect_near(bench_quantile(values, 5, 0.5), 3, 0);
    expect_near(bench_quantile(values, 5, 0.1), 1.4, 1e-12);
    expect_near(bench_quantile(values, 1, 0.9), 1, 0);
    expect_near(bench_deviation(values, 5), sqrt(2.5), 1e-12);
    expect_near(bench_deviation(values, 1), 0, 0);
}

/* Neither idle nor waiting; guests are among user and nice already. */
static void test_busy_ticks(void **state)
{
    double ticks = 0;
    (void)state;
    assert_true(load_busy_ticks("cpu  100 20 3 5000 700 1 2 0 50 6\n", &ticks));
    expect_near(ticks, 100 + 20 + 3 + 1 + 2, 0);
    assert_false(load_busy_ticks("intr 1 2 3 4 5 6 7\n", &ticks));
    assert_false(load_busy_ticks("cpu  1 2 3\n", &ticks));
}

/* Every loop that the processor runs does what it should: 2 is where x/2 + 1 ends. */
static void test_loops(void **state)
{
    struct kernel_set set;
    (void)state;
    for (int i = 0; backend_kernel_set(i, &set); i++) {
        if (!set.runs)
            continue;
        const struct peak_loops *loops = peak_loops_of(set.name);
        float values[(PEAK_SUMS + 2) * PEAK_LANES_MAX], block[PEAK_LANES_MAX * 8];
        const int chains = PEAK_SUMS * loops->lanes;
        for (int v = 0; v < chains + 2 * loops->lanes; v++)
            values[v] = v < chains ? (float)v : v < chains + loops->lanes ? 0.5f : 1.0f;
        expect_near((double)loops->multiply_add(100, values), 2.0 * chains, 0);
        expect_near((double)loops->multiply_add(1, values), 0.25 * chains * (chains - 1) + chains, 0.5);
        for (int v = 0; v < PEAK_LANES_MAX * 8; v++)
            block[v] = 1.0f;
        loops->scale(PEAK_LANES_MAX * 8, block, 3.0f);
        expect_near((double)loops->read(PEAK_LANES_MAX * 8, block), 3.0 * PEAK_LANES_MAX * 8, 0);
        assert_string_equal(peak_kernels(set.name), set.name);
    }
    assert_true(peak_flops(peak_loops_of(peak_kernels("auto")), 1) > 1e8);
}

static void test_grid(void **state)
{
    struct scale_grid grid;
    int defaults = 0, fewer = 0, longest = 0;
    (void)state;
    scale_grid_make(&grid, 6, false);
    for (int i = 0; i < grid.count; i++) {
        const struct scale_point *p = &grid.points[i];
        int others = (p->T != 500) + (p->N != 64) + (p->H != 100) + (p->E != 32) + (p->threads != 6);
        assert_int_equal(others, p->is_default ? 0 : 1);
        defaults += p->is_default;
        fewer += p->threads < 6;
        longest = p->T > longest ? p->T : longest;
    }
    assert_int_equal(defaults, 1);
    assert_int_equal(fewer, 3); /* 1, 2, 4 */
    assert_int_equal(grid.longest, longest);
    scale_grid_make(&grid, 1, false);
    for (int i = 0; i < grid.count; i++)
        assert_int_equal(grid.points[i].threads, 1);
}

/* As synthetic.h says. */
static void test_synthetic(void **state)
{
    enum { COUNT = 2000, T = 500, V = 5000 };
    struct reviews reviews, again;
    struct error error;
    double length = 0, outside = 0, positive = 0, long_ones = 0;
    (void)state;
    assert_true(reviews_synthetic(&reviews, COUNT, T, V, 7, &error));
    for (int i = 0; i < COUNT; i++) {
        const int32_t *row = reviews.tokens + (size_t)i * T;
        assert_in_range(reviews.pads[i], 0, T - 10);
        for (int t = 0; t < T; t++) {
            assert_true(t < reviews.pads[i] ? row[t] == 0 : row[t] >= 2 && row[t] < V);
            outside += row[t] == 2;
        }
        length += T - reviews.pads[i];
        long_ones += reviews.pads[i] == 0;
        positive += reviews.labels[i];
    }
    expect_near(length / COUNT, 223.7, 10);
    expect_near(long_ones / COUNT, 0.07, 0.02);
    expect_near(outside / length, 0.147, 0.01);
    expect_near(positive / COUNT, 0.5, 0.05);
    assert_true(reviews_synthetic(&again, 10, T, V, 7, &error)); /* the first of any number */
    assert_memory_equal(again.tokens, reviews.tokens, 10 * T * sizeof *again.tokens);
    reviews_free(&again);
    reviews_free(&reviews);
}

/* The last words, and pads as far as they are still there. */
static void test_shorter_reviews(void **state)
{
    int32_t tokens[] = {0, 0, 0, 4, /**/ 5, 6, 7, 8}, pads[] = {3, 0};
    uint8_t labels[] = {1, 0};
    const struct reviews all = {.count = 2, .T = 4, .tokens = tokens, .pads = pads, .labels = labels};
    static const int32_t expected_tokens[] = {0, 4, 7, 8, 0, 4}, expected_pads[] = {1, 0, 1};
    static const uint8_t expected_labels[] = {1, 0, 1};
    struct reviews taken;
    struct error error;
    (void)state;
    assert_true(reviews_take(&taken, &all, 3, 2, &error));
    assert_int_equal(taken.T, 2);
    assert_memory_equal(taken.tokens, expected_tokens, sizeof expected_tokens);
    assert_memory_equal(taken.pads, expected_pads, sizeof expected_pads);
    assert_memory_equal(taken.labels, expected_labels, sizeof expected_labels);
    reviews_free(&taken);
}

/* The batches that were counted are those that the steps read: here every review has three words, the same two, so each
 * step has the same work. */
static void test_counted_batches(void **state)
{
    enum { COUNT = 8, T = 10, N = 4, PADS = 7 };
    int32_t tokens[COUNT * T] = {0}, pads[COUNT];
    uint8_t labels[COUNT] = {0};
    const struct reviews reviews = {.count = COUNT, .T = T, .tokens = tokens, .pads = pads, .labels = labels};
    for (int i = 0; i < COUNT; i++) {
        pads[i] = PADS;
        for (int t = PADS; t < T; t++)
            tokens[i * T + t] = 8 + t % 2;
    }
    struct preset_options sizes;
    struct spec spec;
    struct error error;
    struct backend *backend;
    struct network network = {0};
    struct training_state weights = {0};
    struct timing timing;
    (void)state;
    assert_true(preset_defaults(&sizes, "lstm", &error));
    sizes.vocabulary = 20;
    sizes.maxlen = T;
    sizes.units = 3;
    sizes.embedding = 2;
    assert_true(spec_preset(&spec, "lstm", &sizes, &error));
    assert_true(
        backend_open(&backend, &(struct backend_options){.device = "cpu", .threads = 2}, NULL, &error));
    assert_true(network_open(&network, backend, &spec, N, 1, &error));
    assert_true(training_state_open(&weights, &network.parameters, &error));
    assert_true(parameters_initialize(&network.parameters, 1, weights.weights, &error));
    network_upload(&network, &weights);
    const struct timing_options options = {.steps = 5, .group = 1, .batch_size = N, .seed = 1};
    assert_int_equal(timing_reviews(&options), 8 * N);
    assert_true(timing_run(&timing, &options, &network, &weights, &reviews, &error));
    assert_int_equal(timing.count, 5);
    assert_true(timing.is_counted);
    for (int i = 0; i < timing.count; i++)
        assert_true(timing.us[i] > 0);
    expect_near(timing.work.row_steps, N * (T - PADS) + PADS, 0);
    /* 19 row-steps of 24 H^2, three tokens of 24 E H, and the head */
    expect_near(timing.work.flops, 19 * 216 + 3 * 144 + 6 * N * 3, 1e-6);
    timing_close(&timing);
    const struct timing_options too_few = {.steps = 3, .group = 4, .batch_size = N, .seed = 1};
    assert_false(timing_run(&timing, &too_few, &network, &weights, &reviews, &error));
    assert_string_equal(error.message, "--steps 3: a group is 4; use more, or a smaller --group");
    timing_close(&timing);
    training_state_close(&weights);
    network_close(&network);
    backend_close(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics),      cmocka_unit_test(test_busy_ticks),
        cmocka_unit_test(test_loops),           cmocka_unit_test(test_grid),
        cmocka_unit_test(test_synthetic),       cmocka_unit_test(test_shorter_reviews),
        cmocka_unit_test(test_counted_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
