/* Which networks spec_check accepts, and that what it refuses is refused by the layer's name. */
#include "matinee/spec.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Layers to put together; each is small and right by itself. */
static const struct layer_spec embedding = {
    .kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = 50, .units = 8};
static const struct layer_spec dropout = {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.5};
static const struct layer_spec conv = {
    .kind = LAYER_CONV1D, .name = "conv1d", .units = 7, .kernel_size = 3, .strides = 1};
static const struct layer_spec pool = {.kind = LAYER_MAX_POOLING1D, .name = "max_pooling1d", .pool_size = 2};
static const struct layer_spec sequences = {
    .kind = LAYER_LSTM, .name = "sequences", .units = 6, .return_sequences = true};
static const struct layer_spec lstm = {.kind = LAYER_LSTM, .name = "lstm", .units = 6};
static const struct layer_spec bidirectional = {
    .kind = LAYER_LSTM, .name = "bidirectional", .inner_name = "lstm", .units = 6, .bidirectional = true};
static const struct layer_spec maximum = {.kind = LAYER_GLOBAL_MAX_POOLING1D, .name = "maximum"};
static const struct layer_spec average = {.kind = LAYER_GLOBAL_AVERAGE_POOLING1D, .name = "average"};
static const struct layer_spec spatial = {
    .kind = LAYER_DROPOUT, .name = "spatial", .dropout = 0.5, .dropout_unit = DROP_FEATURES};
static const struct layer_spec steps = {
    .kind = LAYER_DROPOUT, .name = "steps", .dropout = 0.5, .dropout_unit = DROP_STEPS};
static const struct layer_spec dense = {.kind = LAYER_DENSE, .name = "dense", .units = 1};

/* A network of the layers listed up to NULL, with T = 13. */
static struct spec network(const struct layer_spec *const *layers)
{
    struct spec spec = {.name = "sequential", .maxlen = 13, .adam = keras_adam};
    for (; layers[spec.layer_count]; spec.layer_count++)
        spec.layers[spec.layer_count] = *layers[spec.layer_count];
    return spec;
}

#define NETWORK(...) network((const struct layer_spec *const[]){__VA_ARGS__, NULL})

/* Every kind of layer: embedding 0, dropout 1, conv 2, pool 3, bidirectional 4, dense 5. */
static struct spec whole_network(void)
{
    return NETWORK(&embedding, &dropout, &conv, &pool, &bidirectional, &dense);
}

static void expect_accepted(struct spec spec)
{
    struct error error = {""};
    if (!spec_check(&spec, &error))
        fail_msg("%s", error.message);
}

static void expect_refused(struct spec spec, const char *text)
{
    struct error error = {""};
    if (spec_check(&spec, &error))
        fail_msg("accepted, but \"%s\" is wrong", text);
    if (!strstr(error.message, text))
        fail_msg("the message \"%s\" does not say \"%s\"", error.message, text);
}

static void test_any_order_over_sequences(void **state)
{
    (void)state;
    expect_accepted(whole_network());
    expect_accepted(NETWORK(&embedding, &lstm, &dense));
    expect_accepted(NETWORK(&embedding, &lstm, &dropout, &dropout, &dense));
    expect_accepted(NETWORK(&embedding, &pool, &conv, &conv, &dropout, &lstm, &dense));
    expect_accepted(
        NETWORK(&embedding, &sequences, &dropout, &pool, &sequences, &conv, &bidirectional, &dense));
}

static void test_global_pooling_ends_a_sequence(void **state)
{
    (void)state;
    expect_accepted(NETWORK(&embedding, &maximum, &dense));
    expect_accepted(
        NETWORK(&embedding, &steps, &spatial, &conv, &pool, &sequences, &maximum, &dropout, &dense));
    expect_accepted(NETWORK(&embedding, &conv, &spatial, &average, &dense));
    expect_refused(NETWORK(&embedding, &lstm, &maximum, &dense),
                   "layer maximum: GlobalMaxPooling1D needs a sequence, but layer lstm leaves none; set "
                   "return_sequences to true there");
    expect_refused(NETWORK(&embedding, &average, &dropout, &lstm, &dense),
                   "layer lstm: LSTM needs a sequence, but layer average leaves none; leave one of them out");
    expect_refused(NETWORK(&embedding, &maximum, &average, &dense),
                   "layer average: GlobalAveragePooling1D needs a sequence, but layer maximum leaves none");
    expect_refused(NETWORK(&embedding, &maximum, &spatial, &dense),
                   "layer spatial: SpatialDropout1D needs a sequence, but layer maximum leaves none");
    expect_refused(NETWORK(&embedding, &lstm, &steps, &dense),
                   "layer steps: Dropout needs a sequence, but layer lstm leaves none");
    expect_refused(NETWORK(&embedding, &maximum),
                   "layer maximum: GlobalMaxPooling1D cannot be the last layer");
}

/* What Keras would hand on to a layer that does not heed it here, or would destroy, is refused. */
static void test_masks_of_zeros(void **state)
{
    (void)state;
    struct spec spec = NETWORK(&embedding, &average, &dense);
    spec.layers[0].mask_zero = true;
    expect_accepted(spec);
    spec = NETWORK(&embedding, &steps, &dropout, &spatial, &average, &dropout, &dense);
    spec.layers[0].mask_zero = true;
    expect_accepted(spec);
    const struct spec others[] = {
        NETWORK(&embedding, &maximum, &dense),        NETWORK(&embedding, &lstm, &dense),
        NETWORK(&embedding, &conv, &average, &dense), NETWORK(&embedding, &dropout, &pool, &average, &dense),
        NETWORK(&embedding, &bidirectional, &dense),  NETWORK(&embedding, &sequences, &average, &dense)};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        spec = others[i];
        spec.layers[0].mask_zero = true;
        expect_refused(spec, "layer embedding: mask_zero is supported before a GlobalAveragePooling1D");
    }
}

static void test_layers_out_of_place(void **state)
{
    (void)state;
    struct spec none = whole_network();
    none.layer_count = 0;
    expect_refused(none, "the model has 0 layers");
    none.layer_count = SPEC_MAX_LAYERS + 1;
    expect_refused(none, "the model has 17 layers; must be 3 to 16");
    expect_refused(NETWORK(&lstm, &dense), "layer lstm: LSTM cannot be the first layer");
    expect_refused(NETWORK(&embedding, &embedding, &lstm, &dense),
                   "layer embedding: Embedding can only be the first layer");
    expect_refused(NETWORK(&embedding, &bidirectional),
                   "layer bidirectional: Bidirectional cannot be the last layer");
    expect_refused(NETWORK(&embedding, &lstm, &dense, &dropout), "layer dropout: Dropout cannot be the last");
    expect_refused(NETWORK(&embedding, &lstm, &dense, &dense),
                   "layer dense: Dense can only be the last layer");
    expect_refused(NETWORK(&embedding, &dense),
                   "layer dense: Dense needs an LSTM, Bidirectional or global pooling before it");
    expect_refused(NETWORK(&embedding, &conv, &dense), "layer dense: Dense needs an LSTM");
}

static void test_sequences_where_one_vector_is_needed(void **state)
{
    (void)state;
    const char *text = "layer sequences: return_sequences is true, but no LSTM or global pooling follows";
    expect_refused(NETWORK(&embedding, &sequences, &dense), text);
    expect_refused(NETWORK(&embedding, &sequences, &dropout, &pool, &dense), text);
    expect_refused(NETWORK(&embedding, &lstm, &dropout, &conv, &dense),
                   "layer conv1d: Conv1D needs a sequence, but layer lstm leaves none");
    expect_refused(NETWORK(&embedding, &bidirectional, &pool, &dense),
                   "layer max_pooling1d: MaxPooling1D needs a sequence, but layer bidirectional leaves none");
    expect_refused(NETWORK(&embedding, &lstm, &bidirectional, &dense),
                   "layer bidirectional: Bidirectional needs a sequence, but layer lstm leaves none");
}

static void test_directions_that_contradict(void **state)
{
    (void)state;
    struct spec spec = whole_network();
    spec.layers[4].go_backwards = true;
    expect_refused(spec, "layer bidirectional: go_backwards inside a Bidirectional");
    spec.layers[4].bidirectional = false;
    expect_accepted(spec);
}

static void test_sizes_out_of_range(void **state)
{
    (void)state;
    static const int wrong[] = {0, -1, INT_MIN};
    static const char *const units[] = {"layer embedding: output_dim is", NULL,
                                        "layer conv1d: filters is",       NULL,
                                        "layer bidirectional: units is",  "layer dense: units is"};
    for (size_t i = 0; i < 3; i++) {
        struct spec spec;
        for (int layer = 0; layer < 6; layer++) {
            spec = whole_network();
            spec.layers[layer].units = wrong[i];
            if (units[layer])
                expect_refused(spec, units[layer]);
        }
        spec = whole_network();
        spec.layers[0].input_dim = wrong[i];
        expect_refused(spec, "layer embedding: input_dim is");
        spec = whole_network();
        spec.layers[2].kernel_size = wrong[i];
        expect_refused(spec, "layer conv1d: kernel_size is");
        spec = whole_network();
        spec.layers[2].strides = wrong[i];
        expect_refused(spec, "layer conv1d: strides is");
        spec = whole_network();
        spec.layers[3].pool_size = wrong[i];
        expect_refused(spec, "layer max_pooling1d: pool_size is");
        spec = whole_network();
        spec.maxlen = wrong[i];
        expect_refused(spec, "the sequence length is");
    }
    struct spec spec = whole_network();
    spec.layers[5].units = 2;
    expect_refused(spec, "layer dense: units is 2; must be between 1 and 1");
    spec = whole_network();
    spec.maxlen = 1000001;
    expect_refused(spec, "the sequence length is");
}

/* Products that no int holds, whatever overflows first. */
static void test_tensors_out_of_range(void **state)
{
    (void)state;
    struct spec spec = whole_network();
    spec.layers[0].input_dim = 1 << 28; /* x 8 = 2^31 */
    expect_refused(spec, "layer embedding: input_dim x output_dim is 2147483648");
    spec.layers[0].input_dim--;
    expect_accepted(spec);
    spec = whole_network();
    spec.layers[2].padding = PADDING_SAME;
    spec.layers[2].kernel_size = 1 << 20; /* x 8 x 256 = 2^31 */
    spec.layers[2].units = 256;
    expect_refused(spec, "layer conv1d: kernel_size x inputs x filters is 2147483648");
    spec.layers[2].units = 255;
    expect_accepted(spec);
    spec.layers[2].kernel_size = spec.layers[2].units = INT_MAX;
    expect_refused(spec, "layer conv1d: kernel_size is 2147483647");
    spec.layers[2].kernel_size = 1;
    spec.layers[2].strides = INT_MAX;
    expect_refused(spec, "layer conv1d: strides is 2147483647");
    spec.layers[2].strides = 1;
    spec.layers[2].kernel_size = INT_MAX / 2;
    expect_refused(spec, "layer conv1d: kernel_size x inputs");
    spec = whole_network();
    spec.layers[4].units = 23171; /* 4 * 23171 * 23171 > 2^31 */
    expect_refused(spec, "layer bidirectional: units");
    spec.layers[4].units = INT_MAX;
    expect_refused(spec, "layer bidirectional: units");
    spec = whole_network();
    spec.layers[0].units = 1 << 20;
    expect_accepted(spec);
    spec.layers[2].kernel_size = 1;
    spec.layers[2].units = 2000;
    spec.layers[0].units = 1 << 19;
    spec.maxlen = 5000;
    expect_refused(spec, "layer embedding: steps x outputs");
}

/* The second layer of two reads both directions of the first: 4*H*(2*11000 + H) floats need H below 11000. */
static void test_both_directions_count_as_inputs(void **state)
{
    (void)state;
    struct spec spec = NETWORK(&embedding, &bidirectional, &bidirectional, &dense);
    spec.layers[1].return_sequences = true;
    strcpy(spec.layers[2].name, "bidirectional_1");
    expect_accepted(spec);
    spec.layers[1].units = 11000;
    spec.layers[2].units = 14000;
    expect_accepted(spec);
    spec.layers[2].units = 15000;
    expect_refused(spec, "layer bidirectional_1: 4 x units x (inputs + units)");
}

static void test_kernels_and_pools_fit_their_input(void **state)
{
    (void)state;
    struct spec spec = whole_network();
    spec.layers[3].pool_size = 11; /* a valid kernel of 3 leaves 11 of 13 steps */
    expect_accepted(spec);
    spec.layers[3].pool_size = 12;
    expect_refused(spec, "layer max_pooling1d: pool_size is 12, but its input has 11 steps");
    spec.layers[2].padding = PADDING_SAME;
    spec.layers[3].pool_size = 13;
    expect_accepted(spec);
    spec.layers[2].kernel_size = 100;
    expect_accepted(spec);
    spec.layers[2].padding = PADDING_VALID;
    expect_refused(spec, "layer conv1d: kernel_size is 100, but its input has 13 steps");
    spec.layers[2].kernel_size = 14;
    expect_refused(spec, "layer conv1d: kernel_size is 14, but its input has 13 steps");
    spec.layers[2].kernel_size = 13;
    spec.layers[3].pool_size = 1;
    expect_accepted(spec);
}

static void test_rates(void **state)
{
    (void)state;
    static const double wrong[] = {1.0, 1.5, -0.1, NAN, INFINITY, -INFINITY, 1 - 1e-12};
    static const double right[] = {0.0, 0.2, 0.999};
    static const int layers[] = {0, 1, 4};
    static const char *const named[] = {"layer embedding: dropout is", "layer dropout: dropout is",
                                        "layer bidirectional: dropout is"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct spec spec;
        for (int k = 0; k < 3; k++) {
            spec = whole_network();
            spec.layers[layers[k]].dropout = wrong[i];
            expect_refused(spec, named[k]);
        }
        spec = whole_network();
        spec.layers[4].recurrent_dropout = wrong[i];
        expect_refused(spec, "layer bidirectional: recurrent_dropout is");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct spec spec = whole_network();
        for (int k = 0; k < 3; k++)
            spec.layers[layers[k]].dropout = right[i];
        spec.layers[4].recurrent_dropout = right[i];
        expect_accepted(spec);
    }
}

static void test_slopes(void **state)
{
    (void)state;
    static const double wrong[] = {-0.2, NAN, INFINITY, 1e300, 1e-300}, right[] = {0.0, 0.2, 1.0 / 6.0, 5.0};
    struct spec spec = whole_network();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        spec.layers[4].hard_sigmoid_slope = wrong[i];
        expect_refused(spec, "layer bidirectional: the slope of hard_sigmoid is");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        spec.layers[4].hard_sigmoid_slope = right[i];
        expect_accepted(spec);
    }
}

static void test_the_optimizer_is_checked(void **state)
{
    (void)state;
    static const double wrong[] = {0.0, -1.0, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        struct spec spec = whole_network();
        spec.adam.learning_rate = wrong[i];
        expect_refused(spec, "learning_rate");
        spec = whole_network();
        spec.adam.epsilon = wrong[i];
        expect_refused(spec, "epsilon");
    }
    static const double betas[] = {-0.1, 1.0, NAN};
    for (size_t i = 0; i < 3; i++) {
        struct spec spec = whole_network();
        spec.adam.beta_1 = betas[i];
        expect_refused(spec, "beta_1");
        spec = whole_network();
        spec.adam.beta_2 = betas[i];
        expect_refused(spec, "beta_2");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_over_sequences),
        cmocka_unit_test(test_global_pooling_ends_a_sequence),
        cmocka_unit_test(test_masks_of_zeros),
        cmocka_unit_test(test_layers_out_of_place),
        cmocka_unit_test(test_sequences_where_one_vector_is_needed),
        cmocka_unit_test(test_directions_that_contradict),
        cmocka_unit_test(test_sizes_out_of_range),
        cmocka_unit_test(test_tensors_out_of_range),
        cmocka_unit_test(test_both_directions_count_as_inputs),
        cmocka_unit_test(test_kernels_and_pools_fit_their_input),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_the_optimizer_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
