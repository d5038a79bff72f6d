/* A fit draws the masks of update 0, 1, 2 ..., through its epochs and on from where another ended. */
#include "compare.h"
#include "matinee/rng.h"
#include "model/small_specs.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { REVIEWS = 21, BATCH = 8, LAST = REVIEWS % BATCH, EPOCHS = 2, SEED = 7, MASK_SEED = 9 };

static const char *const dropping[] = {"lstm-dropout", "lstm-gate-dropout", "lstm-embedding-dropout"};
enum { DROPPING = sizeof dropping / sizeof dropping[0] };

static void open_run(struct small_run *run, const char *preset)
{
    struct spec spec;
    small_preset(&spec, preset);
    spec.adam.learning_rate = 0.01;
    small_run_open_spec(run, &spec, BATCH, 1, MASK_SEED);
}

/* The step's state as Keras' Adam and rng.h have it, for updates counted from 0. */
static void upload_state(struct small_run *run, int first_row, int64_t update)
{
    const struct adam_spec *adam = &run->spec.adam;
    double t = (double)(update + 1), rate = (double)(float)adam->learning_rate;
    struct step_state state = {
        .first_row = first_row,
        .step = (uint32_t)update,
        .alpha = (float)(rate * sqrt(1.0 - pow(adam->beta_2, t)) / (1.0 - pow(adam->beta_1, t)))};
    run->backend->memory->upload(run->backend, run->network.state, &state, sizeof state);
}

/* Epochs without the trainer: no recordings, every step called. */
static void train_by_hand(struct small_run *run, const struct reviews *reviews)
{
    struct backend *backend = run->backend;
    struct resident_reviews resident;
    struct pass full, last;
    struct error error;
    assert_true(resident_reviews_open(&resident, &run->network, reviews, &error));
    network_upload(&run->network, &run->state);
    backend->ops->clear(backend, run->network.metrics, sizeof *run->network.metrics);
    pass_build(&full, &run->network, &resident, BATCH, PASS_TRAIN);
    pass_build(&last, &run->network, &resident, LAST, PASS_TRAIN);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        int32_t order[REVIEWS];
        struct rng rng = rng_open(SEED, RNG_SHUFFLE, epoch);
        rng_permutation(&rng, order, REVIEWS);
        backend->memory->upload(backend, resident.order, order, sizeof order);
        for (int first = 0; first < REVIEWS; first += BATCH) {
            upload_state(run, first, run->state.iterations++);
            pass_train(first + BATCH <= REVIEWS ? &full : &last);
        }
    }
    network_download(&run->network, &run->state);
    resident_reviews_close(&resident);
}

static void test_a_fit_is_its_steps(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, REVIEWS, SMALL_T, SMALL_V);
    for (int i = 0; i < DROPPING; i++) {
        struct small_run fitted, by_hand;
        open_run(&fitted, dropping[i]);
        open_run(&by_hand, dropping[i]);
        small_run_fit(&fitted, &reviews, EPOCHS, BATCH, SEED);
        train_by_hand(&by_hand, &reviews);
        assert_int_equal(by_hand.state.iterations, 6);
        small_run_expect_same(dropping[i], &fitted, &by_hand);
        small_run_close(&fitted);
        small_run_close(&by_hand);
    }
    small_reviews_close(&reviews);
}

static void test_going_on_equals_going_through(void **state)
{
    (void)state;
    struct reviews reviews;
    small_reviews_open(&reviews, REVIEWS, SMALL_T, SMALL_V);
    for (int i = 0; i < DROPPING; i++) {
        struct small_run through, first, second;
        open_run(&through, dropping[i]);
        open_run(&first, dropping[i]);
        open_run(&second, dropping[i]);
        small_run_fit(&through, &reviews, 2, BATCH, SEED);
        small_run_fit(&first, &reviews, 1, BATCH, SEED);
        struct training_state untrained = second.state;
        second.state = first.state;
        first.state = untrained;
        small_run_fit(&second, &reviews, 1, BATCH, SEED);
        small_run_expect_same(dropping[i], &second, &through);
        small_run_close(&through);
        small_run_close(&first);
        small_run_close(&second);
    }
    small_reviews_close(&reviews);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fit_is_its_steps),
        cmocka_unit_test(test_going_on_equals_going_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
