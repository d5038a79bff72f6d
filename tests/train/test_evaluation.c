/* Evaluating some rows at a time, in the order of their pads. */
#include "compare.h"
#include "matinee/cpu.h"
#include "model/small_specs.h"
#include "rows_backend.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 4, BEST = 16, COUNT = 40 };

static void expect_batches(int count, const int *rows)
{
    assert_int_equal(noted_loads.batches, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(noted_loads.rows[i], rows[i]);
    noted_loads = (struct noted_loads){.batches = 0};
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

static void expect_same(const char *what, const struct result *result, const struct result *expected,
                        int count)
{
    expect_equal_bits(what, result->probabilities, expected->probabilities,
                      (size_t)count * sizeof *result->probabilities);
    expect_equal_bits("score", &result->score, &expected->score, sizeof result->score);
}

/* Neither a row's probability nor the score knows how many rows are evaluated at a time, for any kind of layer. */
static void test_any_number_of_rows(void **state)
{
    (void)state;
    static const int bests[] = {1, 3, 7, BEST, COUNT - 1, COUNT, COUNT + 1};
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct result expected;
        small_spec(&spec, number);
        for (size_t i = 0; i < sizeof bests / sizeof bests[0]; i++) {
            struct small_run run;
            small_run_open_on(&run, rows_backend_open(bests[i]), &spec, 1, 7);
            assert_int_equal(run.network.N_train, 1);
            assert_int_equal(run.network.N_evaluate, bests[i]);
            network_upload(&run.network, &run.state);
            const struct result result = evaluate(&run.network, &reviews);
            assert_int_equal(noted_loads.batches, (COUNT + bests[i] - 1) / bests[i]);
            if (i == 0)
                expected = result;
            expect_same(small_spec_name(number), &result, &expected, COUNT);
            small_run_close(&run);
        }
    }
    small_reviews_close(&reviews);
}

/* Opens a network that evaluates BEST rows at a time. */
static void open_run(struct small_run *run)
{
    struct spec spec;
    small_preset(&spec, "lstm");
    small_run_open_on(run, rows_backend_open(BEST), &spec, BATCH, 7);
    assert_int_equal(run->network.N_train, BATCH);
    assert_int_equal(run->network.N_evaluate, BEST);
    network_upload(&run->network, &run->state);
}

/* Fewest pads first, and those with as many in their own order; T of them is no exception. */
static void test_the_order(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    reviews.pads[5] = reviews.pads[29] = SMALL_T;
    for (int t = 0; t < SMALL_T; t++)
        reviews.tokens[5 * SMALL_T + t] = reviews.tokens[29 * SMALL_T + t] = 0;
    open_run(&run);
    evaluate(&run.network, &reviews);
    assert_int_equal(noted_loads.reviews, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(noted_loads.pads[i], reviews.pads[noted_loads.review[i]]);
    for (int i = 1; i < COUNT; i++) {
        assert_true(noted_loads.pads[i] >= noted_loads.pads[i - 1]);
        assert_true(noted_loads.pads[i] > noted_loads.pads[i - 1] ||
                    noted_loads.review[i] > noted_loads.review[i - 1]);
    }
    assert_int_equal(noted_loads.review[COUNT - 1], 29);
    expect_batches(3, (const int[]){BEST, BEST, COUNT - 2 * BEST});
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* Reviews of one length, among them one alone, are read as they lie. */
static void test_equal_lengths(void **state)
{
    (void)state;
    static const int32_t one[] = {17};
    static const int pads[] = {0, 4, SMALL_T};
    struct reviews reviews, alone;
    struct small_run run;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    open_run(&run);
    for (size_t k = 0; k < sizeof pads / sizeof pads[0]; k++) {
        for (int n = 0; n < COUNT; n++) {
            reviews.pads[n] = pads[k];
            for (int t = 0; t < SMALL_T; t++)
                reviews.tokens[n * SMALL_T + t] = t < pads[k] ? 0 : 1 + (n * 7 + t * 3) % (SMALL_V - 1);
        }
        noted_loads = (struct noted_loads){.batches = 0};
        const struct result all = evaluate(&run.network, &reviews);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(noted_loads.review[i], i);
        small_reviews_pick(&alone, &reviews, one, 1);
        const struct result result = evaluate(&run.network, &alone);
        expect_equal_bits("one review", result.probabilities, all.probabilities + one[0], sizeof(float));
        small_reviews_close(&alone);
    }
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* On a backend that cannot read the host's tokens they are copied, two bytes of each where that is enough. */
static void test_copied_reviews(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    struct result expected;
    for (int V = SMALL_V; V <= 65537; V = V == SMALL_V ? 65536 : V + 1)
        for (int copies = 0; copies < 2; copies++) {
            struct spec spec;
            struct small_run run;
            struct resident_reviews resident;
            struct error error;
            small_preset(&spec, "lstm");
            spec.layers[0].input_dim = V;
            reviews.tokens[COUNT * SMALL_T - 1] = V - 1;
            small_run_open_on(&run, rows_backend_open(BEST), &spec, BATCH, 7);
            run.backend->reads_host = !copies;
            assert_true(resident_reviews_open(&resident, &run.network, &reviews, &error));
            assert_int_equal(resident.token_bytes, copies && V <= 65536 ? 2 : 4);
            assert_true((resident.tokens == reviews.tokens) == !copies);
            assert_true((resident.tokens == resident.copy) == copies);
            assert_int_equal(resident_reviews_bytes(run.backend, V, SMALL_T, COUNT),
                             COUNT * (9 + copies * SMALL_T * resident.token_bytes));
            resident_reviews_close(&resident);
            network_upload(&run.network, &run.state);
            const struct result result = evaluate(&run.network, &reviews);
            if (!copies)
                expected = result;
            expect_same("copied reviews", &result, &expected, COUNT);
            small_run_close(&run);
        }
    small_reviews_close(&reviews);
}

/* More tokens than are copied at a time, the last piece a short one. */
static void test_copies_in_pieces(void **state)
{
    (void)state;
    enum { MANY = 9, LONG_T = (1 << 19) + 3 };
    const size_t count = (size_t)MANY * LONG_T;
    int32_t *tokens = malloc(count * sizeof *tokens), pads[MANY] = {0};
    uint16_t *short_tokens = malloc(count * sizeof *short_tokens);
    uint8_t labels[MANY] = {0};
    assert_true(tokens != NULL && short_tokens != NULL);
    for (size_t i = 0; i < count; i++)
        short_tokens[i] = (uint16_t)(tokens[i] = (int32_t)(i % 65521));
    for (int kind = 0; kind < 3; kind++) { /* four bytes; four cut to two; two */
        struct spec spec;
        struct small_run run;
        struct resident_reviews resident;
        struct error error;
        const struct reviews reviews = {.count = MANY,
                                        .T = LONG_T,
                                        .tokens = kind < 2 ? tokens : NULL,
                                        .short_tokens = kind < 2 ? NULL : short_tokens,
                                        .pads = pads,
                                        .labels = labels};
        small_preset(&spec, "lstm");
        spec.layers[0].input_dim = kind == 0 ? 65537 : 65536;
        small_run_open_on(&run, rows_backend_open(BEST), &spec, BATCH, 7);
        run.backend->reads_host = false;
        assert_true(resident_reviews_open(&resident, &run.network, &reviews, &error));
        if (kind == 0)
            assert_memory_equal(resident.copy, tokens, count * sizeof *tokens);
        else
            assert_memory_equal(resident.copy, short_tokens, count * sizeof *short_tokens);
        resident_reviews_close(&resident);
        small_run_close(&run);
    }
    free(tokens);
    free(short_tokens);
}

/* Rows of two bytes a token, as n-grams have them, also before an Embedding with more rows than that can name. */
static void test_short_reviews(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    uint16_t tokens[COUNT * SMALL_T];
    for (int i = 0; i < COUNT * SMALL_T; i++)
        tokens[i] = (uint16_t)reviews.tokens[i];
    struct reviews small = reviews;
    small.tokens = NULL;
    small.short_tokens = tokens;
    assert_int_equal(reviews_token(&small, COUNT * SMALL_T - 1), reviews.tokens[COUNT * SMALL_T - 1]);
    for (int V = SMALL_V; V <= 65537; V += 65537 - SMALL_V)
        for (int copies = 0; copies < 2; copies++) {
            struct spec spec;
            struct small_run run;
            struct resident_reviews resident;
            struct error error;
            small_preset(&spec, "lstm");
            spec.layers[0].input_dim = V;
            small_run_open_on(&run, rows_backend_open(BEST), &spec, BATCH, 7);
            run.backend->reads_host = !copies;
            assert_true(resident_reviews_open(&resident, &run.network, &small, &error));
            assert_int_equal(resident.token_bytes, 2);
            assert_true((resident.tokens == small.short_tokens) == !copies);
            assert_memory_equal(resident.tokens, tokens, sizeof tokens);
            resident_reviews_close(&resident);
            network_upload(&run.network, &run.state);
            const struct result expected = evaluate(&run.network, &reviews),
                                result = evaluate(&run.network, &small);
            expect_same("short reviews", &result, &expected, COUNT);
            small_run_close(&run);
        }
    small_reviews_close(&reviews);
}

/* As far as probabilities in float tell. */
static void expect_means(const struct result *result, const struct reviews *reviews)
{
    double loss = 0.0, correct = 0.0;
    for (int n = 0; n < reviews->count; n++) {
        double p = (double)result->probabilities[n], right = reviews->labels[n] ? p : 1.0 - p;
        loss -= log(right);
        correct += right > 0.5;
    }
    expect_close_number("loss", result->score.loss, loss / reviews->count,
                        (struct tolerance){.absolute = 1e-6});
    assert_true(result->score.accuracy == correct / reviews->count);
}

/* A batch has no more rows than there are reviews; what was evaluated before does not count. */
static void test_few_reviews(void **state)
{
    (void)state;
    static const int32_t first[] = {0, 1, 2, 3, 4, 5, 6};
    struct reviews reviews, few;
    struct small_run run;
    small_reviews_open(&reviews, COUNT, SMALL_T, SMALL_V);
    small_reviews_pick(&few, &reviews, first, 7);
    open_run(&run);
    const struct result all = evaluate(&run.network, &reviews);
    noted_loads.batches = 0;
    const struct result some = evaluate(&run.network, &few);
    expect_batches(1, (const int[]){7});
    expect_equal_bits("probabilities", some.probabilities, all.probabilities, 7 * sizeof(float));
    expect_means(&all, &reviews);
    expect_means(&some, &few);
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
        small_run_open_on(&evaluated, rows_backend_open(BEST), &spec, BATCH, 7);
        small_run_fit(&plain, &reviews, 2, BATCH, 7);
        network_upload(&evaluated.network, &evaluated.state);
        evaluate(&evaluated.network, &reviews);
        small_run_fit(&evaluated, &reviews, 1, BATCH, 7);
        evaluate(&evaluated.network, &reviews);
        small_run_fit(&evaluated, &reviews, 1, BATCH, 7);
        small_run_expect_same(small_spec_name(number), &evaluated, &plain);
        assert_int_equal(noted_loads.rows[3], BATCH);
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
        small_run_open_on(&run, rows_backend_open(BEST), &spec, BATCH, 7);
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
    struct backend *backend = rows_backend_open(BEST);
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
    struct backend *backend = rows_backend_open(BEST);
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
        cmocka_unit_test(test_any_number_of_rows),
        cmocka_unit_test(test_the_order),
        cmocka_unit_test(test_equal_lengths),
        cmocka_unit_test(test_copied_reviews),
        cmocka_unit_test(test_copies_in_pieces),
        cmocka_unit_test(test_few_reviews),
        cmocka_unit_test(test_training_between_evaluations),
        cmocka_unit_test(test_short_reviews),
        cmocka_unit_test(test_only_evaluating),
        cmocka_unit_test(test_only_evaluating_few),
        cmocka_unit_test(test_too_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
