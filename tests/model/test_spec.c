/* Shapes from layer to layer, class names, and how many masks an LSTM draws. */
#include "matinee/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A shape, (0) for an axis that is not there. */
static void expect_shapes(const struct spec *spec, const int inputs[][2], const int outputs[][2])
{
    for (int layer = 0; layer < spec->layer_count; layer++) {
        int shape[2];
        int rank = layer_input_shape(spec, layer, shape);
        assert_int_equal(rank, inputs[layer][1] ? 2 : 1);
        for (int axis = 0; axis < rank; axis++)
            assert_int_equal(shape[axis], inputs[layer][axis]);
        rank = layer_output_shape(spec, layer, shape);
        assert_int_equal(rank, outputs[layer][1] ? 2 : 1);
        for (int axis = 0; axis < rank; axis++)
            assert_int_equal(shape[axis], outputs[layer][axis]);
    }
}

/* 13 steps; a valid kernel of 4 leaves 10; pools of 3 leave 3 and drop one. */
static void test_time_shrinks_through_conv_and_pool(void **state)
{
    (void)state;
    struct spec spec = {
        .maxlen = 13,
        .layer_count = 9,
        .layers =
            {{.kind = LAYER_EMBEDDING, .input_dim = 50, .units = 8},
             {.kind = LAYER_DROPOUT, .dropout = 0.2},
             {.kind = LAYER_CONV1D, .units = 7, .kernel_size = 4, .strides = 1, .padding = PADDING_VALID},
             {.kind = LAYER_MAX_POOLING1D, .pool_size = 3},
             {.kind = LAYER_CONV1D, .units = 5, .kernel_size = 4, .strides = 1, .padding = PADDING_SAME},
             {.kind = LAYER_LSTM, .units = 6, .bidirectional = true, .return_sequences = true},
             {.kind = LAYER_LSTM, .units = 9},
             {.kind = LAYER_DROPOUT, .dropout = 0.2},
             {.kind = LAYER_DENSE, .units = 1}},
    };
    const int inputs[][2] = {{13, 0}, {13, 8}, {13, 8}, {10, 7}, {3, 7}, {3, 5}, {3, 12}, {9, 0}, {9, 0}};
    const int outputs[][2] = {{13, 8}, {13, 8}, {10, 7}, {3, 7}, {3, 5}, {3, 12}, {9, 0}, {9, 0}, {1, 0}};
    expect_shapes(&spec, inputs, outputs);
}

/* As Keras has them: 13 steps by threes are 5 with padding and, by a valid kernel of 4, 4 without. */
static void test_strides_and_global_pooling(void **state)
{
    (void)state;
    struct spec spec = {
        .maxlen = 13,
        .layer_count = 5,
        .layers =
            {{.kind = LAYER_EMBEDDING, .input_dim = 50, .units = 8},
             {.kind = LAYER_CONV1D, .units = 7, .kernel_size = 4, .strides = 3, .padding = PADDING_SAME},
             {.kind = LAYER_GLOBAL_MAX_POOLING1D},
             {.kind = LAYER_DROPOUT, .dropout = 0.2},
             {.kind = LAYER_DENSE, .units = 1}},
    };
    const int inputs[][2] = {{13, 0}, {13, 8}, {5, 7}, {7, 0}, {7, 0}};
    const int outputs[][2] = {{13, 8}, {5, 7}, {7, 0}, {7, 0}, {1, 0}};
    expect_shapes(&spec, inputs, outputs);
    spec.layers[1].padding = PADDING_VALID;
    spec.layers[2].kind = LAYER_GLOBAL_AVERAGE_POOLING1D;
    const int valid_inputs[][2] = {{13, 0}, {13, 8}, {4, 7}, {7, 0}, {7, 0}};
    const int valid_outputs[][2] = {{13, 8}, {4, 7}, {7, 0}, {7, 0}, {1, 0}};
    expect_shapes(&spec, valid_inputs, valid_outputs);
}

static void test_both_directions_are_side_by_side(void **state)
{
    (void)state;
    struct spec spec = {
        .maxlen = 500,
        .layer_count = 3,
        .layers = {{.kind = LAYER_EMBEDDING, .input_dim = 5000, .units = 32},
                   {.kind = LAYER_LSTM, .units = 100, .bidirectional = true},
                   {.kind = LAYER_DENSE, .units = 1}},
    };
    expect_shapes(&spec, (const int[][2]){{500, 0}, {500, 32}, {200, 0}},
                  (const int[][2]){{500, 32}, {200, 0}, {1, 0}});
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        struct layer_spec layer;
        const char *name;
    } classes[] = {
        {{.kind = LAYER_EMBEDDING}, "Embedding"},
        {{.kind = LAYER_DROPOUT}, "Dropout"},
        {{.kind = LAYER_CONV1D}, "Conv1D"},
        {{.kind = LAYER_DROPOUT, .dropout_unit = DROP_FEATURES}, "SpatialDropout1D"},
        {{.kind = LAYER_GLOBAL_MAX_POOLING1D}, "GlobalMaxPooling1D"},
        {{.kind = LAYER_GLOBAL_AVERAGE_POOLING1D}, "GlobalAveragePooling1D"},
        {{.kind = LAYER_MAX_POOLING1D}, "MaxPooling1D"},
        {{.kind = LAYER_LSTM}, "LSTM"},
        {{.kind = LAYER_LSTM, .go_backwards = true}, "LSTM"},
        {{.kind = LAYER_LSTM, .bidirectional = true}, "Bidirectional"},
        {{.kind = LAYER_DENSE}, "Dense"},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        assert_string_equal(layer_class(&classes[i].layer), classes[i].name);
}

/* Keras 3.8: a mask for each gate only where there is recurrent dropout. */
static void test_mask_counts(void **state)
{
    (void)state;
    struct layer_spec lstm = {.kind = LAYER_LSTM, .units = 6};
    assert_int_equal(layer_mask_count(&lstm), 1);
    lstm.dropout = 0.2;
    assert_int_equal(layer_mask_count(&lstm), 1);
    lstm.recurrent_dropout = 0.2;
    assert_int_equal(layer_mask_count(&lstm), 4);
    lstm.dropout = 0;
    assert_int_equal(layer_mask_count(&lstm), 4);
    lstm.gate_masks = GATE_MASKS_SHARED;
    assert_int_equal(layer_mask_count(&lstm), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_shrinks_through_conv_and_pool),
        cmocka_unit_test(test_strides_and_global_pooling),
        cmocka_unit_test(test_both_directions_are_side_by_side),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_mask_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
