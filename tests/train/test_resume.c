/* A run that ends anywhere and goes on is the run that never ended, to the bit. */
#include "compare.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { V = 20, T = 12, COUNT = 21, BATCH = 8, STEPS = 3, EPOCHS = 3, VALIDATED = 9, SEED = 7 };

/* What a run leaves: its model, its records, and what its events saw. */
struct outcome {
    struct small_run run;
    struct trainer_position position;
    struct epoch_record records[EPOCHS];
    struct score last_step; /* as the last step event told it */
    int stop_after, steps, checkpoints, save_every;
    volatile sig_atomic_t stop;
    int64_t checkpoint_iterations[STEPS * EPOCHS];
};

static struct reviews train, validation;

static int open_reviews(void **state)
{
    (void)state;
    small_reviews_open(&train, COUNT, T, V);
    small_reviews_open(&validation, VALIDATED, T, V);
    return 0;
}

static int close_reviews(void **state)
{
    (void)state;
    small_reviews_close(&train);
    small_reviews_close(&validation);
    return 0;
}

/* With dropout, a schedule and an average, all of which go by the number of the update. */
static void outcome_open(struct outcome *outcome)
{
    struct error error;
    struct preset_options preset;
    struct spec spec;
    assert_true(preset_defaults(&preset, "lstm-dropout", &error));
    preset.vocabulary = V;
    preset.maxlen = T;
    preset.embedding = 8;
    preset.units = 9;
    assert_true(spec_preset(&spec, "lstm-dropout", &preset, &error));
    spec.adam.cosine =
        (struct cosine_decay){.decay_steps = STEPS * EPOCHS - 2, .warmup_target = 0.01, .warmup_steps = 2};
    spec.adam.ema_momentum = 0.75;
    *outcome = (struct outcome){.stop_after = -1};
    small_run_open_spec(&outcome->run, &spec, BATCH, 1, SEED);
}

static void on_step(void *context, const struct step_progress *progress)
{
    struct outcome *outcome = context;
    outcome->last_step = progress->train;
    if (++outcome->steps == outcome->stop_after)
        outcome->stop = 1;
}

static void on_checkpoint(void *context)
{
    struct outcome *outcome = context;
    outcome->checkpoint_iterations[outcome->checkpoints++] = outcome->run.state.iterations;
    assert_int_equal(outcome->run.state.iterations % outcome->save_every, 0);
    assert_int_equal(outcome->position.epochs_done * STEPS + outcome->position.step,
                     outcome->run.state.iterations);
}

/* Returns whether it was interrupted. */
static bool go_on(struct outcome *outcome, int epochs)
{
    struct error error;
    struct trainer_options options = {
        .epochs = epochs,
        .batch_size = BATCH,
        .seed = SEED,
        .save_every = outcome->save_every,
        .position = &outcome->position,
        .stop = &outcome->stop,
        .events = {.context = outcome, .step = on_step, .checkpoint = on_checkpoint}};
    int epochs_done;
    bool interrupted;
    outcome->stop = 0;
    if (!trainer_fit(&outcome->run.network, &outcome->run.state, &train, &validation, &options,
                     outcome->records, &epochs_done, &interrupted, &error))
        fail_msg("%s", error.message);
    assert_int_equal(epochs_done, outcome->position.epochs_done);
    return interrupted;
}

static void expect_same_outcome(const struct outcome *got, const struct outcome *expected, int epochs)
{
    small_run_expect_same("the run", &got->run, &expected->run);
    assert_int_equal(got->position.epochs_done, expected->position.epochs_done);
    assert_int_equal(got->position.step, expected->position.step);
    for (int i = 0; i < epochs; i++) {
        const struct epoch_record *a = &got->records[i], *b = &expected->records[i];
        assert_int_equal(a->epoch, b->epoch);
        assert_int_equal(a->steps, b->steps);
        assert_true(a->validated && b->validated);
        expect_equal_bits("training score", &a->train, &b->train, sizeof a->train);
        expect_equal_bits("validation score", &a->validation, &b->validation, sizeof a->validation);
    }
}

/* Into another process, as it were: nothing but the state, the position and the records of epochs done. */
static void move(struct outcome *to, struct outcome *from)
{
    outcome_open(to);
    struct training_state state = to->run.state;
    to->run.state = from->run.state;
    from->run.state = state;
    to->position = from->position;
    for (int i = 0; i < EPOCHS; i++)
        memset(&to->records[i], 0xff, sizeof to->records[i]);
    memcpy(to->records, from->records, (size_t)from->position.epochs_done * sizeof from->records[0]);
}

static void test_interrupted_after_every_step(void **state)
{
    (void)state;
    struct outcome straight;
    outcome_open(&straight);
    assert_false(go_on(&straight, EPOCHS));
    for (int stop_after = 1; stop_after < STEPS * EPOCHS; stop_after++) {
        struct outcome first, second;
        outcome_open(&first);
        first.stop_after = stop_after;
        assert_true(go_on(&first, EPOCHS));
        assert_int_equal(first.run.state.iterations, stop_after);
        assert_int_equal(first.position.step, stop_after % STEPS);
        move(&second, &first);
        assert_false(go_on(&second, EPOCHS));
        assert_int_equal(second.steps, STEPS * EPOCHS - stop_after);
        expect_same_outcome(&second, &straight, EPOCHS);
        expect_equal_bits("what the last step told", &second.last_step, &straight.last_step,
                          sizeof straight.last_step);
        small_run_close(&first.run);
        small_run_close(&second.run);
    }
    small_run_close(&straight.run);
}

/* One step a call. */
static void test_interrupted_again_and_again(void **state)
{
    (void)state;
    struct outcome straight, next, run;
    outcome_open(&straight);
    assert_false(go_on(&straight, EPOCHS));
    outcome_open(&run);
    run.stop_after = 1;
    while (go_on(&run, EPOCHS)) {
        move(&next, &run);
        small_run_close(&run.run);
        run = next;
        run.stop_after = 1;
    }
    expect_same_outcome(&run, &straight, EPOCHS);
    small_run_close(&run.run);
    small_run_close(&straight.run);
}

static void test_more_epochs_after_the_end(void **state)
{
    (void)state;
    struct outcome straight, first, second;
    outcome_open(&straight);
    assert_false(go_on(&straight, EPOCHS));
    outcome_open(&first);
    assert_false(go_on(&first, 1));
    move(&second, &first);
    assert_false(go_on(&second, EPOCHS));
    expect_same_outcome(&second, &straight, EPOCHS);
    assert_false(go_on(&second, EPOCHS)); /* nothing is left to do */
    expect_same_outcome(&second, &straight, EPOCHS);
    small_run_close(&straight.run);
    small_run_close(&first.run);
    small_run_close(&second.run);
}

/* As a copy at a checkpoint sees it: all steps of an epoch done, and not validated yet. */
static void test_between_the_last_step_and_the_validation(void **state)
{
    (void)state;
    struct outcome straight, late;
    outcome_open(&straight);
    assert_false(go_on(&straight, 1));
    outcome_open(&late);
    late.stop_after = STEPS - 1;
    assert_true(go_on(&late, 1));
    late.stop_after = -1;
    assert_false(go_on(&late, 1));
    late.position = (struct trainer_position){.step = STEPS, .sums = {.count = COUNT}};
    late.position.sums.loss = straight.records[0].train.loss * COUNT;
    late.records[0].validated = false;
    assert_false(go_on(&late, 1));
    assert_int_equal(late.run.state.iterations, STEPS);
    assert_true(late.records[0].validated);
    expect_equal_bits("validation score", &late.records[0].validation, &straight.records[0].validation,
                      sizeof straight.records[0].validation);
    assert_int_equal(late.position.epochs_done, 1);
    assert_int_equal(late.position.step, 0);
    small_run_close(&straight.run);
    small_run_close(&late.run);
}

/* Every so many updates, epochs regardless; and the run is the one without them. */
static void test_checkpoints(void **state)
{
    (void)state;
    struct outcome straight, saving;
    outcome_open(&straight);
    assert_false(go_on(&straight, EPOCHS));
    assert_int_equal(straight.checkpoints, 0);
    outcome_open(&saving);
    saving.save_every = 2;
    assert_false(go_on(&saving, EPOCHS));
    assert_int_equal(saving.checkpoints, STEPS * EPOCHS / 2);
    for (int i = 0; i < saving.checkpoints; i++)
        assert_int_equal(saving.checkpoint_iterations[i], 2 * (i + 1));
    expect_same_outcome(&saving, &straight, EPOCHS);
    small_run_close(&straight.run);
    small_run_close(&saving.run);
}

static void expect_complete(int count, const double *accuracies, int patience, int best, bool complete)
{
    struct epoch_record records[8] = {{.epoch = 1}};
    struct trainer_options options = {.epochs = 8, .patience = patience};
    for (int i = 0; i < count; i++)
        records[i] = (struct epoch_record){.validated = true, .validation = {.accuracy = accuracies[i]}};
    assert_int_equal(trainer_best_epoch(records, count), best);
    assert_int_equal(trainer_is_complete(&options, records, count), complete);
}

/* Keras' EarlyStopping: wait counts the epochs since the last that was better than all before it. */
static void test_patience(void **state)
{
    (void)state;
    static const double accuracies[] = {0.5, 0.7, 0.7, 0.6, 0.8, 0.8, 0.8, 0.1};
    expect_complete(0, accuracies, 1, -1, false);
    expect_complete(1, accuracies, 1, 0, false);
    expect_complete(2, accuracies, 1, 1, false);
    expect_complete(3, accuracies, 1, 1, true); /* equal is not better */
    expect_complete(3, accuracies, 2, 1, false);
    expect_complete(4, accuracies, 2, 1, true);
    expect_complete(5, accuracies, 2, 4, false);
    expect_complete(7, accuracies, 3, 4, false);
    expect_complete(7, accuracies, 0, 4, false);
    expect_complete(8, accuracies, 0, 4, true);
    struct epoch_record unvalidated[4] = {{.epoch = 1}};
    struct trainer_options options = {.epochs = 8, .patience = 1};
    assert_int_equal(trainer_best_epoch(unvalidated, 4), -1);
    assert_false(trainer_is_complete(&options, unvalidated, 4));
}

/* A network that learns nothing more ends as soon as the patience does, and is then whole, not interrupted. */
static void test_patience_ends_the_run(void **state)
{
    (void)state;
    struct outcome outcome;
    struct error error;
    int epochs_done;
    bool interrupted;
    outcome_open(&outcome);
    outcome.run.network.spec.adam.cosine.warmup_target = 1e-30;
    struct trainer_options options = {.epochs = EPOCHS, .batch_size = BATCH, .seed = SEED, .patience = 1};
    assert_true(trainer_fit(&outcome.run.network, &outcome.run.state, &train, &validation, &options,
                            outcome.records, &epochs_done, &interrupted, &error));
    assert_int_equal(epochs_done, 2);
    assert_false(interrupted);
    assert_int_equal(outcome.run.state.iterations, 2 * STEPS);
    small_run_close(&outcome.run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_after_every_step),
        cmocka_unit_test(test_interrupted_again_and_again),
        cmocka_unit_test(test_more_epochs_after_the_end),
        cmocka_unit_test(test_between_the_last_step_and_the_validation),
        cmocka_unit_test(test_checkpoints),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_patience_ends_the_run),
    };
    return cmocka_run_group_tests(tests, open_reviews, close_reviews);
}
