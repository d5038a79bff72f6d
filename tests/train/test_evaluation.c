/* Evaluating on a backend that likes more rows at a time than a training batch has. */
#include "compare.h"
#include "matinee/cpu.h"
#include "model/small_specs.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 4, BEST = 16, COUNT = 40, BATCHES_MOST = 64 };

/* The CPU, with an answer of its own to inference_rows, and the rows of the batches that it has loaded. */
static struct {
    struct backend_ops ops;
    struct backend_memory memory;
    void (*load_batch)(struct backend *, const struct load_batch *);
    int best;
    int batches, rows[BATCHES_MOST];
} liking;

static int liked_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    (void)dims;
    return liking.best;
}

static void noted_load(struct backend *backend, const struct load_batch *op)
{
    assert_true(liking.batches < BATCHES_MOST);
    liking.rows[liking.batches++] = op->N;
    liking.load_batch(backend, op);
}

static struct backend *open_liking(int best)
{
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 2, &error));
    liking.ops = *backend->ops;
    liking.memory = *backend->memory;
    liking.load_batch = backend->ops->load_batch;
    liking.ops.load_batch = noted_load;
    liking.memory.inference_rows = liked_rows;
    liking.best = best;
    liking.batches = 0;
    backend->ops = &liking.ops;
    backend->memory = &liking.memory;
    return backend;
}

static void expect_batches(int count, const int *rows)
{
    assert_int_equal(liking.batches, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(liking.rows[i], rows[i]);
    liking.batches = 0;
}

struct result {
    struct score score;
    float probabilities[COUNT];
};

static struct result evaluate(struct network *network, const struct reviews *reviews)
{
    struct result result;
    struct error error;
    fill_nan(result.probabilities, COUNT);
    if (!trainer_evaluate(network, reviews, &result.score, result.probabilities, &error))
        fail_msg("%s", error.message);
    return result;
}

/* Rows to the bit; sums up to the order of their additions. */
static void expect_same(const char *what, const struct result *result, const struct result *expected,
                        int count)
{
    expect_equal_bits(what, result->probabilities, expected->probabilities,
                      (size_t)count * sizeof *result->probabilities);
    expect_close_number(what, result->score.loss, expected->score.loss,
                        (struct tolerance){.relative = 1e-13});
    assert_true(result->score.accuracy == expected->score.accuracy);
}

/* Two and a half batches of 16 are ten of 4, for every kind of layer. */
static void test_large_batches_equal_small_ones(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run small, large;
        small_spec(&spec, number);
        small_run_open_spec(&small, &spec, BATCH, 2, 7);
        assert_int_equal(small.network.N_evaluate, BATCH);
        small_run_open_on(&large, open_liking(BEST), &spec, BATCH, 7);
        assert_int_equal(large.network.N_train, BATCH);
        assert_int_equal(large.network.N_evaluate, BEST);
        network_upload(&small.network, &small.state);
        network_upload(&large.network, &large.state);
        const struct result expected = evaluate(&small.network, &reviews);
        const struct result result = evaluate(&large.network, &reviews);
        expect_batches(3, (const int[]){16, 16, 8});
        expect_same(small_spec_name(number), &result, &expected, COUNT);
        small_run_close(&small);
        small_run_close(&large);
    }
    small_reviews_close(&reviews);
}

/* A batch has no more rows than there are reviews. */
static void test_few_reviews(void **state)
{
    (void)state;
    static const int32_t first[] = {0, 1, 2, 3, 4, 5, 6};
    struct reviews reviews, few;
    struct small_run run;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    small_reviews_pick(&few, &reviews, first, 7);
    struct spec spec;
    small_preset(&spec, "lstm");
    small_run_open_on(&run, open_liking(BEST), &spec, BATCH, 7);
    network_upload(&run.network, &run.state);
    const struct result all = evaluate(&run.network, &reviews);
    liking.batches = 0;
    const struct result some = evaluate(&run.network, &few);
    expect_batches(1, (const int[]){7});
    expect_equal_bits("probabilities", some.probabilities, all.probabilities, 7 * sizeof(float));
    small_run_close(&run);
    small_reviews_close(&few);
    small_reviews_close(&reviews);
}

/* Training takes its own batches, and neither memory nor bits from an evaluation in between. */
static void test_training_between_evaluations(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run plain, evaluated;
        small_spec(&spec, number);
        small_run_open_spec(&plain, &spec, BATCH, 2, 7);
        small_run_open_on(&evaluated, open_liking(BEST), &spec, BATCH, 7);
        small_run_fit(&plain, &reviews, 2, BATCH, 7);
        network_upload(&evaluated.network, &evaluated.state);
        evaluate(&evaluated.network, &reviews);
        small_run_fit(&evaluated, &reviews, 1, BATCH, 7);
        evaluate(&evaluated.network, &reviews);
        small_run_fit(&evaluated, &reviews, 1, BATCH, 7);
        small_run_expect_same(small_spec_name(number), &evaluated, &plain);
        assert_int_equal(liking.rows[3], BATCH);
        small_run_close(&plain);
        small_run_close(&evaluated);
    }
    small_reviews_close(&reviews);
}

/* A network that only evaluates has the same numbers and none of what training needs. */
static void test_only_evaluating(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run run;
        struct network network;
        struct training_state after;
        struct error error;
        small_spec(&spec, number);
        small_run_open_on(&run, open_liking(BEST), &spec, BATCH, 7);
        network_upload(&run.network, &run.state);
        assert_true(network_open_evaluating(&network, run.backend, &spec, BATCH, COUNT, &error));
        assert_int_equal(network.N_train, 0);
        assert_int_equal(network.N_evaluate, BEST);
        assert_true(!network.gradients && !network.m && !network.v);
        for (int i = 0; i < SPEC_MAX_LAYERS; i++)
            assert_true(!network.layers[i].dy && !network.layers[i].saved);
        network_upload(&network, &run.state);
        const struct result expected = evaluate(&run.network, &reviews);
        const struct result result = evaluate(&network, &reviews);
        expect_same(small_spec_name(number), &result, &expected, COUNT);
        assert_true(training_state_open(&after, &run.table, &error));
        network_download(&network, &after);
        expect_equal_bits("weights", after.weights, run.state.weights, run.table.total_count * sizeof(float));
        training_state_close(&after);
        network_close(&network);
        small_run_close(&run);
    }
    small_reviews_close(&reviews);
}

/* A text alone takes the memory of a row, be the backend as fond of many as it likes. */
static void test_only_evaluating_few(void **state)
{
    (void)state;
    static const int reviews[] = {1, BATCH, BEST - 1, BEST, BEST + 1};
    struct backend *backend = open_liking(BEST);
    struct spec spec;
    small_preset(&spec, "cnn-lstm");
    for (size_t i = 0; i < sizeof reviews / sizeof reviews[0]; i++) {
        struct network network;
        struct error error;
        assert_true(network_open_evaluating(&network, backend, &spec, BATCH, reviews[i], &error));
        assert_int_equal(network.N_evaluate, reviews[i] < BEST ? reviews[i] : BEST);
        network_close(&network);
    }
    backend->close(backend);
}

static void test_too_many_rows(void **state)
{
    (void)state;
    struct backend *backend = open_liking(BEST);
    struct spec spec;
    struct network network;
    struct error error;
    small_preset(&spec, "lstm");
    spec.maxlen = 1 << 20;
    assert_false(network_open(&network, backend, &spec, 1 << 12, 7, &error));
    assert_non_null(strstr(error.message, "4096 rows of 1048576 steps"));
    assert_false(network_open_evaluating(&network, backend, &spec, 1 << 12, 1 << 13, &error));
    assert_non_null(strstr(error.message, "4096 rows of 1048576 steps"));
    backend->close(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_batches_equal_small_ones),
        cmocka_unit_test(test_few_reviews),
        cmocka_unit_test(test_training_between_evaluations),
        cmocka_unit_test(test_only_evaluating),
        cmocka_unit_test(test_only_evaluating_few),
        cmocka_unit_test(test_too_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
