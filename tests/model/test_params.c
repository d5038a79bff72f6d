/* Parameter tables: Keras' names, order and shapes. */
#include "matinee/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void tutorial_table(struct parameter_table *table)
{
    static const struct preset_options sizes = {
        .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100, .layers = 1};
    struct spec spec;
    struct error error;
    assert_true(spec_preset(&spec, "lstm", &sizes, &error));
    parameter_table_build(table, &spec);
}

static void test_the_tutorial_has_213301_parameters(void **state)
{
    (void)state;
    static const struct parameter wanted[] = {
        {"embedding/embeddings", 0, 0, 2, {5000, 32}, 0, 160000, INIT_EMBEDDING_UNIFORM},
        {"lstm/kernel", 1, 0, 2, {32, 400}, 160000, 12800, INIT_GLOROT_UNIFORM},
        {"lstm/recurrent_kernel", 1, 1, 2, {100, 400}, 172800, 40000, INIT_ORTHOGONAL},
        {"lstm/bias", 1, 2, 1, {400}, 212800, 400, INIT_FORGET_BIAS},
        {"dense/kernel", 2, 0, 2, {100, 1}, 213200, 100, INIT_GLOROT_UNIFORM},
        {"dense/bias", 2, 1, 1, {1}, 213300, 1, INIT_ZEROS},
    };
    struct parameter_table table;
    tutorial_table(&table);
    assert_int_equal(table.total_count, 213301);
    assert_int_equal(table.count, 6);
    for (int i = 0; i < 6; i++) {
        const struct parameter *p = &table.items[i], *w = &wanted[i];
        assert_string_equal(p->name, w->name);
        assert_int_equal(p->layer, w->layer);
        assert_int_equal(p->index, w->index);
        assert_int_equal(p->rank, w->rank);
        for (int axis = 0; axis < w->rank; axis++)
            assert_int_equal(p->shape[axis], w->shape[axis]);
        assert_int_equal(p->offset, w->offset);
        assert_int_equal(p->count, w->count);
        assert_int_equal(p->initializer, w->initializer);
    }
}

/* The table's names and shapes, one after the other: "dense/kernel (100,1) dense/bias (1)". Checks what must hold of
 * any table: offsets without gaps, counts, numbers within a layer. */
static void expect_table(const struct spec *spec, const char *expected)
{
    struct parameter_table table;
    char text[1024] = "";
    size_t total = 0, used = 0;
    int index = 0;
    parameter_table_build(&table, spec);
    for (int i = 0; i < table.count; i++) {
        const struct parameter *p = &table.items[i];
        size_t count = 1;
        index = i > 0 && p->layer == table.items[i - 1].layer ? index + 1 : 0;
        assert_int_equal(p->index, index);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (", i ? " " : "", p->name);
        for (int axis = 0; axis < p->rank; axis++) {
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s%d", axis ? "," : "", p->shape[axis]);
            count *= (size_t)p->shape[axis];
        }
        used += (size_t)snprintf(text + used, sizeof text - used, ")");
        assert_int_equal(p->count, count);
        assert_int_equal(p->offset, total);
        total += count;
    }
    assert_int_equal(table.total_count, total);
    assert_string_equal(text, expected);
}

static struct spec preset(const char *name, struct preset_options options)
{
    struct spec spec;
    struct error error = {""};
    if (!spec_preset(&spec, name, &options, &error))
        fail_msg("%s", error.message);
    return spec;
}

#define EMBEDDING "embedding/embeddings (50,8) "
#define LSTM "lstm/kernel (8,24) lstm/recurrent_kernel (6,24) lstm/bias (24) "
#define DENSE "dense/kernel (6,1) dense/bias (1)"

/* The networks of Keras' own runs m1 to m6, whose weights, m and v stand in this order. */
static void test_the_order_of_the_golden_files(void **state)
{
    (void)state;
    static const struct {
        const char *name, *parameters;
    } networks[] = {
        {"lstm", EMBEDDING LSTM DENSE},
        {"lstm-dropout", EMBEDDING LSTM DENSE},
        {"lstm-gate-dropout", EMBEDDING LSTM DENSE},
        {"bilstm-gate-dropout", EMBEDDING "bidirectional/forward_lstm/kernel (8,24) "
                                          "bidirectional/forward_lstm/recurrent_kernel (6,24) "
                                          "bidirectional/forward_lstm/bias (24) "
                                          "bidirectional/backward_lstm/kernel (8,24) "
                                          "bidirectional/backward_lstm/recurrent_kernel (6,24) "
                                          "bidirectional/backward_lstm/bias (24) "
                                          "dense/kernel (12,1) dense/bias (1)"},
        {"cnn-lstm", EMBEDDING "conv1d/kernel (3,8,7) conv1d/bias (7) "
                               "lstm/kernel (7,24) lstm/recurrent_kernel (6,24) lstm/bias (24) " DENSE},
    };
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct spec spec = preset(networks[i].name, (struct preset_options){.vocabulary = 50,
                                                                            .maxlen = 13,
                                                                            .embedding = 8,
                                                                            .units = 6,
                                                                            .filters = 7,
                                                                            .kernel_size = 3,
                                                                            .pool_size = 2,
                                                                            .layers = 1});
        expect_table(&spec, networks[i].parameters);
    }
}

static void test_stacked_layers_read_what_is_below(void **state)
{
    (void)state;
    struct preset_options options = {.vocabulary = 50, .maxlen = 13, .embedding = 8, .units = 6, .layers = 2};
    struct spec spec = preset("lstm", options);
    expect_table(&spec, EMBEDDING LSTM
                 "lstm_1/kernel (6,24) lstm_1/recurrent_kernel (6,24) lstm_1/bias (24) " DENSE);
    options.layers = 3;
    spec = preset("bilstm", options);
    struct parameter_table table;
    parameter_table_build(&table, &spec);
    assert_string_equal(parameter_find(&table, 2, 3)->name, "bidirectional_1/backward_lstm_1/kernel");
    assert_int_equal(parameter_find(&table, 2, 3)->shape[0], 12);
    assert_int_equal(parameter_find(&table, 4, 0)->shape[0], 12);
}

/* The largest table that the layers of a spec can make, with the longest names, has room. */
static void test_the_largest_table(void **state)
{
    (void)state;
    struct spec spec =
        preset("bilstm",
               (struct preset_options){
                   .vocabulary = 2, .maxlen = 1, .embedding = 1, .units = 1, .layers = SPEC_MAX_LAYERS - 2});
    for (int i = 0; i < SPEC_MAX_LAYERS; i++) {
        memset(spec.layers[i].name, 'n', SPEC_NAME_BYTES - 1);
        memset(spec.layers[i].inner_name, 'i', SPEC_NAME_BYTES - 1);
    }
    struct parameter_table table;
    parameter_table_build(&table, &spec);
    assert_int_equal(table.count, 1 + 6 * (SPEC_MAX_LAYERS - 2) + 2);
    const char *name = parameter_find(&table, 1, 4)->name;
    assert_string_equal(name + strlen(name) - strlen("i/recurrent_kernel"), "i/recurrent_kernel");
}

static void test_keras1_draws_gate_by_gate(void **state)
{
    (void)state;
    static const enum initializer initializers[] = {INIT_EMBEDDING_UNIFORM,
                                                    INIT_GLOROT_UNIFORM,
                                                    INIT_ZEROS,
                                                    INIT_GLOROT_UNIFORM_GATES,
                                                    INIT_ORTHOGONAL_GATES,
                                                    INIT_FORGET_BIAS,
                                                    INIT_GLOROT_UNIFORM_GATES,
                                                    INIT_ORTHOGONAL_GATES,
                                                    INIT_FORGET_BIAS,
                                                    INIT_GLOROT_UNIFORM,
                                                    INIT_ZEROS};
    struct preset_options options;
    struct error error;
    assert_true(preset_defaults(&options, "cnn-lstm", &error));
    options.bidirectional = true;
    struct spec spec = preset("cnn-lstm", options);
    spec.initializers = INITIALIZERS_KERAS1;
    struct parameter_table table;
    parameter_table_build(&table, &spec);
    assert_int_equal(table.count, sizeof initializers / sizeof initializers[0]);
    for (int i = 0; i < table.count; i++)
        assert_int_equal(table.items[i].initializer, initializers[i]);
}

static void test_parameters_are_found_by_layer_and_index(void **state)
{
    (void)state;
    struct parameter_table table;
    tutorial_table(&table);
    for (int i = 0; i < table.count; i++)
        assert_ptr_equal(parameter_find(&table, table.items[i].layer, table.items[i].index), &table.items[i]);
}

static void test_a_training_state_starts_at_zero(void **state)
{
    (void)state;
    struct parameter_table table;
    struct training_state training;
    struct error error;
    tutorial_table(&table);
    assert_true(training_state_open(&training, &table, &error));
    assert_int_equal(training.iterations, 0);
    for (size_t k = 0; k < table.total_count; k++)
        assert_true(training.weights[k] == 0.0f && training.m[k] == 0.0f && training.v[k] == 0.0f);
    training_state_close(&training);
    training_state_close(&training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tutorial_has_213301_parameters),
        cmocka_unit_test(test_the_order_of_the_golden_files),
        cmocka_unit_test(test_stacked_layers_read_what_is_below),
        cmocka_unit_test(test_the_largest_table),
        cmocka_unit_test(test_keras1_draws_gate_by_gate),
        cmocka_unit_test(test_parameters_are_found_by_layer_and_index),
        cmocka_unit_test(test_a_training_state_starts_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
