/* Three training steps of Keras, repeated on the CPU backend: golden m1 by the trainer, and m1 to m6 by the network
 * with the masks that Keras drew. */
#include "compare.h"
#include "golden_run.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Every step is an epoch of one batch: its order of rows is another, which changes the rounding of sums only. */
static void fit_m1(int threads)
{
    struct golden_run run;
    golden_run_open(&run, 1, threads);
    golden_run_expect_predictions(&run, run.golden.predict0);
    for (int s = 0; s < GOLDEN_STEPS; s++) {
        struct trainer_options options = {.epochs = 1, .batch_size = run.golden.N, .seed = 7};
        struct epoch_record record;
        int epochs_done;
        bool interrupted;
        struct error error;
        if (!trainer_fit(&run.network, &run.state, &run.reviews, NULL, &options, &record, &epochs_done,
                         &interrupted, &error))
            fail_msg("%s", error.message);
        golden_run_expect_step(&run, s, record.train.loss);
        assert_int_equal(run.state.iterations, s + 1);
    }
    golden_run_expect_moments(&run);
    golden_run_expect_predictions(&run, run.golden.predict3);
    golden_run_close(&run);
}

static void test_fit_m1(void **state)
{
    (void)state;
    fit_m1(1);
    fit_m1(2);
}

/* One update over the whole file; returns its loss. */
static double train_step(struct golden_run *run, struct pass *pass, int s)
{
    struct network *network = &run->network;
    struct backend *backend = run->backend;
    const struct adam_spec *adam = &run->spec.adam;
    double alpha = reference_adam_alpha(adam->learning_rate, adam->beta_1, adam->beta_2, s + 1);
    struct step_state state = {.step = (uint32_t)s, .alpha = (float)alpha};
    struct metrics metrics;
    golden_run_upload_masks(run, s);
    backend->memory->upload(backend, network->state, &state, sizeof state);
    backend->ops->clear(backend, network->metrics, sizeof metrics);
    pass_train(pass);
    backend->memory->download(backend, &metrics, network->metrics, sizeof metrics);
    network_download(network, &run->state);
    assert_int_equal(metrics.count, run->golden.N);
    return metrics.loss / (double)metrics.count;
}

static void upload_identity_order(const struct resident_reviews *resident)
{
    struct backend *backend = resident->backend;
    int32_t *order = allocate((size_t)resident->count, sizeof *order);
    for (int32_t n = 0; n < resident->count; n++)
        order[n] = n;
    backend->memory->upload(backend, resident->order, order, (size_t)resident->count * sizeof *order);
    free(order);
}

static void train(int model, int threads)
{
    struct golden_run run;
    struct resident_reviews resident;
    struct pass pass;
    struct error error;
    golden_run_open(&run, model, threads);
    golden_run_expect_predictions(&run, run.golden.predict0);
    assert_true(resident_reviews_open(&resident, &run.network, &run.reviews, &error));
    upload_identity_order(&resident);
    golden_run_upload_masks(&run, 0);
    pass_build(&pass, &run.network, &resident, run.golden.N, PASS_TRAIN);
    for (int s = 0; s < GOLDEN_STEPS; s++)
        golden_run_expect_step(&run, s, train_step(&run, &pass, s));
    golden_run_expect_moments(&run);
    golden_run_expect_predictions(&run, run.golden.predict3);
    resident_reviews_close(&resident);
    golden_run_close(&run);
}

static void train_with_threads(int model)
{
    train(model, 1);
    train(model, 2);
}

static void test_lstm(void **state)
{
    (void)state;
    train_with_threads(1);
}

static void test_dropout_layers(void **state)
{
    (void)state;
    train_with_threads(2);
}

static void test_gate_dropout(void **state)
{
    (void)state;
    train_with_threads(3);
}

static void test_bidirectional(void **state)
{
    (void)state;
    train_with_threads(4);
}

static void test_conv_pool(void **state)
{
    (void)state;
    train_with_threads(5);
}

static void test_shared_input_mask(void **state)
{
    (void)state;
    train_with_threads(6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_m1),
        cmocka_unit_test(test_lstm),
        cmocka_unit_test(test_dropout_layers),
        cmocka_unit_test(test_gate_dropout),
        cmocka_unit_test(test_bidirectional),
        cmocka_unit_test(test_conv_pool),
        cmocka_unit_test(test_shared_input_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
