#include "golden_run.h"

#include "compare.h"
#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct tolerance within_2e6 = {.absolute = 2e-6};

enum { MASK_OUTPUT, MASK_INPUT, MASK_RECURRENT, MASK_KINDS };

static void add_layer(struct spec *spec, struct layer_spec layer, const char *name)
{
    snprintf(layer.name, sizeof layer.name, "%s", name);
    spec->layers[spec->layer_count++] = layer;
}

static void add_lstm(struct spec *spec, const struct golden *golden)
{
    struct layer_spec lstm = {.kind = LAYER_LSTM, .units = golden->H, .bidirectional = golden->model == 4};
    if (lstm.bidirectional)
        snprintf(lstm.inner_name, sizeof lstm.inner_name, "lstm");
    if (golden->model == 3 || golden->model == 4)
        lstm.recurrent_dropout = golden_rate;
    if (golden->model == 3 || golden->model == 4 || golden->model == 6)
        lstm.dropout = golden_rate;
    add_layer(spec, lstm, lstm.bidirectional ? "bidirectional" : "lstm");
}

static void build_spec(struct spec *spec, const struct golden *golden)
{
    struct layer_spec dropout = {.kind = LAYER_DROPOUT, .dropout = golden_rate};
    *spec = (struct spec){.name = "sequential", .maxlen = golden->T, .adam = keras_adam};
    add_layer(spec, (struct layer_spec){.kind = LAYER_EMBEDDING, .input_dim = golden->V, .units = golden->E},
              "embedding");
    if (golden->model == 2)
        add_layer(spec, dropout, "dropout");
    if (golden->model == 5) {
        add_layer(spec,
                  (struct layer_spec){.kind = LAYER_CONV1D,
                                      .units = GOLDEN_FILTERS,
                                      .kernel_size = GOLDEN_KERNEL_SIZE,
                                      .strides = 1,
                                      .padding = PADDING_SAME,
                                      .activation = ACTIVATION_RELU},
                  "conv1d");
        add_layer(spec, (struct layer_spec){.kind = LAYER_MAX_POOLING1D, .pool_size = GOLDEN_POOL_SIZE},
                  "max_pooling1d");
    }
    add_lstm(spec, golden);
    if (golden->model == 2)
        add_layer(spec, dropout, "dropout_1");
    add_layer(spec, (struct layer_spec){.kind = LAYER_DENSE, .units = 1}, "dense");
}

static void make_reviews(struct golden_run *run)
{
    const struct golden *golden = &run->golden;
    struct reviews *reviews = &run->reviews;
    *reviews = (struct reviews){.count = golden->N, .T = golden->T, .tokens = golden->x, .labels = golden->y};
    reviews->pads = allocate((size_t)golden->N, sizeof *reviews->pads);
    for (int n = 0; n < golden->N; n++)
        while (reviews->pads[n] < golden->T && golden->x[n * golden->T + reviews->pads[n]] == 0)
            reviews->pads[n]++;
}

static void expect_same_table(const struct golden *golden, const struct parameter_table *table)
{
    assert_int_equal(golden->total_count, table->total_count);
    assert_int_equal(golden->tensor_count, table->count);
    for (int i = 0; i < table->count; i++) {
        assert_int_equal(golden->tensors[i].offset, table->items[i].offset);
        assert_int_equal(golden->tensors[i].count, table->items[i].count);
    }
}

void golden_run_open(struct golden_run *run, int model, int threads)
{
    struct error error;
    *run = (struct golden_run){.backend = NULL};
    golden_open(&run->golden, MATINEE_FIXTURES "/golden", model);
    make_reviews(run);
    build_spec(&run->spec, &run->golden);
    if (!spec_check(&run->spec, &error))
        fail_msg("%s", error.message);
    parameter_table_build(&run->table, &run->spec);
    expect_same_table(&run->golden, &run->table);
    assert_true(training_state_open(&run->state, &run->table, &error));
    for (size_t k = 0; k < run->golden.total_count; k++)
        run->state.weights[k] = (float)run->golden.weights0[k];
    assert_true(cpu_backend_open(&run->backend, threads, &error));
    assert_true(network_open(&run->network, run->backend, &run->spec, run->golden.N, 7, &error));
}

void golden_run_close(struct golden_run *run)
{
    for (int layer = 0; layer < SPEC_MAX_LAYERS; layer++)
        for (int i = 0; i < MASK_KINDS; i++)
            run->backend->memory->release(run->backend, run->masks[layer][i]);
    network_close(&run->network);
    run->backend->close(run->backend);
    training_state_close(&run->state);
    free(run->reviews.pads);
    golden_close(&run->golden);
}

/* The step's masks of this rank and last axis; nothing where the file has none. `masks` of them were drawn. */
static void upload_mask(struct golden_run *run, int s, int layer, int which, int rank, int width, int masks)
{
    const struct backend_memory *memory = run->backend->memory;
    struct error error;
    uint8_t *keep = golden_masks(&run->golden.steps[s], rank, width), **to = &run->masks[layer][which];
    size_t bytes = (size_t)masks * (size_t)run->golden.N * (size_t)width;
    if (keep && !*to)
        *to = memory->allocate(run->backend, bytes, "a mask", &error);
    assert_true(!keep || *to);
    if (keep)
        memory->upload(run->backend, *to, keep, bytes);
    free(keep);
}

void golden_run_upload_masks(struct golden_run *run, int s)
{
    const struct golden *golden = &run->golden;
    if (golden->model == 2) {
        upload_mask(run, s, 1, MASK_OUTPUT, 3, golden->E, golden->T);
        upload_mask(run, s, 3, MASK_OUTPUT, 2, golden->H, 1);
    } else {
        const struct layer_spec *lstm = &run->spec.layers[1];
        int masks = layer_mask_count(lstm) * (lstm->bidirectional ? 2 : 1);
        upload_mask(run, s, 1, MASK_INPUT, 2, golden->E, masks);
        upload_mask(run, s, 1, MASK_RECURRENT, 2, golden->H, masks);
    }
    for (int layer = 0; layer < SPEC_MAX_LAYERS; layer++)
        run->network.masks[layer] = (struct given_masks){.output = run->masks[layer][MASK_OUTPUT],
                                                         .input = run->masks[layer][MASK_INPUT],
                                                         .recurrent = run->masks[layer][MASK_RECURRENT]};
}

void golden_run_expect_predictions(struct golden_run *run, const double *expected)
{
    size_t count = (size_t)run->reviews.count;
    float *probabilities = allocate(count, sizeof *probabilities);
    struct score score;
    struct error error;
    fill_nan(probabilities, count);
    network_upload(&run->network, &run->state);
    assert_true(trainer_evaluate(&run->network, &run->reviews, &score, probabilities, &error));
    expect_close("predictions", probabilities, expected, count, within_2e6);
    free(probabilities);
}

void golden_run_expect_step(const struct golden_run *run, int s, double loss)
{
    const struct golden *golden = &run->golden;
    char what[64];
    snprintf(what, sizeof what, "m%d: loss of step %d", golden->model, s + 1);
    expect_close_number(what, loss, golden->steps[s].loss, within_2e6);
    snprintf(what, sizeof what, "m%d: weights after step %d", golden->model, s + 1);
    expect_close(what, run->state.weights, golden->steps[s].weights, golden->total_count, within_2e6);
}

static void expect_arena(const struct golden *golden, const char *what, const float *moments,
                         const double *expected)
{
    for (int i = 0; i < golden->tensor_count; i++) {
        const struct golden_tensor *tensor = &golden->tensors[i];
        expect_close(what, moments + tensor->offset, expected + tensor->offset, tensor->count,
                     of_largest(1e-5, expected + tensor->offset, tensor->count));
    }
}

void golden_run_expect_moments(const struct golden_run *run)
{
    expect_arena(&run->golden, "Adam's m", run->state.m, run->golden.adam_m);
    expect_arena(&run->golden, "Adam's v", run->state.v, run->golden.adam_v);
}
