/* trainer_fit and trainer_evaluate on small random reviews. */
#include "compare.h"
#include "matinee/rng.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { V = 20, T = 12, COUNT = 21, BATCH = 8 };

static const struct small_sizes sizes = {.V = V, .T = T, .E = 8, .H = 9, .batch_size = BATCH, .threads = 1};

static void test_eight_reviews_are_learned_by_heart(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    small_reviews_open(&reviews, 8, T, V);
    small_run_open(&run, sizes, 0.02);
    struct score before = small_run_fit(&run, &reviews, 1, BATCH, 7);
    struct score after = small_run_fit(&run, &reviews, 150, BATCH, 7);
    expect_close_number("loss at the start", before.loss, log(2.0), (struct tolerance){.absolute = 0.1});
    assert_true(after.loss < 0.05);
    assert_true(after.accuracy == 1.0);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* The bits follow from seed and data: not from threads, not from the run. */
static void test_threads_do_not_matter(void **state)
{
    (void)state;
    static const int thread_counts[] = {1, 1, 2, 3, 8};
    struct reviews reviews;
    struct small_run first, other;
    small_reviews_open(&reviews, COUNT, T, V);
    for (int i = 0; i < 5; i++) {
        struct small_sizes threaded = sizes;
        threaded.threads = thread_counts[i];
        small_run_open(i ? &other : &first, threaded, 0.01);
        small_run_fit(i ? &other : &first, &reviews, 3, BATCH, 7);
        if (i) {
            small_run_expect_same("threads", &other, &first);
            small_run_close(&other);
        }
    }
    small_run_close(&first);
    small_reviews_close(&reviews);
}

static void test_seeds_matter(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run seven, eight;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&seven, sizes, 0.01);
    small_run_open(&eight, sizes, 0.01);
    small_run_fit(&seven, &reviews, 1, BATCH, 7);
    small_run_fit(&eight, &reviews, 1, BATCH, 8);
    assert_memory_not_equal(seven.state.weights, eight.state.weights,
                            seven.table.total_count * sizeof(float));
    small_run_close(&seven);
    small_run_close(&eight);
    small_reviews_close(&reviews);
}

/* Two epochs at once, or one and then another from the state that the first left. */
static void test_going_on_equals_going_through(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run through, stepwise;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&through, sizes, 0.01);
    small_run_open(&stepwise, sizes, 0.01);
    small_run_fit(&through, &reviews, 2, BATCH, 7);
    small_run_fit(&stepwise, &reviews, 1, BATCH, 7);
    small_run_fit(&stepwise, &reviews, 1, BATCH, 7);
    small_run_expect_same("going on", &stepwise, &through);
    small_run_close(&through);
    small_run_close(&stepwise);
    small_reviews_close(&reviews);
}

/* One epoch by hand: its permutation cut into batches, the last one short. Returns the mean loss. */
static double fit_by_hand(struct small_run *run, const struct reviews *reviews, uint32_t epoch)
{
    int32_t order[COUNT];
    double loss = 0.0;
    struct rng rng = rng_open(7, RNG_SHUFFLE, epoch);
    rng_permutation(&rng, order, COUNT);
    for (int first = 0; first < COUNT; first += BATCH) {
        struct reviews batch;
        int rows = COUNT - first < BATCH ? COUNT - first : BATCH;
        small_reviews_pick(&batch, reviews, order + first, rows);
        loss += rows * small_run_fit(run, &batch, 1, rows, 1).loss;
        small_reviews_close(&batch);
    }
    return loss / COUNT;
}

/* Rows fed batch by batch arrive at the weights of whole epochs, up to the order of rows within a batch; and the
 * second epoch has a permutation of its own. */
static void test_epochs_are_their_batches(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run whole, by_hand;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&whole, sizes, 0.01);
    small_run_open(&by_hand, sizes, 0.01);
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        struct score score = small_run_fit(&whole, &reviews, 1, BATCH, 7);
        expect_close_number("loss of the epoch", score.loss, fit_by_hand(&by_hand, &reviews, epoch),
                            (struct tolerance){.absolute = 2e-6});
        assert_int_equal(whole.state.iterations, 3 * (epoch + 1));
        assert_int_equal(by_hand.state.iterations, whole.state.iterations);
    }
    for (size_t k = 0; k < whole.table.total_count; k++)
        expect_close_number("weight", whole.state.weights[k], by_hand.state.weights[k],
                            (struct tolerance){.absolute = 5e-5}); /* a step of Adam is worth 0.01 */
    small_run_close(&whole);
    small_run_close(&by_hand);
    small_reviews_close(&reviews);
}

/* Means over the reviews. */
static void test_evaluation(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct score score;
    struct error error;
    float probabilities[COUNT];
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 0.01);
    fill_nan(probabilities, COUNT);
    network_upload(&run.network, &run.state);
    assert_true(trainer_evaluate(&run.network, &reviews, &score, probabilities, &error));
    double loss = 0.0, correct = 0.0;
    for (int n = 0; n < COUNT; n++) {
        double right = reviews.labels[n] ? probabilities[n] : 1.0 - probabilities[n];
        loss -= log(right);
        correct += right > 0.5;
    }
    expect_close_number("loss", score.loss, loss / COUNT, (struct tolerance){.absolute = 1e-6});
    expect_close_number("accuracy", score.accuracy, correct / COUNT, (struct tolerance){.absolute = 1e-12});
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* Evaluating without probabilities changes neither weights nor the score. */
static void test_evaluation_changes_nothing(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct training_state after;
    struct score first, second;
    struct error error;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 0.01);
    small_run_fit(&run, &reviews, 1, BATCH, 7);
    assert_true(trainer_evaluate(&run.network, &reviews, &first, NULL, &error));
    assert_true(trainer_evaluate(&run.network, &reviews, &second, NULL, &error));
    expect_equal_bits("score", &second, &first, sizeof first);
    assert_true(training_state_open(&after, &run.table, &error));
    network_download(&run.network, &after);
    expect_equal_bits("weights", after.weights, run.state.weights, run.table.total_count * sizeof(float));
    training_state_close(&after);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

struct watcher {
    int epochs_begun, epochs_ended, steps, stop_after;
    volatile sig_atomic_t stop;
    struct epoch_record last;
};

static void on_epoch_begin(void *context, int epoch, int epochs)
{
    struct watcher *watcher = context;
    assert_int_equal(epoch, ++watcher->epochs_begun);
    assert_int_equal(epochs, 2);
}

static void on_step(void *context, const struct step_progress *progress)
{
    struct watcher *watcher = context;
    assert_int_equal(progress->steps, 3);
    assert_int_equal(progress->step, watcher->steps % 3 + 1);
    assert_int_equal(progress->epoch, watcher->epochs_begun);
    assert_true(isfinite(progress->train.loss));
    if (++watcher->steps == watcher->stop_after)
        watcher->stop = 1;
}

static void on_epoch_end(void *context, const struct epoch_record *record)
{
    struct watcher *watcher = context;
    assert_int_equal(record->epoch, ++watcher->epochs_ended);
    watcher->last = *record;
}

static void watched_fit(struct small_run *run, struct watcher *watcher, const struct reviews *reviews,
                        struct epoch_record records[2], int *epochs_done, bool *interrupted)
{
    struct error error;
    struct trainer_options options = {
        .epochs = 2,
        .batch_size = BATCH,
        .seed = 7,
        .stop = &watcher->stop,
        .events = {
            .context = watcher, .epoch_begin = on_epoch_begin, .step = on_step, .epoch_end = on_epoch_end}};
    assert_true(trainer_fit(&run->network, &run->state, reviews, reviews, &options, records, epochs_done,
                            interrupted, &error));
}

static void test_events_and_validation(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct watcher watcher = {0};
    struct epoch_record records[2];
    struct score score;
    struct error error;
    int epochs_done;
    bool interrupted;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 0.01);
    watched_fit(&run, &watcher, &reviews, records, &epochs_done, &interrupted);
    assert_int_equal(epochs_done, 2);
    assert_false(interrupted);
    assert_int_equal(watcher.epochs_ended, 2);
    assert_int_equal(watcher.steps, 6);
    assert_int_equal(records[1].steps, 3);
    assert_true(records[1].validated);
    assert_true(trainer_evaluate(&run.network, &reviews, &score, NULL, &error));
    expect_equal_bits("validation after the last epoch", &records[1].validation, &score, sizeof score);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* Stopped after the first step of the second epoch, the state is that of one epoch and one step. */
static void test_interruption(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run, other;
    struct watcher watcher = {.stop_after = 4}, first_step = {.stop_after = 1};
    struct epoch_record records[2];
    int epochs_done;
    bool interrupted;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 0.01);
    watched_fit(&run, &watcher, &reviews, records, &epochs_done, &interrupted);
    assert_true(interrupted);
    assert_int_equal(epochs_done, 1);
    assert_int_equal(watcher.epochs_ended, 1);
    assert_int_equal(watcher.steps, 4);
    assert_int_equal(run.state.iterations, 4);
    small_run_open(&other, sizes, 0.01);
    small_run_fit(&other, &reviews, 1, sizes.batch_size, 7);
    watched_fit(&other, &first_step, &reviews, records, &epochs_done, &interrupted);
    assert_true(interrupted);
    assert_int_equal(epochs_done, 0);
    expect_equal_bits("weights", run.state.weights, other.state.weights,
                      run.table.total_count * sizeof(float));
    small_run_close(&other);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* A stop that comes with the last step of all takes nothing away. */
static void test_too_late_to_interrupt(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct watcher watcher = {.stop_after = 6};
    struct epoch_record records[2];
    int epochs_done;
    bool interrupted;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 0.01);
    watched_fit(&run, &watcher, &reviews, records, &epochs_done, &interrupted);
    assert_false(interrupted);
    assert_int_equal(epochs_done, 2);
    assert_true(records[1].validated);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

static void test_divergence_is_an_error(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct epoch_record record;
    struct error error = {""};
    struct trainer_options options = {.epochs = 1, .batch_size = sizes.batch_size, .seed = 7};
    int epochs_done;
    bool interrupted;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, sizes, 3e38);
    assert_false(trainer_fit(&run.network, &run.state, &reviews, NULL, &options, &record, &epochs_done,
                             &interrupted, &error));
    assert_non_null(strstr(error.message, "epoch 1"));
    assert_false(interrupted);
    assert_int_equal(epochs_done, 0);
    assert_int_equal(run.state.iterations, 0);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eight_reviews_are_learned_by_heart),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_seeds_matter),
        cmocka_unit_test(test_going_on_equals_going_through),
        cmocka_unit_test(test_epochs_are_their_batches),
        cmocka_unit_test(test_evaluation),
        cmocka_unit_test(test_evaluation_changes_nothing),
        cmocka_unit_test(test_events_and_validation),
        cmocka_unit_test(test_interruption),
        cmocka_unit_test(test_too_late_to_interrupt),
        cmocka_unit_test(test_divergence_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
