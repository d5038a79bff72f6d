/* Which ops every network becomes, op by op: sizes, rates and the streams of the masks. */
#include "plan.h"

#include "matinee/rng.h"
#include "model/small_specs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5, T = SMALL_T, V = SMALL_V, E = SMALL_E, H = SMALL_H, C = SMALL_C };

static const float slope = 0.2f;

static void expect_int(const char *where, const char *what, long long got, long long expected)
{
    if (got != expected)
        fail_msg("%s: %s is %lld, not %lld", where, what, got, expected);
}

static void expect_dropout(const char *where, const char *what, const struct dropout *got,
                           const struct dropout *expected)
{
    if (!(got->rate == expected->rate))
        fail_msg("%s: the rate of %s is %g, not %g", where, what, (double)got->rate, (double)expected->rate);
    if (expected->rate > 0.0f)
        expect_int(where, what, got->stream, expected->stream);
}

static void expect_embedding(const char *where, const struct pass_op *got, const struct pass_op *expected)
{
    const struct embedding *a = &got->embedding.forward, *b = &expected->embedding.forward;
    expect_int(where, "dropout_layer", got->dropout_layer, expected->dropout_layer);
    expect_int(where, "T", a->T, b->T);
    expect_int(where, "N", a->N, N);
    expect_int(where, "V", a->V, V);
    expect_int(where, "E", a->E, E);
    expect_dropout(where, "rows", &a->rows, &b->rows);
    expect_dropout(where, "elements", &a->elements, &b->elements);
}

static void expect_conv(const char *where, const struct conv_pool *got, const struct conv_pool *expected)
{
    expect_int(where, "T", got->T, expected->T);
    expect_int(where, "N", got->N, N);
    expect_int(where, "E", got->E, expected->E);
    expect_int(where, "C", got->C, expected->C);
    expect_int(where, "K", got->K, expected->K);
    expect_int(where, "P", got->P, expected->P);
    expect_int(where, "stride", got->stride, expected->stride);
    expect_int(where, "same", got->same, expected->same);
    expect_int(where, "relu", got->relu, expected->relu);
}

static void expect_lstm(const char *where, const struct lstm *got, const struct lstm *expected)
{
    expect_int(where, "T", got->T, expected->T);
    expect_int(where, "N", got->N, N);
    expect_int(where, "V", got->V, expected->V);
    expect_int(where, "E", got->E, expected->E);
    expect_int(where, "H", got->H, expected->H);
    expect_int(where, "D", got->D, expected->D);
    expect_int(where, "reversed", got->reversed, expected->reversed);
    expect_int(where, "sequences", got->sequences, expected->sequences);
    if (expected->mask_count > 0)
        expect_int(where, "mask_count", got->mask_count, expected->mask_count);
    if (!(got->hard_slope == expected->hard_slope))
        fail_msg("%s: the slope is %g, not %g", where, (double)got->hard_slope, (double)expected->hard_slope);
    expect_dropout(where, "input", &got->input, &expected->input);
    expect_dropout(where, "recurrent", &got->recurrent, &expected->recurrent);
}

static void expect_op(const char *where, const struct pass_op *got, const struct pass_op *expected)
{
    const struct dropout_layer *dropout = &got->dropout.forward;
    const struct max_pool *pool = &got->max_pool.forward;
    const struct global_pool *global = &got->global_pool.forward;
    expect_int(where, "kind", got->kind, expected->kind);
    expect_int(where, "layer", got->layer, expected->layer);
    switch (expected->kind) {
    case OP_EMBEDDING:
        expect_embedding(where, got, expected);
        break;
    case OP_DROPOUT:
        expect_int(where, "T", dropout->T, expected->dropout.forward.T);
        expect_int(where, "N", dropout->N, N);
        expect_int(where, "F", dropout->F, expected->dropout.forward.F);
        expect_int(where, "unit", dropout->unit, expected->dropout.forward.unit);
        expect_dropout(where, "elements", &dropout->dropout, &expected->dropout.forward.dropout);
        break;
    case OP_CONV_POOL:
        expect_conv(where, &got->conv_pool.forward, &expected->conv_pool.forward);
        break;
    case OP_MAX_POOL:
        expect_int(where, "T", pool->T, expected->max_pool.forward.T);
        expect_int(where, "N", pool->N, N);
        expect_int(where, "F", pool->F, expected->max_pool.forward.F);
        expect_int(where, "P", pool->P, expected->max_pool.forward.P);
        break;
    case OP_GLOBAL_POOL:
        expect_int(where, "T", global->T, expected->global_pool.forward.T);
        expect_int(where, "N", global->N, N);
        expect_int(where, "F", global->F, expected->global_pool.forward.F);
        expect_int(where, "average", global->average, expected->global_pool.forward.average);
        break;
    case OP_LSTM:
        expect_lstm(where, &got->lstm.forward, &expected->lstm.forward);
        break;
    case OP_DENSE:
        expect_int(where, "N", got->dense.forward.N, N);
        expect_int(where, "F", got->dense.forward.F, expected->dense.forward.F);
        expect_int(where, "N of the gradient", got->dense.backward.N, N);
        expect_int(where, "F of the gradient", got->dense.backward.F, expected->dense.forward.F);
        break;
    }
}

struct expected {
    int count;
    struct pass_op ops[SPEC_MAX_LAYERS + 1];
};

static void expect_plan(const char *name, const struct spec *spec, enum pass_kind kind,
                        const struct expected *expected)
{
    struct plan plan;
    char where[96];
    memset(&plan, 0xff, sizeof plan);
    plan_make(&plan, spec, N, kind);
    snprintf(where, sizeof where, "%s, %s", name, kind == PASS_TRAIN ? "training" : "evaluating");
    expect_int(where, "op_count", plan.op_count, expected->count);
    for (int i = 0; i < expected->count; i++) {
        snprintf(where, sizeof where, "%s, %s: op %d", name, kind == PASS_TRAIN ? "training" : "evaluating",
                 i);
        expect_op(where, &plan.ops[i], &expected->ops[i]);
    }
}

static struct dropout drop(float rate, int layer, enum dropout_kind kind)
{
    return (struct dropout){.rate = rate, .stream = dropout_stream(layer, kind)};
}

static void add(struct expected *expected, struct pass_op op)
{
    expected->ops[expected->count++] = op;
}

/* dropout_layer 0 and rate 0: none. */
static void add_embedding(struct expected *expected, float rows_rate, int dropout_layer, float rate)
{
    add(expected, (struct pass_op){.kind = OP_EMBEDDING,
                                   .dropout_layer = dropout_layer,
                                   .embedding.forward = {
                                       .T = T,
                                       .rows = drop(rows_rate, 0, DROPOUT_EMBEDDING_ROWS),
                                       .elements = drop(rate, dropout_layer, DROPOUT_EMBEDDING_OUTPUT)}});
}

static void add_dropout(struct expected *expected, int layer, enum dropout_kind kind, float rate, int steps,
                        int features)
{
    add(expected,
        (struct pass_op){.kind = OP_DROPOUT,
                         .layer = layer,
                         .dropout.forward = {.T = steps, .F = features, .dropout = drop(rate, layer, kind)}});
}

static void add_conv(struct expected *expected, int layer, struct conv_pool conv)
{
    add(expected, (struct pass_op){.kind = OP_CONV_POOL, .layer = layer, .conv_pool.forward = conv});
}

static void add_pool(struct expected *expected, int layer, int steps, int features)
{
    add(expected, (struct pass_op){.kind = OP_MAX_POOL,
                                   .layer = layer,
                                   .max_pool.forward = {.T = steps, .F = features, .P = 2}});
}

static void add_global_pool(struct expected *expected, int layer, int steps, bool average)
{
    add(expected, (struct pass_op){.kind = OP_GLOBAL_POOL,
                                   .layer = layer,
                                   .global_pool.forward = {.T = steps, .F = C, .average = average}});
}

static void add_lstm(struct expected *expected, int layer, struct lstm lstm)
{
    add(expected, (struct pass_op){.kind = OP_LSTM, .layer = layer, .lstm.forward = lstm});
}

static void add_dense(struct expected *expected, int layer, int features)
{
    add(expected, (struct pass_op){.kind = OP_DENSE, .layer = layer, .dense.forward.F = features});
}

/* The LSTM of a preset, over the tokens or over x. */
static struct lstm tokens_lstm(int D)
{
    return (struct lstm){.T = T, .V = V, .E = E, .H = H, .D = D};
}

static struct lstm x_lstm(int steps, int features)
{
    return (struct lstm){.T = steps, .E = features, .H = H, .D = 1};
}

static struct lstm gates_lstm(int layer, int D, float input, float recurrent)
{
    return (struct lstm){.T = T,
                         .E = E,
                         .H = H,
                         .D = D,
                         .mask_count = 4,
                         .input = drop(input, layer, DROPOUT_GATE_INPUT),
                         .recurrent = drop(recurrent, layer, DROPOUT_GATE_RECURRENT)};
}

/* Rates that are told apart. */
static struct spec preset(const char *name)
{
    struct spec spec;
    small_preset(&spec, name);
    for (int i = 0; i < spec.layer_count; i++) {
        struct layer_spec *layer = &spec.layers[i];
        if (layer->dropout > 0)
            layer->dropout = 0.125 + 0.0625 * i;
        if (layer->recurrent_dropout > 0)
            layer->recurrent_dropout = 0.75;
    }
    return spec;
}

static void expect_both(const char *name, const struct spec *spec, const struct expected *training,
                        const struct expected *evaluating)
{
    expect_plan(name, spec, PASS_TRAIN, training);
    expect_plan(name, spec, PASS_EVALUATE, evaluating);
}

/* Nothing stands between the Embedding and the LSTM: it reads the tokens. */
static void test_presets_without_dropout(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int D;
        bool reversed;
    } presets[] = {{"lstm", 1, false}, {"bilstm", 2, false}, {"lstm-reversed", 1, true}};
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        struct spec spec = preset(presets[i].name);
        struct expected expected = {0};
        struct lstm lstm = tokens_lstm(presets[i].D);
        lstm.reversed = presets[i].reversed;
        add_lstm(&expected, 1, lstm);
        add_dense(&expected, 2, presets[i].D * H);
        expect_both(presets[i].name, &spec, &expected, &expected);
    }
}

static void test_dropout_layers(void **state)
{
    (void)state;
    static const char *const names[] = {"lstm-dropout", "lstm-embedding-dropout"};
    for (int i = 0; i < 2; i++) {
        struct spec spec = preset(names[i]);
        struct expected training = {0}, evaluating = {0};
        add_embedding(&training, i == 0 ? 0.0f : 0.125f, 1, 0.1875f);
        add_lstm(&training, 2, x_lstm(T, E));
        add_dropout(&training, 3, DROPOUT_LSTM_OUTPUT, 0.3125f, 1, H);
        add_dense(&training, 4, H);
        add_lstm(&evaluating, 2, tokens_lstm(1));
        add_dense(&evaluating, 4, H);
        expect_both(names[i], &spec, &training, &evaluating);
    }
}

static void test_gate_dropout(void **state)
{
    (void)state;
    static const char *const names[] = {"lstm-gate-dropout", "bilstm-gate-dropout"};
    for (int i = 0; i < 2; i++) {
        struct spec spec = preset(names[i]);
        struct expected training = {0}, evaluating = {0};
        add_embedding(&training, 0, 0, 0);
        add_lstm(&training, 1, gates_lstm(1, i + 1, 0.1875f, 0.75f));
        add_dense(&training, 2, (i + 1) * H);
        add_lstm(&evaluating, 1, tokens_lstm(i + 1));
        add_dense(&evaluating, 2, (i + 1) * H);
        expect_both(names[i], &spec, &training, &evaluating);

        spec.layers[1].gate_masks = GATE_MASKS_SHARED;
        training.ops[1].lstm.forward.mask_count = 1;
        expect_both("masks that gates share", &spec, &training, &evaluating);
    }
}

static void test_convolutions(void **state)
{
    (void)state;
    const struct conv_pool conv = {
        .T = T, .E = E, .C = C, .K = 3, .P = 2, .stride = 1, .same = true, .relu = true};
    struct spec spec = preset("cnn-lstm");
    struct expected plain = {0}, training = {0}, evaluating = {0};
    add_embedding(&plain, 0, 0, 0);
    add_conv(&plain, 1, conv);
    add_lstm(&plain, 3, x_lstm(T / 2, C));
    add_dense(&plain, 4, H);
    expect_both("cnn-lstm", &spec, &plain, &plain);

    spec = preset("cnn-lstm-dropout");
    add_embedding(&training, 0, 1, 0.1875f);
    add_conv(&training, 2, conv);
    add_lstm(&training, 4, x_lstm(T / 2, C));
    add_dropout(&training, 5, DROPOUT_LSTM_OUTPUT, 0.4375f, 1, H);
    add_dense(&training, 6, H);
    add_embedding(&evaluating, 0, 0, 0);
    add_conv(&evaluating, 2, conv);
    add_lstm(&evaluating, 4, x_lstm(T / 2, C));
    add_dense(&evaluating, 6, H);
    expect_both("cnn-lstm-dropout", &spec, &training, &evaluating);
}

/* All of the deep network but its two Dropout layers and the masks of its gates, which evaluating leaves out. */
static void expect_deep(struct expected *expected, bool training)
{
    struct lstm gates = gates_lstm(7, 2, 0.2f, 0.4f),
                plain = {.T = 6, .E = 6, .H = 5, .D = 2, .sequences = true};
    gates.T = gates.E = 6;
    gates.H = 5;
    gates.sequences = true;
    add_embedding(expected, 0, 0, 0);
    add_conv(
        expected, 1,
        (struct conv_pool){.T = T, .E = E, .C = 5, .K = 2, .P = 1, .stride = 1, .same = true, .relu = true});
    add_lstm(expected, 2,
             (struct lstm){.T = T, .E = 5, .H = 7, .D = 1, .sequences = true, .hard_slope = slope});
    add_pool(expected, 3, T, 7);
    add_lstm(expected, 4, (struct lstm){.T = 6, .E = 7, .H = 4, .D = 2, .sequences = true});
    add_lstm(expected, 5, (struct lstm){.T = 6, .E = 8, .H = 6, .D = 1, .sequences = true});
    if (training)
        add_dropout(expected, 6, DROPOUT_LSTM_OUTPUT, 0.3f, 6, 6);
    add_lstm(expected, 7, training ? gates : plain);
    add_conv(expected, 8, (struct conv_pool){.T = 6, .E = 10, .C = 4, .K = 3, .P = 1, .stride = 1});
    add_lstm(expected, 9, (struct lstm){.T = 4, .E = 4, .H = 9, .D = 1, .reversed = true});
    if (training)
        add_dropout(expected, 10, DROPOUT_LSTM_OUTPUT, 0.1f, 1, 9);
    add_dense(expected, 11, 9);
}

static void test_the_deep_network(void **state)
{
    (void)state;
    struct spec spec;
    struct expected training = {0}, evaluating = {0};
    small_spec(&spec, SMALL_DEEP);
    expect_deep(&training, true);
    expect_deep(&evaluating, false);
    expect_both("deep", &spec, &training, &evaluating);
}

static struct spec spec_of(const struct layer_spec *layers, int count)
{
    struct spec spec = {.name = "sequential", .maxlen = T, .layer_count = count, .adam = keras_adam};
    struct error error;
    for (int i = 0; i < count; i++) {
        spec.layers[i] = layers[i];
        snprintf(spec.layers[i].name, SPEC_NAME_BYTES, "layer_%d", i);
    }
    if (!spec_check(&spec, &error))
        fail_msg("%s", error.message);
    return spec;
}

/* A Dropout's masks are of a kind by what last made its input, however many Dropout layers stand between. */
static void test_kinds_of_dropout_layers(void **state)
{
    (void)state;
    static const struct layer_spec embedding = {.kind = LAYER_EMBEDDING, .input_dim = V, .units = E},
                                   dropout = {.kind = LAYER_DROPOUT, .dropout = 0.5},
                                   conv = {.kind = LAYER_CONV1D, .units = C, .kernel_size = 3, .strides = 1},
                                   pool = {.kind = LAYER_MAX_POOLING1D, .pool_size = 2},
                                   lstm = {.kind = LAYER_LSTM, .units = H},
                                   dense = {.kind = LAYER_DENSE, .units = 1};
    const struct layer_spec twice[] = {embedding, dropout, dropout, lstm, dropout, dropout, dense};
    const struct layer_spec pooled[] = {embedding, conv, dropout, pool, dropout, lstm, dense};
    const struct layer_spec pool_alone[] = {embedding, pool, dropout, lstm, dense};
    struct expected expected = {0};
    struct spec spec = spec_of(twice, 7);
    add_embedding(&expected, 0, 1, 0.5f);
    add_dropout(&expected, 2, DROPOUT_EMBEDDING_OUTPUT, 0.5f, T, E);
    add_lstm(&expected, 3, x_lstm(T, E));
    add_dropout(&expected, 4, DROPOUT_LSTM_OUTPUT, 0.5f, 1, H);
    add_dropout(&expected, 5, DROPOUT_LSTM_OUTPUT, 0.5f, 1, H);
    add_dense(&expected, 6, H);
    expect_plan("two of each", &spec, PASS_TRAIN, &expected);

    expected = (struct expected){0};
    spec = spec_of(pooled, 7);
    add_embedding(&expected, 0, 0, 0);
    add_conv(&expected, 1, (struct conv_pool){.T = T, .E = E, .C = C, .K = 3, .P = 1, .stride = 1});
    add_dropout(&expected, 2, DROPOUT_CONV_OUTPUT, 0.5f, T - 2, C);
    add_pool(&expected, 3, T - 2, C);
    add_dropout(&expected, 4, DROPOUT_CONV_OUTPUT, 0.5f, (T - 2) / 2, C);
    add_lstm(&expected, 5, x_lstm((T - 2) / 2, C));
    add_dense(&expected, 6, H);
    expect_plan("a convolution and a pooling", &spec, PASS_TRAIN, &expected);

    expected = (struct expected){0};
    spec = spec_of(pool_alone, 5);
    add_embedding(&expected, 0, 0, 0);
    add_pool(&expected, 1, T, E);
    add_dropout(&expected, 2, DROPOUT_CONV_OUTPUT, 0.5f, T / 2, E);
    add_lstm(&expected, 3, x_lstm(T / 2, E));
    add_dense(&expected, 4, H);
    expect_plan("a pooling alone", &spec, PASS_TRAIN, &expected);
}

/* Dropout of features and of steps is an op of its own, also behind the Embedding; evaluation has none. */
static void test_strides_units_and_global_pooling(void **state)
{
    (void)state;
    static const struct layer_spec layers[] = {
        {.kind = LAYER_EMBEDDING, .input_dim = V, .units = E},
        {.kind = LAYER_DROPOUT, .dropout = 0.125, .dropout_unit = DROP_STEPS},
        {.kind = LAYER_DROPOUT, .dropout = 0.25, .dropout_unit = DROP_FEATURES},
        {.kind = LAYER_CONV1D, .units = C, .kernel_size = 3, .strides = 2, .padding = PADDING_SAME},
        {.kind = LAYER_MAX_POOLING1D, .pool_size = 2},
        {.kind = LAYER_GLOBAL_AVERAGE_POOLING1D},
        {.kind = LAYER_DROPOUT, .dropout = 0.5},
        {.kind = LAYER_DENSE, .units = 1}};
    const struct conv_pool conv = {.T = T, .E = E, .C = C, .K = 3, .P = 2, .stride = 2, .same = true};
    const int steps = (T + 1) / 2 / 2;
    struct spec spec = spec_of(layers, 8);
    struct expected training = {0}, evaluating = {0};
    add_embedding(&training, 0, 0, 0);
    add_dropout(&training, 1, DROPOUT_EMBEDDING_OUTPUT, 0.125f, T, E);
    training.ops[1].dropout.forward.unit = DROP_STEPS;
    add_dropout(&training, 2, DROPOUT_EMBEDDING_OUTPUT, 0.25f, T, E);
    training.ops[2].dropout.forward.unit = DROP_FEATURES;
    add_conv(&training, 3, conv);
    add_global_pool(&training, 5, steps, true);
    add_dropout(&training, 6, DROPOUT_POOL_OUTPUT, 0.5f, 1, C);
    add_dense(&training, 7, C);
    add_embedding(&evaluating, 0, 0, 0);
    add_conv(&evaluating, 3, conv);
    add_global_pool(&evaluating, 5, steps, true);
    add_dense(&evaluating, 7, C);
    expect_both("a global average", &spec, &training, &evaluating);

    spec.layers[5].kind = LAYER_GLOBAL_MAX_POOLING1D;
    training.ops[4].global_pool.forward.average = evaluating.ops[2].global_pool.forward.average = false;
    expect_both("a global maximum", &spec, &training, &evaluating);
}

/* The numbers are part of what a seed means. */
static void test_numbers_of_the_streams(void **state)
{
    (void)state;
    assert_int_equal(dropout_stream(1, DROPOUT_EMBEDDING_OUTPUT), 0x10100);
    assert_int_equal(dropout_stream(3, DROPOUT_LSTM_OUTPUT), 0x30200);
    assert_int_equal(dropout_stream(1, DROPOUT_GATE_INPUT), 0x10300);
    assert_int_equal(dropout_stream(1, DROPOUT_GATE_RECURRENT), 0x10400);
    assert_int_equal(dropout_stream(2, DROPOUT_CONV_OUTPUT), 0x20500);
    assert_int_equal(dropout_stream(0, DROPOUT_EMBEDDING_ROWS), 0x00600);
    assert_int_equal(dropout_stream(6, DROPOUT_POOL_OUTPUT), 0x60700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets_without_dropout),
        cmocka_unit_test(test_dropout_layers),
        cmocka_unit_test(test_gate_dropout),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_the_deep_network),
        cmocka_unit_test(test_kinds_of_dropout_layers),
        cmocka_unit_test(test_strides_units_and_global_pooling),
        cmocka_unit_test(test_numbers_of_the_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
