/* The tutorial's model at full size on real reviews: golden full_m1, four steps of 64 rows from Keras' own start.
 *
 * Needs the reviews and the golden files beside the repository; skipped without them. */
#include "compare.h"
#include "matinee/cpu.h"
#include "matinee/trainer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

enum { STEPS = 4, BATCH = 64, SKIPPED = 77 };

static const char data_path[] = MATINEE_SHARED "/data/aclImdb.tar.xz";
static const char start_path[] = MATINEE_SHARED "/golden/full_m1_step0.keras";
static const char end_path[] = MATINEE_SHARED "/golden/full_m1_step4.keras";
static const char numbers_path[] = MATINEE_SHARED "/golden/full_m1.json";

static const struct tolerance within_2e6 = {.absolute = 2e-6};

static void read_numbers(json_t *root, const char *key, double *to, size_t count)
{
    json_t *list = json_object_get(root, key);
    assert_int_equal(json_array_size(list), count);
    for (size_t k = 0; k < count; k++)
        to[k] = json_number_value(json_array_get(list, k));
}

/* Rows [first, first + BATCH) of a split. */
static struct reviews rows_from(const struct reviews *reviews, int first)
{
    return (struct reviews){.count = BATCH,
                            .T = reviews->T,
                            .tokens = reviews->tokens + (size_t)first * (size_t)reviews->T,
                            .pads = reviews->pads + first,
                            .labels = reviews->labels + first};
}

static void expect_end(const struct parameter_table *table, const struct training_state *state)
{
    struct checkpoint end;
    struct error error;
    if (!checkpoint_load(&end, end_path, &error))
        fail_msg("%s", error.message);
    assert_int_equal(end.table.total_count, table->total_count);
    assert_int_equal(end.state.iterations, state->iterations);
    for (int i = 0; i < table->count; i++) {
        const struct parameter *p = &table->items[i];
        const float *const arenas[] = {state->weights, state->m, state->v};
        const float *const wanted[] = {end.state.weights, end.state.m, end.state.v};
        double *expected = allocate(p->count, sizeof *expected);
        for (int arena = 0; arena < 3; arena++) {
            for (size_t k = 0; k < p->count; k++)
                expected[k] = wanted[arena][p->offset + k];
            expect_close(p->name, arenas[arena] + p->offset, expected, p->count,
                         arena == 0 ? within_2e6 : of_largest(1e-5, expected, p->count));
        }
        free(expected);
    }
    checkpoint_close(&end);
}

static void test_four_steps(void **state)
{
    (void)state;
    double loss[STEPS], predictions[BATCH];
    json_t *numbers = json_load_file(numbers_path, 0, NULL);
    read_numbers(numbers, "loss", loss, STEPS);
    read_numbers(numbers, "predict_x_test_first64", predictions, BATCH);
    json_decref(numbers);

    struct error error;
    struct checkpoint model;
    struct dataset dataset;
    struct backend *backend;
    struct network network;
    struct dataset_options options = {.path = data_path, .num_words = 5000, .maxlen = 500};
    if (!checkpoint_load(&model, start_path, &error) || !dataset_open(&dataset, &options, &error) ||
        !cpu_backend_open(&backend, 0, &error) ||
        !network_open(&network, backend, &model.spec, BATCH, 7, &error))
        fail_msg("%s", error.message);
    assert_false(model.has_slots);
    for (int step = 0; step < STEPS; step++) {
        struct trainer_options once = {.epochs = 1, .batch_size = BATCH, .seed = 7};
        struct reviews batch = rows_from(&dataset.train, BATCH * step);
        struct epoch_record record;
        int epochs_done;
        bool interrupted;
        assert_true(trainer_fit(&network, &model.state, &batch, NULL, &once, &record, &epochs_done,
                                &interrupted, &error));
        expect_close_number("loss", record.train.loss, loss[step], within_2e6);
    }
    expect_end(&model.table, &model.state);

    float probabilities[BATCH];
    struct score score;
    struct reviews first = rows_from(&dataset.test, 0);
    assert_true(trainer_evaluate(&network, &first, &score, probabilities, &error));
    expect_close("predictions", probabilities, predictions, BATCH, within_2e6);
    network_close(&network);
    backend->close(backend);
    dataset_close(&dataset);
    checkpoint_close(&model);
}

int main(void)
{
    const char *const needed[] = {data_path, start_path, end_path, numbers_path};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (access(needed[i], R_OK) != 0) {
            printf("skipped: %s is not there\n", needed[i]);
            return SKIPPED;
        }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_four_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
