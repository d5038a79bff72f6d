/* A run on the CUDA backend that is interrupted within an epoch and goes on: the state and the scores of the run that
 * never was, to the bit, replayed as graphs and op by op. */
#include "compare.h"
#include "cuda_fixture.h"
#include "model/small_specs.h"
#include "train/small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BATCH = 8, REVIEWS = 4 * BATCH + 5, STEPS = 5, EPOCHS = 2, SEED = 7 };

static struct reviews reviews;

static int open_reviews(void **state)
{
    (void)state;
    small_reviews_open(&reviews, REVIEWS, SMALL_T, SMALL_V);
    return 0;
}

static int close_reviews(void **state)
{
    (void)state;
    small_reviews_close(&reviews);
    return cuda_fixture_left_over() == 0 ? 0 : -1;
}

struct watch {
    struct trainer_position position;
    struct epoch_record records[EPOCHS];
    int stop_at; /* updates of the whole run */
    volatile sig_atomic_t stop;
    int64_t checkpoints;
};

static void on_checkpoint(void *context)
{
    struct watch *watch = context;
    watch->checkpoints++;
    if (watch->position.epochs_done * STEPS + watch->position.step == watch->stop_at)
        watch->stop = 1;
}

/* A checkpoint after each update, as the backend itself tells only now and then how far it is. */
static bool train(struct small_run *run, struct watch *watch)
{
    struct error error;
    struct trainer_options options = {.epochs = EPOCHS,
                                      .batch_size = BATCH,
                                      .seed = SEED,
                                      .save_every = 1,
                                      .position = &watch->position,
                                      .stop = &watch->stop,
                                      .events = {.context = watch, .checkpoint = on_checkpoint}};
    int epochs_done;
    bool interrupted;
    if (!trainer_fit(&run->network, &run->state, &reviews, &reviews, &options, watch->records, &epochs_done,
                     &interrupted, &error))
        fail_msg("%s", error.message);
    return interrupted;
}

static void open_run(struct small_run *run, bool no_graph)
{
    struct spec spec;
    struct backend *backend;
    struct backend_options options = {.device = "cuda", .no_graph = no_graph};
    small_preset(&spec, "lstm-dropout");
    spec.adam.cosine =
        (struct cosine_decay){.decay_steps = STEPS * EPOCHS - 2, .warmup_target = 0.01, .warmup_steps = 2};
    spec.adam.ema_momentum = 0.75;
    assert_true(cuda_fixture_open_with(&options, &backend));
    small_run_open_on(run, backend, &spec, BATCH, SEED);
}

static void check(bool no_graph, int stop_at)
{
    struct small_run straight, broken;
    struct watch whole = {.stop_at = -1}, parts = {.stop_at = stop_at};
    open_run(&straight, no_graph);
    open_run(&broken, no_graph);
    assert_false(train(&straight, &whole));
    assert_int_equal(whole.checkpoints, STEPS * EPOCHS);
    assert_true(train(&broken, &parts));
    assert_int_equal(broken.state.iterations, stop_at);
    parts.stop = 0;
    assert_false(train(&broken, &parts));
    small_run_expect_same("gone on", &broken, &straight);
    for (int i = 0; i < EPOCHS; i++) {
        expect_equal_bits("training", &parts.records[i].train, &whole.records[i].train,
                          sizeof whole.records[i].train);
        expect_equal_bits("validation", &parts.records[i].validation, &whole.records[i].validation,
                          sizeof whole.records[i].validation);
    }
    small_run_close(&straight);
    small_run_close(&broken);
}

static void test_graphs(void **state)
{
    (void)state;
    check(false, 2);
    check(false, STEPS + 3);
}

static void test_op_by_op(void **state)
{
    (void)state;
    check(true, STEPS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_op_by_op),
    };
    return cmocka_run_group_tests(tests, open_reviews, close_reviews);
}
