/* Which optimizer a run has: the options, the presets' settings and what a file brings. */
#include "command.h"
#include "training_parts.h"
#include "training_text.h"

#include "matinee/cpu.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 32 };

extern const struct command command_train;

/* A run up to where its data are known. */
struct trial {
    char line[512];
    char *words[WORDS_MAX];
    struct options options;
    struct session session;
    struct training training;
    struct error error;
};

static void trial_begin(struct trial *trial, const char *line)
{
    int count = 0;
    *trial = (struct trial){.error = {""}};
    snprintf(trial->line, sizeof trial->line, "train %s", line);
    for (char *word = strtok(trial->line, " "); word; word = strtok(NULL, " "))
        trial->words[count++] = word;
    assert_true(count < WORDS_MAX);
    if (!options_parse(&trial->options, &command_train, count, trial->words, &trial->error))
        fail_msg("%s", trial->error.message);
    training_options_complete(&trial->options);
    trial->training = (struct training){.options = &trial->options, .session = &trial->session};
    if (session_open_model(&trial->session, trial->options.model, &trial->options, &trial->error) !=
        STATUS_DONE)
        fail_msg("%s", trial->error.message);
}

static void trial_end(struct trial *trial)
{
    session_close(&trial->session);
}

/* Weights, then `reviews` reviews. */
static bool trial_go_on(struct trial *trial, int reviews)
{
    struct training *training = &trial->training;
    const bool fresh = trial->options.fresh || model_kind(trial->options.model) != MODEL_KERAS;
    training->data.train.count = reviews;
    return training_optimizer_choose(training, &trial->error) &&
           (!fresh || session_new_weights(&trial->session, &trial->options, &trial->error)) &&
           training_optimizer_open(training, &trial->error) &&
           training_optimizer_schedule(training, &trial->error);
}

static struct adam_spec adam_of(const char *line, int reviews)
{
    struct trial trial;
    trial_begin(&trial, line);
    if (!trial_go_on(&trial, reviews))
        fail_msg("%s: %s", line, trial.error.message);
    const struct adam_spec adam = trial.session.model.spec.adam;
    assert_int_equal(trial.session.model.state.average != NULL, adam_has_average(&adam));
    trial_end(&trial);
    return adam;
}

static void expect_refused(const char *line, int reviews, const char *message)
{
    struct trial trial;
    trial_begin(&trial, line);
    if (trial_go_on(&trial, reviews) || !strstr(trial.error.message, message))
        fail_msg("%s: %s", line, trial.error.message);
    trial_end(&trial);
}

static void expect_cosine(const struct adam_spec *adam, struct cosine_decay expected)
{
    assert_memory_equal(&adam->cosine, &expected, sizeof expected);
}

static void test_defaults(void **state)
{
    (void)state;
    const struct adam_spec adam = adam_of("", 100);
    assert_memory_equal(&adam, &keras_adam, sizeof adam);
}

/* 7 reviews by 3 are 3 steps, 10 epochs of them 30. */
static void test_cosine(void **state)
{
    (void)state;
    struct adam_spec adam = adam_of("--schedule cosine --epochs 10 --batch-size 3", 7);
    expect_cosine(&adam, (struct cosine_decay){.initial_learning_rate = 0.001, .decay_steps = 30});
    adam = adam_of(
        "--schedule cosine --epochs 10 --batch-size 3 --warmup 0.05 --learning-rate 0.02 --ema 0.9", 7);
    expect_cosine(&adam, (struct cosine_decay){.decay_steps = 28, .warmup_target = 0.02, .warmup_steps = 2});
    assert_true(adam.ema_momentum == 0.9);
    assert_true(adam_rate(&adam, 0) == 0 && adam_rate(&adam, 29) > 0 && adam_rate(&adam, 30) == 0);
    adam = adam_of("--schedule cosine --warmup 0.99 --epochs 1", 5);
    expect_cosine(&adam, (struct cosine_decay){.initial_learning_rate = 0.001, .decay_steps = 1});
    adam = adam_of("--schedule cosine --warmup 0.99 --epochs 2", 5);
    expect_cosine(&adam, (struct cosine_decay){.decay_steps = 1, .warmup_target = 0.001, .warmup_steps = 1});
}

static void test_contradictions(void **state)
{
    (void)state;
    expect_refused("--warmup 0.1", 5, "--warmup: is of --schedule cosine; give that, too, or leave");
    expect_refused("--warmup 0.1 --schedule constant", 5, "--warmup: is of --schedule cosine");
    expect_refused("--schedule cosine --epochs 100000 --batch-size 1", 500,
                   "decay_steps is 50000000; must be");
    expect_refused("--ema 0.99999999", 5, "ema_momentum is 0.99999999; must be");
}

/* Keras' own file: 12 updates of a schedule of 19, which ends at a tenth of the rate. */
#define FILE_OF_KERAS "--model " MATINEE_FIXTURES "/optimizer/step12.keras"

static void test_file_keeps_its_own(void **state)
{
    (void)state;
    const struct cosine_decay cosine = {0.0005, 14, 0.1, 0.008, 5};
    struct adam_spec adam = adam_of(FILE_OF_KERAS, 500);
    expect_cosine(&adam, cosine);
    assert_true(adam.ema_momentum == 0.9);
    adam = adam_of(FILE_OF_KERAS " --ema 0.5", 500);
    expect_cosine(&adam, cosine);
    assert_true(adam.ema_momentum == 0.5);
    adam = adam_of(FILE_OF_KERAS " --ema 0", 500);
    assert_true(adam.ema_momentum == 0);
    adam = adam_of(FILE_OF_KERAS " --schedule constant", 500);
    assert_false(adam_has_schedule(&adam));
    assert_true(adam.learning_rate == 0.008 && adam.ema_momentum == 0.9);
    adam = adam_of(FILE_OF_KERAS " --schedule constant --learning-rate 0.25", 500);
    assert_true(adam.learning_rate == 0.25);
    adam = adam_of(FILE_OF_KERAS " --fresh", 500);
    assert_memory_equal(&adam, &keras_adam, sizeof adam);
    expect_refused(FILE_OF_KERAS " --learning-rate 0.25", 500,
                   "step12.keras follows a schedule; give --schedule");
    expect_refused(FILE_OF_KERAS " --warmup 0.25", 500, "--warmup: is of --schedule cosine");
}

/* A new Adam for a schedule of its own, from the weights that predict. */
static void test_schedule_for_a_file(void **state)
{
    (void)state;
    struct trial trial;
    trial_begin(&trial, FILE_OF_KERAS " --schedule cosine --epochs 4 --batch-size 5 --warmup 0.25");
    const struct training_state *s = &trial.session.model.state;
    const size_t count = trial.session.model.table.total_count, bytes = count * sizeof(float);
    float *predicting = malloc(bytes);
    assert_non_null(predicting);
    memcpy(predicting, s->average, bytes);
    assert_int_equal(s->iterations, 12);
    if (!trial_go_on(&trial, 25))
        fail_msg("%s", trial.error.message);
    expect_cosine(&trial.session.model.spec.adam,
                  (struct cosine_decay){.decay_steps = 15, .warmup_target = 0.008, .warmup_steps = 5});
    assert_int_equal(s->iterations, 0);
    assert_memory_equal(s->weights, predicting, bytes);
    for (size_t i = 0; i < count; i++)
        assert_true(s->m[i] == 0 && s->v[i] == 0);
    free(predicting);
    trial_end(&trial);
}

static char *directory;

static int open_directory(void **state)
{
    (void)state;
    directory = scratch_open();
    return 0;
}

static int close_directory(void **state)
{
    (void)state;
    scratch_close(directory);
    return 0;
}

/* A schedule that ends at 0 before the run does; up to its end all is well. */
static void test_ends_of_schedules(void **state)
{
    (void)state;
    char *path = scratch_path(directory, "ends.keras"), line[256];
    struct checkpoint model;
    struct error error;
    assert_true(checkpoint_load(&model, MATINEE_FIXTURES "/optimizer/step12.keras", &error));
    model.spec.adam.cosine.alpha = 0;
    assert_true(checkpoint_save(&model, path, &error));
    snprintf(line, sizeof line, "--model %s --epochs 7 --batch-size 5", path);
    adam_of(line, 5);
    snprintf(line, sizeof line, "--model %s --epochs 8 --batch-size 5", path);
    expect_refused(line, 5, "after 19 updates, and the run would have it do 20; give");
    snprintf(line, sizeof line, "--model %s --epochs 7 --batch-size 5", path);
    expect_refused(line, 6,
                   "after 19 updates, and the run would have it do 26; give --schedule cosine or constant");

    struct trial trial;
    trial_begin(&trial, line);
    trial.options.resume = "runs/x";
    trial.training.position = (struct trainer_position){.epochs_done = 2, .step = 4};
    trial.training.data.train.count = 20; /* 4 steps: the run began with none and will have done 28 */
    assert_false(training_optimizer_schedule(&trial.training, &trial.error));
    assert_non_null(
        strstr(trial.error.message,
               "--epochs 7: the learning rate of runs/x is 0 after its 19 updates; leave the option out"));
    trial.options.epochs = 4;
    assert_true(training_optimizer_schedule(&trial.training, &trial.error));
    trial_end(&trial);
    checkpoint_close(&model);
    free(path);
}

static void expect_printed(struct adam_spec adam, const char *expected)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    training_optimizer_print(stream, &adam);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
}

static void test_words(void **state)
{
    (void)state;
    expect_printed(keras_adam, "Optimizer: Adam, learning rate 0.001\n");
    expect_printed(adam_of("--schedule cosine --epochs 2 --learning-rate 0.5", 640),
                   "Optimizer: Adam, learning rate 0.5, then along a cosine to 0 in 20 updates\n");
    expect_printed(
        adam_of(FILE_OF_KERAS, 500),
        "Optimizer: Adam, learning rate 0.008 after 5 updates from 0.0005, then along a cosine to 0.0008 in "
        "14 updates; weights averaged with momentum 0.9\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_file_keeps_its_own),
        cmocka_unit_test(test_schedule_for_a_file),
        cmocka_unit_test(test_ends_of_schedules),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
