/* Keras' Adam with CosineDecay and use_ema, on files and numbers that Keras made (tests/fixtures/optimizer/make.py). */
#include "compare.h"
#include "matinee/cpu.h"
#include "matinee/trainer.h"
#include "scratch.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS = 20, SAVED = 12, ROWS_MAX = 16 };

static const struct tolerance within_2e6 = {.absolute = 2e-6};

static json_t *numbers;
static struct reviews reviews;
static char *directory;

static const json_t *get(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("numbers.json: no %s", key);
    return value;
}

static double number_at(const json_t *list, size_t i)
{
    const json_t *value = json_array_get(list, i);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static int open_all(void **state)
{
    (void)state;
    numbers = json_load_file(MATINEE_FIXTURES "/optimizer/numbers.json", 0, NULL);
    assert_non_null(numbers);
    const json_t *x = get(numbers, "x"), *y = get(numbers, "y");
    const size_t N = json_array_size(x), T = json_array_size(json_array_get(x, 0));
    assert_true(0 < N && N <= ROWS_MAX);
    reviews = (struct reviews){.count = (int)N, .T = (int)T};
    reviews.tokens = allocate(N * T, sizeof *reviews.tokens);
    reviews.pads = allocate(N, sizeof *reviews.pads);
    reviews.labels = allocate(N, sizeof *reviews.labels);
    for (size_t n = 0; n < N; n++) {
        reviews.labels[n] = (uint8_t)number_at(y, n);
        for (size_t t = 0; t < T; t++)
            reviews.tokens[n * T + t] = (int32_t)number_at(json_array_get(x, n), t);
        while (reviews.tokens[n * T + (size_t)reviews.pads[n]] == 0)
            reviews.pads[n]++;
    }
    directory = scratch_open();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    scratch_close(directory);
    free(reviews.tokens);
    free(reviews.pads);
    free(reviews.labels);
    json_decref(numbers);
    return 0;
}

/* A model file and its network. */
struct training {
    struct checkpoint model;
    struct backend *backend;
    struct network network;
};

static void training_open(struct training *training, const char *path)
{
    struct error error;
    if (!checkpoint_load(&training->model, path, &error))
        fail_msg("%s", error.message);
    assert_true(cpu_backend_open(&training->backend, 1, &error));
    assert_true(
        network_open(&training->network, training->backend, &training->model.spec, reviews.count, 7, &error));
}

static void training_close(struct training *training)
{
    network_close(&training->network);
    training->backend->close(training->backend);
    checkpoint_close(&training->model);
}

/* One update over all rows; returns its loss. */
static double step(struct training *training)
{
    struct trainer_options options = {.epochs = 1, .batch_size = reviews.count, .seed = 7};
    struct epoch_record record;
    struct error error;
    int epochs_done;
    bool interrupted;
    if (!trainer_fit(&training->network, &training->model.state, &reviews, NULL, &options, &record,
                     &epochs_done, &interrupted, &error))
        fail_msg("%s", error.message);
    return record.train.loss;
}

static void expect_arena(const char *what, const float *values, const json_t *expected, size_t count)
{
    double *wanted = allocate(count, sizeof *wanted);
    assert_int_equal(json_array_size(expected), count);
    for (size_t i = 0; i < count; i++)
        wanted[i] = number_at(expected, i);
    expect_close(what, values, wanted, count, within_2e6);
    free(wanted);
}

/* What Keras had after so many updates, if it says. Returns whether it did. */
static bool expect_state(const struct training *training)
{
    const struct training_state *state = &training->model.state;
    const size_t count = training->model.table.total_count;
    size_t i;
    json_t *shown;
    json_array_foreach((json_t *)get(numbers, "states"), i, shown)
    {
        char what[64];
        if (json_integer_value(get(shown, "step")) != state->iterations)
            continue;
        snprintf(what, sizeof what, "weights after step %d", (int)state->iterations);
        expect_arena(what, state->weights, get(shown, "weights"), count);
        snprintf(what, sizeof what, "averages after step %d", (int)state->iterations);
        expect_arena(what, state->average, get(shown, "averages"), count);
        return true;
    }
    return false;
}

static void train_to_the_end(struct training *training)
{
    const json_t *losses = get(numbers, "losses");
    int shown = 0;
    while (training->model.state.iterations < STEPS) {
        const size_t before = (size_t)training->model.state.iterations;
        const double loss = step(training);
        expect_close_number("loss", loss, number_at(losses, before), within_2e6);
        shown += expect_state(training);
    }
    assert_true(shown > 0);
}

static void predict(struct training *training, float *probabilities)
{
    struct score score;
    struct error error;
    fill_nan(probabilities, (size_t)reviews.count);
    network_upload(&training->network, &training->model.state);
    assert_true(trainer_evaluate(&training->network, &reviews, &score, probabilities, &error));
}

static void test_rates(void **state)
{
    (void)state;
    size_t i;
    json_t *schedule;
    assert_int_equal(json_array_size(get(numbers, "schedules")), 6);
    json_array_foreach((json_t *)get(numbers, "schedules"), i, schedule)
    {
        const json_t *config = get(schedule, "config"), *steps = get(schedule, "steps"),
                     *rates = get(schedule, "rates");
        struct adam_spec adam = keras_adam;
        adam.cosine = (struct cosine_decay){.initial_learning_rate =
                                                json_number_value(get(config, "initial_learning_rate")),
                                            .decay_steps = json_number_value(get(config, "decay_steps")),
                                            .alpha = json_number_value(get(config, "alpha")),
                                            .warmup_target = json_number_value(get(config, "warmup_target")),
                                            .warmup_steps = json_number_value(get(config, "warmup_steps"))};
        for (size_t k = 0; k < json_array_size(steps); k++) {
            const float rate = adam_rate(&adam, (int64_t)number_at(steps, k));
            /* The cosines of two libraries differ by a bit, of 1 + cos(x) near its end by more of it. */
            expect_close_number(
                "rate", (double)rate, number_at(rates, k),
                (struct tolerance){.absolute = 1.2e-7 * adam_peak_rate(&adam), .relative = 2e-7});
        }
    }
}

/* Keras' config and its numbers, from the first update to one after the schedule's end. */
static void test_from_the_start(void **state)
{
    (void)state;
    struct training training;
    training_open(&training, MATINEE_FIXTURES "/optimizer/start.keras");
    const struct adam_spec *adam = &training.model.spec.adam;
    assert_false(training.model.has_slots);
    assert_true(adam->ema_momentum == 0.9);
    assert_true(adam->cosine.initial_learning_rate == 0.0005 && adam->cosine.decay_steps == 14 &&
                adam->cosine.alpha == 0.1 && adam->cosine.warmup_target == 0.008 &&
                adam->cosine.warmup_steps == 5);
    train_to_the_end(&training);
    training_close(&training);
}

/* A file in the middle of the training, which evaluates with the averages and goes on from the weights. */
static void go_on_from(const char *path)
{
    struct training training;
    float probabilities[ROWS_MAX];
    training_open(&training, path);
    assert_true(training.model.has_slots);
    assert_int_equal(training.model.state.iterations, SAVED);
    assert_true(expect_state(&training));
    predict(&training, probabilities);
    expect_arena("predictions", probabilities, get(numbers, "predictions"), (size_t)reviews.count);
    train_to_the_end(&training);
    training_close(&training);
}

static void test_goes_on_from_a_file_of_keras(void **state)
{
    (void)state;
    go_on_from(MATINEE_FIXTURES "/optimizer/step12.keras");
}

static void test_goes_on_from_an_h5_file_of_keras(void **state)
{
    (void)state;
    go_on_from(MATINEE_FIXTURES "/optimizer/step12.h5");
}

/* Through a file of ours, after every update: as if it had never been one. */
static void test_goes_on_from_our_file_to_the_bit(void **state)
{
    (void)state;
    struct training straight, pieces;
    struct error error;
    char *path = scratch_path(directory, "model.keras");
    training_open(&straight, MATINEE_FIXTURES "/optimizer/start.keras");
    training_open(&pieces, MATINEE_FIXTURES "/optimizer/start.keras");
    const size_t bytes = straight.model.table.total_count * sizeof(float);
    for (int i = 0; i < STEPS; i++) {
        step(&straight);
        if (!checkpoint_save(&pieces.model, path, &error))
            fail_msg("%s", error.message);
        training_close(&pieces);
        training_open(&pieces, path);
        step(&pieces);
        const struct training_state *a = &pieces.model.state, *b = &straight.model.state;
        expect_equal_bits("weights", a->weights, b->weights, bytes);
        expect_equal_bits("averages", a->average, b->average, bytes);
        expect_equal_bits("m", a->m, b->m, bytes);
        expect_equal_bits("v", a->v, b->v, bytes);
        assert_int_equal(a->iterations, b->iterations);
        assert_memory_equal(&pieces.model.spec.adam, &straight.model.spec.adam,
                            sizeof straight.model.spec.adam);
    }
    training_close(&straight);
    training_close(&pieces);
    free(path);
}

/* A network that only evaluates has one arena, and the same predictions. */
static void test_evaluating_network(void **state)
{
    (void)state;
    struct training training;
    struct network evaluating;
    struct score score;
    struct error error;
    float trains[ROWS_MAX], evaluates[ROWS_MAX];
    training_open(&training, MATINEE_FIXTURES "/optimizer/step12.keras");
    predict(&training, trains);
    assert_true(network_open_evaluating(&evaluating, training.backend, &training.model.spec, reviews.count,
                                        reviews.count, &error));
    assert_null(evaluating.average);
    network_upload(&evaluating, &training.model.state);
    fill_nan(evaluates, ROWS_MAX);
    assert_true(trainer_evaluate(&evaluating, &reviews, &score, evaluates, &error));
    expect_equal_bits("predictions", evaluates, trains, (size_t)reviews.count * sizeof *trains);
    network_close(&evaluating);
    training_close(&training);
}

/* Begun late, an average is the weights of then; taken away, it becomes them; and a new Adam keeps what predicts. */
static void test_average_comes_and_goes(void **state)
{
    (void)state;
    struct checkpoint model;
    struct error error;
    assert_true(checkpoint_load(&model, MATINEE_FIXTURES "/optimizer/step12.keras", &error));
    struct training_state *s = &model.state;
    const size_t bytes = model.table.total_count * sizeof(float);
    float *average = allocate(model.table.total_count, sizeof *average);
    memcpy(average, s->average, bytes);
    assert_memory_not_equal(s->weights, s->average, bytes);
    assert_true(training_state_set_average(s, &model.table, true, &error));
    expect_equal_bits("the average", s->average, average, bytes);
    training_state_restart(s, &model.table);
    expect_equal_bits("restarted weights", s->weights, average, bytes);
    expect_equal_bits("restarted average", s->average, average, bytes);
    assert_true(s->iterations == 0 && s->m[0] == 0 && s->v[0] == 0);
    s->weights[0] += 1.0f;
    assert_true(training_state_set_average(s, &model.table, false, &error));
    assert_null(s->average);
    expect_equal_bits("weights", s->weights, average, bytes);
    assert_true(training_state_set_average(s, &model.table, true, &error));
    expect_equal_bits("new average", s->average, average, bytes);
    checkpoint_close(&model);
    free(average);
}

/* One arena more. */
static void test_memory(void **state)
{
    (void)state;
    struct training training;
    training_open(&training, MATINEE_FIXTURES "/optimizer/start.keras");
    struct spec spec = training.model.spec;
    const struct sharing alone = {.parts = 1};
    const struct memory_plan with = network_memory_plan(training.backend, &spec, reviews.count, &alone);
    spec.adam.ema_momentum = 0;
    const struct memory_plan without = network_memory_plan(training.backend, &spec, reviews.count, &alone);
    const size_t arena = training.model.table.total_count * sizeof(float);
    assert_int_equal(with.parameters, 5 * arena);
    assert_int_equal(without.parameters, 4 * arena);
    assert_int_equal(with.total - without.total, arena);
    training_close(&training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_from_the_start),
        cmocka_unit_test(test_goes_on_from_a_file_of_keras),
        cmocka_unit_test(test_goes_on_from_an_h5_file_of_keras),
        cmocka_unit_test(test_goes_on_from_our_file_to_the_bit),
        cmocka_unit_test(test_evaluating_network),
        cmocka_unit_test(test_average_comes_and_goes),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
