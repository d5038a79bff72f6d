/* Replacing tokens one at a time, beside rows that were changed by hand. */
#include "compare.h"
#include "model/small_specs.h"
#include "rows_backend.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 4, COUNT = 8, PADS = 3, REPLACEMENT = 2, ROWS = 1 + COUNT };

static const int32_t tokens[SMALL_T] = {0, 0, 0, 1, 17, 5, 29, 2, 8, 17, 0, 6, 11};
static const int32_t positions[COUNT] = {4, 12, 5, 3, 7, 9, 10, 4};

/* A network that only evaluates, with the run's weights. */
static void open_evaluating(struct network *network, struct small_run *run, int reviews)
{
    struct error error;
    if (!network_open_evaluating(network, run->backend, &run->spec, BATCH, reviews, &error))
        fail_msg("%s", error.message);
    network_upload(network, &run->state);
}

static void occlude(struct network *network, int count, double *logits)
{
    struct error error;
    const struct occlusion occlusion = {.tokens = tokens,
                                        .pads = PADS,
                                        .replacement = REPLACEMENT,
                                        .count = count,
                                        .positions = positions,
                                        .logits = logits};
    for (int i = 0; i <= count; i++)
        logits[i] = NAN;
    if (!trainer_occlude(network, &occlusion, &error))
        fail_msg("%s", error.message);
}

/* Two full batches and one of a row, for every kind of layer. */
static void test_as_by_hand(void **state)
{
    (void)state;
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run run;
        struct network network;
        struct reviews reviews;
        struct score score;
        struct error error;
        float probabilities[ROWS];
        double logits[ROWS], expected[ROWS];
        small_spec(&spec, number);
        small_run_open_on(&run, rows_backend_open(BATCH), &spec, BATCH, 7);
        open_evaluating(&network, &run, ROWS);
        assert_int_equal(network.N_evaluate, BATCH);
        small_reviews_open(&reviews, ROWS, SMALL_T, SMALL_V);
        for (int n = 0; n < ROWS; n++) {
            memcpy(reviews.tokens + n * SMALL_T, tokens, sizeof tokens);
            reviews.pads[n] = PADS;
            if (n > 0)
                reviews.tokens[n * SMALL_T + positions[n - 1]] = REPLACEMENT;
        }
        assert_true(trainer_evaluate(&network, &reviews, &score, probabilities, &error));
        for (int n = 0; n < ROWS; n++)
            expected[n] = log((double)probabilities[n]) - log1p(-(double)probabilities[n]);
        occlude(&network, COUNT, logits);
        expect_close_doubles(small_spec_name(number), logits, expected, ROWS,
                             (struct tolerance){.absolute = 1e-6});
        assert_true(fabs(logits[1] - logits[0]) > 1e-5); /* the replacement makes a difference */
        assert_true(logits[5] == logits[0]);             /* and none where the token is the replacement */
        assert_true(logits[8] == logits[1]);
        small_reviews_close(&reviews);
        network_close(&network);
        small_run_close(&run);
    }
}

static void test_no_positions(void **state)
{
    (void)state;
    struct spec spec;
    struct small_run run;
    struct network network;
    double all[ROWS], one;
    small_preset(&spec, "lstm");
    small_run_open_on(&run, rows_backend_open(BATCH), &spec, BATCH, 7);
    open_evaluating(&network, &run, 1);
    occlude(&network, 0, &one);
    occlude(&network, COUNT, all);
    assert_int_equal(network.N_evaluate, 1);
    assert_true(one == all[0]);
    network_close(&network);
    small_run_close(&run);
}

/* The bias of the head moves every logit by as much, also where a probability in float is 0 or 1. */
static void test_confident_rows(void **state)
{
    (void)state;
    static const float biases[] = {-60, -20, 12, 20, 30};
    struct spec spec;
    struct small_run run;
    struct network network;
    double plain[ROWS], logits[ROWS], expected[ROWS];
    small_preset(&spec, "lstm");
    small_run_open_on(&run, rows_backend_open(BATCH), &spec, BATCH, 7);
    open_evaluating(&network, &run, ROWS);
    float *bias = run.state.weights + parameter_find(&run.table, spec.layer_count - 1, 1)->offset;
    occlude(&network, COUNT, plain);
    for (size_t i = 0; i < sizeof biases / sizeof biases[0]; i++) {
        char what[32];
        snprintf(what, sizeof what, "a bias of %g", (double)biases[i]);
        *bias = biases[i];
        network_upload(&network, &run.state);
        occlude(&network, COUNT, logits);
        for (int n = 0; n < ROWS; n++)
            expected[n] = plain[n] + (double)biases[i];
        /* 1-p is made in double: at 30 its last digit is worth 1e-3. */
        expect_close_doubles(what, logits, expected, ROWS,
                             (struct tolerance){.absolute = biases[i] == 30 ? 2e-3 : 1e-6});
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        *bias = (float)sign * 1e6f;
        network_upload(&network, &run.state);
        occlude(&network, COUNT, logits);
        for (int n = 0; n < ROWS; n++)
            assert_true(isfinite(logits[n]) && logits[n] * sign > 36);
    }
    network_close(&network);
    small_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_by_hand),
        cmocka_unit_test(test_no_positions),
        cmocka_unit_test(test_confident_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
