#include "small_run.h"

#include "compare.h"
#include "matinee/cpu.h"
#include "matinee/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void small_run_open(struct small_run *run, struct small_sizes sizes, double learning_rate)
{
    struct error error;
    struct preset_options preset;
    struct spec spec;
    assert_true(preset_defaults(&preset, "lstm", &error));
    preset.vocabulary = sizes.V;
    preset.maxlen = sizes.T;
    preset.embedding = sizes.E;
    preset.units = sizes.H;
    assert_true(spec_preset(&spec, "lstm", &preset, &error));
    spec.adam.learning_rate = learning_rate;
    small_run_open_spec(run, &spec, sizes.batch_size, sizes.threads, 7);
}

void small_run_open_spec(struct small_run *run, const struct spec *spec, int batch_size, int threads,
                         uint64_t mask_seed)
{
    struct error error;
    struct backend *backend;
    assert_true(cpu_backend_open(&backend, threads, &error));
    small_run_open_on(run, backend, spec, batch_size, mask_seed);
}

void small_run_open_on(struct small_run *run, struct backend *backend, const struct spec *spec,
                       int batch_size, uint64_t mask_seed)
{
    struct error error;
    *run = (struct small_run){.backend = backend, .spec = *spec};
    parameter_table_build(&run->table, &run->spec);
    assert_true(training_state_open(&run->state, &run->table, &error));
    assert_true(parameters_initialize(&run->table, 7, run->state.weights, &error));
    assert_true(training_state_set_average(&run->state, &run->table, adam_has_average(&spec->adam), &error));
    if (!network_open(&run->network, run->backend, &run->spec, batch_size, mask_seed, &error))
        fail_msg("%s", error.message);
}

void small_run_close(struct small_run *run)
{
    network_close(&run->network);
    run->backend->close(run->backend);
    training_state_close(&run->state);
}

struct score small_run_fit(struct small_run *run, const struct reviews *reviews, int epochs, int batch_size,
                           uint64_t seed)
{
    struct trainer_options options = {.epochs = epochs, .batch_size = batch_size, .seed = seed};
    struct epoch_record *records = allocate((size_t)epochs, sizeof *records);
    int epochs_done;
    bool interrupted;
    struct error error;
    if (!trainer_fit(&run->network, &run->state, reviews, NULL, &options, records, &epochs_done, &interrupted,
                     &error))
        fail_msg("%s", error.message);
    assert_int_equal(epochs_done, epochs);
    assert_false(interrupted);
    struct score score = records[epochs - 1].train;
    free(records);
    return score;
}

void small_run_expect_same(const char *what, const struct small_run *a, const struct small_run *b)
{
    char text[96];
    size_t bytes = a->table.total_count * sizeof(float);
    snprintf(text, sizeof text, "%s: weights", what);
    expect_equal_bits(text, a->state.weights, b->state.weights, bytes);
    snprintf(text, sizeof text, "%s: Adam's m", what);
    expect_equal_bits(text, a->state.m, b->state.m, bytes);
    snprintf(text, sizeof text, "%s: Adam's v", what);
    expect_equal_bits(text, a->state.v, b->state.v, bytes);
    assert_int_equal(a->state.average != NULL, b->state.average != NULL);
    snprintf(text, sizeof text, "%s: average", what);
    expect_equal_bits(text, evaluated_weights(&a->state), evaluated_weights(&b->state), bytes);
    assert_int_equal(a->state.iterations, b->state.iterations);
}

static void reviews_allocate(struct reviews *reviews, int count, int T)
{
    *reviews = (struct reviews){.count = count, .T = T};
    reviews->tokens = allocate((size_t)count * (size_t)T, sizeof *reviews->tokens);
    reviews->pads = allocate((size_t)count, sizeof *reviews->pads);
    reviews->labels = allocate((size_t)count, sizeof *reviews->labels);
}

void small_reviews_open(struct reviews *reviews, int count, int T, int V)
{
    struct rng rng = rng_open(71, RNG_SAMPLE, (uint32_t)count);
    reviews_allocate(reviews, count, T);
    for (int n = 0; n < count; n++) {
        reviews->pads[n] = (int32_t)rng_below(&rng, (uint32_t)T);
        reviews->labels[n] = (uint8_t)rng_below(&rng, 2);
        for (int t = reviews->pads[n]; t < T; t++)
            reviews->tokens[n * T + t] = 1 + (int32_t)rng_below(&rng, (uint32_t)V - 1);
    }
}

void small_reviews_close(struct reviews *reviews)
{
    free(reviews->tokens);
    free(reviews->pads);
    free(reviews->labels);
}

void small_reviews_pick(struct reviews *reviews, const struct reviews *from, const int32_t *rows, int count)
{
    size_t T = (size_t)from->T;
    reviews_allocate(reviews, count, from->T);
    for (int n = 0; n < count; n++) {
        memcpy(reviews->tokens + (size_t)n * T, from->tokens + (size_t)rows[n] * T, T * sizeof *from->tokens);
        reviews->pads[n] = from->pads[rows[n]];
        reviews->labels[n] = from->labels[rows[n]];
    }
}
