/* Of how many rows an evaluating batch is. */
#include "matinee/network.h"
#include "model/small_specs.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BATCH = 64 };

static struct backend played = {.inference_bytes = 1 << 29};
static int best, best_of_wide; /* rows of an LSTM, and of one of more than SMALL_H units */
static int asked_rows;

static const char *played_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    (void)backend;
    (void)error;
    return op->stacked == 0 ? "played" : NULL;
}

static int played_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    asked_rows = dims->N;
    assert_false(dims->input.rate > 0.0f || dims->recurrent.rate > 0.0f);
    return dims->H > SMALL_H ? best_of_wide : best;
}

static const struct backend_memory played_memory = {.lstm_engine = played_engine,
                                                    .inference_rows = played_rows};

static void expect_rows(const struct spec *spec, int rows)
{
    played.memory = &played_memory;
    assert_int_equal(network_evaluation_rows(&played, spec, BATCH), rows);
    assert_int_equal(asked_rows, BATCH);
}

/* As many as the LSTM is best of, and never fewer than the batch. */
static void test_what_the_backend_likes(void **state)
{
    (void)state;
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        small_spec(&spec, number);
        best = best_of_wide = 1000;
        expect_rows(&spec, 1000);
        best = best_of_wide = BATCH;
        expect_rows(&spec, BATCH);
        best = best_of_wide = 1;
        expect_rows(&spec, BATCH);
    }
}

/* An embedding, two LSTMs of which the first has more units, the head. */
static struct spec two_lstms(void)
{
    struct spec spec = {.name = "sequential", .maxlen = SMALL_T, .layer_count = 4, .adam = keras_adam};
    spec.layers[0] = (struct layer_spec){
        .kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = SMALL_V, .units = SMALL_E};
    spec.layers[1] = (struct layer_spec){
        .kind = LAYER_LSTM, .name = "lstm", .units = SMALL_H + 1, .return_sequences = true};
    spec.layers[2] = (struct layer_spec){.kind = LAYER_LSTM, .name = "lstm_1", .units = SMALL_H};
    spec.layers[3] = (struct layer_spec){.kind = LAYER_DENSE, .name = "dense", .units = 1};
    return spec;
}

/* Nobody is asked, and activations of a few bytes do not make a million rows of it. */
static void test_without_an_lstm(void **state)
{
    (void)state;
    struct spec spec = {.name = "sequential", .maxlen = SMALL_T, .layer_count = 3, .adam = keras_adam};
    spec.layers[0] = (struct layer_spec){
        .kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = SMALL_V, .units = SMALL_E};
    spec.layers[1] = (struct layer_spec){.kind = LAYER_GLOBAL_MAX_POOLING1D, .name = "maximum"};
    spec.layers[2] = (struct layer_spec){.kind = LAYER_DENSE, .name = "dense", .units = 1};
    played.memory = &played_memory;
    assert_int_equal(network_evaluation_rows(&played, &spec, BATCH), 512);
    assert_int_equal(network_evaluation_rows(&played, &spec, 700), 700);
}

static void test_the_least_of_several(void **state)
{
    (void)state;
    const struct spec spec = two_lstms();
    best = 1000;
    best_of_wide = 500;
    expect_rows(&spec, 500);
    best = 300;
    expect_rows(&spec, 300);
}

/* Tokens and outputs: of a row of the first LSTM's sequence, and of the last LSTM's state. */
static void test_the_activations_stay_small(void **state)
{
    (void)state;
    enum { T = 1000, TOKENS = T * 4, SEQUENCE = T * (SMALL_H + 1) * 4, STATE = SMALL_H * 4 };
    struct spec spec = two_lstms();
    spec.maxlen = T;
    best = best_of_wide = INT_MAX;
    for (int mib = 64; mib <= 512; mib *= 2) {
        played.inference_bytes = (size_t)mib << 20;
        expect_rows(&spec, (mib << 20) / (TOKENS + SEQUENCE + STATE));
    }
    spec.maxlen = 10000000;
    expect_rows(&spec, BATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_backend_likes),
        cmocka_unit_test(test_without_an_lstm),
        cmocka_unit_test(test_the_least_of_several),
        cmocka_unit_test(test_the_activations_stay_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
