/* Pairs, claims and verdicts over made-up runs. */
#include "comparison.h"

#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct tolerance exact = {1e-12, 1e-12};

enum { SEEDS = 3, EPOCHS = 2, MODELS_MAX = 9 };

/* Runs of two epochs: the first has this loss, the last this accuracy, and both take so long. */
struct made_up {
    double first_loss[SEEDS], accuracy[SEEDS], seconds[SEEDS];
};

struct laboratory {
    struct epoch_record epochs[SEEDS][MODELS_MAX][EPOCHS];
    struct run_result results[SEEDS][MODELS_MAX];
    const struct run_result *pointers[SEEDS * MODELS_MAX];
    struct compared_runs runs;
};

static void fill(struct laboratory *laboratory, int models, const char *const *names,
                 const struct made_up *made)
{
    memset(laboratory, 0, sizeof *laboratory);
    for (int seed = 0; seed < SEEDS; seed++)
        for (int i = 0; i < models; i++) {
            struct epoch_record *epochs = laboratory->epochs[seed][i];
            for (int k = 0; k < EPOCHS; k++)
                epochs[k] = (struct epoch_record){
                    .train = {9, 0.1}, .validated = true, .seconds = made[i].seconds[seed]};
            epochs[0].validation = (struct score){made[i].first_loss[seed], 0.2};
            epochs[EPOCHS - 1].validation = (struct score){8, made[i].accuracy[seed]};
            laboratory->results[seed][i] = (struct run_result){.epoch_count = EPOCHS,
                                                               .epochs = epochs,
                                                               .parameters = 100 + i,
                                                               .cost = {10, 20, 30, {NAN, NAN}}};
            laboratory->pointers[seed * models + i] = &laboratory->results[seed][i];
        }
    laboratory->runs = (struct compared_runs){models, SEEDS, names, laboratory->pointers, 0};
}

static struct comparison open(const struct laboratory *laboratory)
{
    struct comparison comparison;
    struct error error;
    assert_true(comparison_open(&comparison, &laboratory->runs, &error));
    return comparison;
}

static const char *const two[] = {"lstm", "cnn-lstm"};
static const struct made_up two_models[] = {
    {{0.5, 0.6, 0.7}, {0.80, 0.84, 0.88}, {10, 12, 14}},
    {{0.4, 0.4, 0.4}, {0.81, 0.86, 0.88}, {5, 6, 7}},
};

static void test_summaries(void **state)
{
    (void)state;
    struct laboratory laboratory;
    fill(&laboratory, 2, two, two_models);
    struct comparison comparison = open(&laboratory);
    const struct model_summary *lstm = &comparison.models[0], *cnn = &comparison.models[1];
    assert_int_equal(comparison.model_count, 2);
    assert_int_equal(lstm->parameters, 100);
    assert_int_equal(lstm->accuracy.count, SEEDS);
    expect_close_number("accuracy", lstm->accuracy.mean, 0.84, exact);
    expect_close_number("deviation", lstm->accuracy.deviation, 0.04, exact);
    expect_close_number("seconds", lstm->epoch_seconds.mean, 12, exact);
    expect_close_number("wall", lstm->wall_seconds.mean, 10, exact);
    assert_int_equal(lstm->epoch_count, EPOCHS);
    expect_close_number("first loss", lstm->epochs[0].validation_loss.mean, 0.6, exact);
    expect_close_number("training loss", lstm->epochs[1].loss.mean, 9, exact);
    expect_close_number("training accuracy", lstm->epochs[1].accuracy.mean, 0.1, exact);
    expect_close_number("last accuracy", cnn->epochs[1].validation_accuracy.mean, 0.85, exact);
    comparison_close(&comparison);
}

static void test_pairs(void **state)
{
    (void)state;
    struct laboratory laboratory;
    fill(&laboratory, 2, two, two_models);
    struct comparison comparison = open(&laboratory);
    const struct model_summary *cnn = &comparison.models[1];
    assert_int_equal(comparison.models[0].accuracy_difference.count, 0);
    assert_int_equal(comparison.models[0].time_ratio.count, 0);
    expect_close_number("difference", cnn->accuracy_difference.mean, 0.01, exact);
    expect_close_number("its deviation", cnn->accuracy_difference.deviation, 0.01,
                        (struct tolerance){1e-9, 0});
    expect_close_number("ratio", cnn->time_ratio.mean, 0.5, exact);
    expect_close_number("no spread", cnn->time_ratio.interval.high, 0.5, exact);
    comparison_close(&comparison);
    laboratory.runs.baseline = 1;
    comparison = open(&laboratory);
    expect_close_number("the other way", comparison.models[0].accuracy_difference.mean, -0.01, exact);
    expect_close_number("the other way", comparison.models[0].time_ratio.mean, 2, exact);
    comparison_close(&comparison);
}

/* A seed counts in a pair only if both models have it. */
static void test_missing_runs(void **state)
{
    (void)state;
    struct laboratory laboratory;
    fill(&laboratory, 2, two, two_models);
    laboratory.pointers[0 * 2 + 1] = NULL; /* cnn-lstm, first seed */
    struct comparison comparison = open(&laboratory);
    assert_int_equal(comparison.models[0].accuracy.count, 3);
    assert_int_equal(comparison.models[1].accuracy.count, 2);
    assert_int_equal(comparison.models[1].accuracy_difference.count, 2);
    expect_close_number("difference", comparison.models[1].accuracy_difference.mean, 0.01, exact);
    comparison_close(&comparison);
    laboratory.pointers[1 * 2 + 0] = NULL; /* lstm, second seed */
    comparison = open(&laboratory);
    assert_int_equal(comparison.models[1].time_ratio.count, 1);
    assert_true(isnan(comparison.models[1].time_ratio.interval.low));
    comparison_close(&comparison);
    laboratory.pointers[1 * 2 + 1] = laboratory.pointers[2 * 2 + 1] = NULL;
    comparison = open(&laboratory);
    assert_int_equal(comparison.models[1].accuracy.count, 0);
    assert_int_equal(comparison.models[1].epoch_count, 0);
    for (int i = 0; i < comparison.claim_count; i++)
        assert_int_equal(comparison.claims[i].verdict, VERDICT_UNDECIDED);
    comparison_close(&comparison);
}

static void test_a_figure_that_is_no_number_decides_nothing(void **state)
{
    (void)state;
    struct laboratory laboratory;
    fill(&laboratory, 2, two, two_models);
    laboratory.epochs[1][1][EPOCHS - 1].validation.accuracy = NAN;
    laboratory.epochs[1][1][EPOCHS - 1].seconds = NAN;
    struct comparison comparison = open(&laboratory);
    assert_true(isnan(comparison.models[1].accuracy.mean));
    assert_int_equal(comparison.claim_count, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(comparison.claims[i].verdict, VERDICT_UNDECIDED);
    comparison_close(&comparison);
}

static void expect_verdict(double low, double high, double from, double to, enum verdict verdict)
{
    assert_string_equal(verdict_name(verdict_of((struct interval){low, high}, (struct interval){from, to})),
                        verdict_name(verdict));
}

static void test_the_rule(void **state)
{
    (void)state;
    expect_verdict(0.1, 0.3, 0, INFINITY, VERDICT_SUPPORTED);
    expect_verdict(-0.1, 0.3, 0, INFINITY, VERDICT_UNDECIDED);
    expect_verdict(-0.3, -0.1, 0, INFINITY, VERDICT_CONTRADICTED);
    expect_verdict(0, 0.1, 0, INFINITY, VERDICT_UNDECIDED);
    expect_verdict(0, 0, 0, INFINITY, VERDICT_CONTRADICTED);
    expect_verdict(1.6, 2.4, 1.5, 2.5, VERDICT_SUPPORTED);
    expect_verdict(1.4, 2.4, 1.5, 2.5, VERDICT_UNDECIDED);
    expect_verdict(1.6, 2.6, 1.5, 2.5, VERDICT_UNDECIDED);
    expect_verdict(1.4, 2.6, 1.5, 2.5, VERDICT_UNDECIDED);
    expect_verdict(2.6, 3, 1.5, 2.5, VERDICT_CONTRADICTED);
    expect_verdict(1, 1.4, 1.5, 2.5, VERDICT_CONTRADICTED);
    expect_verdict(NAN, NAN, 0, INFINITY, VERDICT_UNDECIDED);
    expect_verdict(NAN, 1, 0, 2, VERDICT_UNDECIDED);
    expect_verdict(1, NAN, 0, 2, VERDICT_UNDECIDED);
}

static const struct claim_result *find(const struct comparison *comparison, const char *says,
                                       const char *model)
{
    for (int i = 0; i < comparison->claim_count; i++)
        if (strcmp(comparison->claims[i].claim->says, says) == 0 &&
            strcmp(comparison->claims[i].claim->model, model) == 0)
            return &comparison->claims[i];
    fail_msg("%s of %s is not judged", says, model);
    return NULL;
}

/* Runs in which all that the tutorials say is true, and runs in which nothing is. */
static void test_claims_follow_from_the_runs(void **state)
{
    (void)state;
    static const char *const names[] = {"lstm", "lstm-dropout", "lstm-gate-dropout", "bilstm", "cnn-lstm"};
    static const struct made_up as_they_say[] = {
        {{0.40, 0.41, 0.42}, {0.870, 0.871, 0.872}, {10, 11, 12}},
        {{0.45, 0.46, 0.47}, {0.870, 0.871, 0.872}, {20, 21, 22}},
        {{0.55, 0.56, 0.58}, {0.830, 0.831, 0.832}, {20, 21, 22}},
        {{0.40, 0.41, 0.42}, {0.875, 0.876, 0.877}, {20, 22, 24}},
        {{0.30, 0.31, 0.32}, {0.869, 0.870, 0.872}, {5, 5, 6}},
    };
    static const struct made_up otherwise[] = {
        {{0.40, 0.41, 0.42}, {0.870, 0.871, 0.872}, {10, 11, 12}},
        {{0.35, 0.36, 0.37}, {0.870, 0.871, 0.872}, {20, 21, 22}},
        {{0.25, 0.26, 0.28}, {0.830, 0.831, 0.832}, {20, 21, 22}},
        {{0.40, 0.41, 0.42}, {0.865, 0.866, 0.867}, {30, 33, 36}},
        {{0.30, 0.31, 0.32}, {0.839, 0.840, 0.842}, {25, 25, 26}},
    };
    static const struct made_up *const both[] = {as_they_say, otherwise};
    static const enum verdict verdicts[] = {VERDICT_SUPPORTED, VERDICT_CONTRADICTED};
    for (int i = 0; i < 2; i++) {
        struct laboratory laboratory;
        fill(&laboratory, 5, names, both[i]);
        struct comparison comparison = open(&laboratory);
        assert_int_equal(comparison.claim_count, 6); /* of 9: those of the other presets are not judged */
        assert_int_equal(
            find(&comparison, "dropout between layers slows convergence", "lstm-dropout")->verdict,
            verdicts[i]);
        assert_int_equal(
            find(&comparison, "dropout inside the gates slows it more", "lstm-gate-dropout")->verdict,
            verdicts[i]);
        assert_int_equal(find(&comparison, "two directions take twice the time", "bilstm")->verdict,
                         verdicts[i]);
        assert_int_equal(find(&comparison, "two directions gain a little accuracy", "bilstm")->verdict,
                         verdicts[i]);
        assert_int_equal(find(&comparison, "convolution is faster", "cnn-lstm")->verdict, verdicts[i]);
        assert_int_equal(find(&comparison, "convolution is as good", "cnn-lstm")->verdict, verdicts[i]);
        comparison_close(&comparison);
    }
}

static void test_regions_as_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"above 0",
                                        "above 0",
                                        "above 0",
                                        "between 1.5 and 2.5",
                                        "between 1.5 and 2.5",
                                        "between 0 and 1",
                                        "between 0 and 1",
                                        "below 1",
                                        "above -1"};
    char text[CLAIM_TEXT_BYTES];
    assert_int_equal(claim_count, 9);
    for (int i = 0; i < claim_count; i++) {
        claim_region_text(text, &claims[i]);
        assert_string_equal(text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_missing_runs),
        cmocka_unit_test(test_a_figure_that_is_no_number_decides_nothing),
        cmocka_unit_test(test_the_rule),
        cmocka_unit_test(test_claims_follow_from_the_runs),
        cmocka_unit_test(test_regions_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
