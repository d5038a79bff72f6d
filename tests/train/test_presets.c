/* Every preset, and a deep one of all layers, through the trainer: what does not depend on threads, pads and masks. */
#include "compare.h"
#include "model/small_specs.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { V = SMALL_V, T = SMALL_T, REVIEWS = 21, BATCH = 8, EPOCHS = 2, SEED = 7 };

static void make(struct spec *spec, int number)
{
    small_spec(spec, number);
    spec->adam.learning_rate = 0.01;
}

static struct score train(struct small_run *run, const struct spec *spec, const struct reviews *reviews,
                          int threads, uint64_t mask_seed)
{
    small_run_open_spec(run, spec, BATCH, threads, mask_seed);
    return small_run_fit(run, reviews, EPOCHS, BATCH, SEED);
}

/* The last batch has 5 rows. */
static void test_threads_and_runs_do_not_matter(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5};
    struct reviews reviews;
    small_reviews_open(&reviews, REVIEWS, T, V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run first, again;
        make(&spec, number);
        struct score score = train(&first, &spec, &reviews, 1, SEED);
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            struct score repeated = train(&again, &spec, &reviews, threads[i], SEED);
            small_run_expect_same(small_spec_name(number), &again, &first);
            expect_equal_bits("loss", &repeated.loss, &score.loss, sizeof score.loss);
            small_run_close(&again);
        }
        small_run_close(&first);
    }
    small_reviews_close(&reviews);
}

/* A step told of no pads computes them row by row: the same but for rounding, which Adam enlarges where a gradient
 * is next to nothing. So the plain gradient step of one batch is compared. */
static void test_pads_only_save_time(void **state)
{
    (void)state;
    struct reviews reviews, unknown;
    int32_t none[BATCH] = {0};
    small_reviews_open(&reviews, BATCH, T, V);
    unknown = reviews;
    unknown.pads = none;
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run known_run, unknown_run;
        make(&spec, number);
        spec.adam.beta_1 = 0;
        small_run_open_spec(&known_run, &spec, BATCH, 1, SEED);
        small_run_open_spec(&unknown_run, &spec, BATCH, 1, SEED);
        (void)small_run_fit(&known_run, &reviews, 1, BATCH, SEED);
        (void)small_run_fit(&unknown_run, &unknown, 1, BATCH, SEED);
        for (int p = 0; p < known_run.table.count; p++) {
            const struct parameter *parameter = &known_run.table.items[p];
            double *expected = allocate(parameter->count, sizeof *expected);
            for (size_t k = 0; k < parameter->count; k++)
                expected[k] = (double)unknown_run.state.m[parameter->offset + k];
            char what[160];
            snprintf(what, sizeof what, "%s: gradient of %s", small_spec_name(number), parameter->name);
            expect_close(what, known_run.state.m + parameter->offset, expected, parameter->count,
                         of_largest(1e-5, expected, parameter->count));
            free(expected);
        }
        small_run_close(&known_run);
        small_run_close(&unknown_run);
    }
    small_reviews_close(&reviews);
}

/* Each preset that drops trains otherwise with other masks, and predicts the same with the same weights. */
static void test_masks_are_of_training_alone(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, REVIEWS, T, V);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run a, b;
        struct score scores[2];
        struct error error;
        make(&spec, number);
        bool drops = strstr(small_spec_name(number), "dropout") || strstr(small_spec_name(number), "best") ||
                     number == SMALL_DEEP;
        (void)train(&a, &spec, &reviews, 1, SEED);
        (void)train(&b, &spec, &reviews, 1, SEED + 1);
        bool same = memcmp(a.state.weights, b.state.weights, a.table.total_count * sizeof(float)) == 0;
        if (same == drops)
            fail_msg("%s: other masks make %s weights", small_spec_name(number), same ? "the same" : "other");

        float probabilities[2][REVIEWS];
        network_upload(&b.network, &a.state);
        assert_true(trainer_evaluate(&a.network, &reviews, &scores[0], probabilities[0], &error));
        assert_true(trainer_evaluate(&b.network, &reviews, &scores[1], probabilities[1], &error));
        expect_equal_bits("predictions", probabilities[0], probabilities[1], sizeof probabilities[0]);
        small_run_close(&a);
        small_run_close(&b);
    }
    small_reviews_close(&reviews);
}

/* With the same weights a preset predicts as the one without its dropout. */
static void test_nothing_is_dropped_in_predictions(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"lstm", "lstm-dropout"},
                                           {"lstm", "lstm-gate-dropout"},
                                           {"lstm", "lstm-embedding-dropout"},
                                           {"bilstm", "bilstm-gate-dropout"},
                                           {"cnn-lstm", "cnn-lstm-dropout"}};
    struct reviews reviews;
    small_reviews_open(&reviews, REVIEWS, T, V);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        float probabilities[2][REVIEWS];
        for (int side = 0; side < 2; side++) {
            struct spec spec;
            struct small_run run;
            struct score score;
            struct error error;
            small_preset(&spec, pairs[i][side]);
            small_run_open_spec(&run, &spec, BATCH, 1, SEED);
            network_upload(&run.network, &run.state);
            assert_true(trainer_evaluate(&run.network, &reviews, &score, probabilities[side], &error));
            small_run_close(&run);
        }
        expect_equal_bits(pairs[i][1], probabilities[0], probabilities[1], sizeof probabilities[0]);
    }
    small_reviews_close(&reviews);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_and_runs_do_not_matter),
        cmocka_unit_test(test_pads_only_save_time),
        cmocka_unit_test(test_masks_are_of_training_alone),
        cmocka_unit_test(test_nothing_is_dropped_in_predictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
