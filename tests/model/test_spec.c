/* Presets, and what spec_check refuses. */
#include "matinee/spec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct preset_sizes tutorial = {
    .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100};

static struct spec tutorial_spec(void)
{
    struct spec spec;
    struct error error;
    assert_true(spec_preset(&spec, "lstm", &tutorial, &error));
    return spec;
}

static void test_the_lstm_preset(void **state)
{
    (void)state;
    struct spec spec = tutorial_spec();
    assert_int_equal(spec.layer_count, 3);
    assert_int_equal(spec.maxlen, 500);
    assert_int_equal(spec.layers[0].kind, LAYER_EMBEDDING);
    assert_int_equal(spec.layers[0].input_dim, 5000);
    assert_int_equal(spec.layers[0].units, 32);
    assert_int_equal(spec.layers[1].kind, LAYER_LSTM);
    assert_int_equal(spec.layers[1].units, 100);
    assert_int_equal(spec.layers[2].kind, LAYER_DENSE);
    assert_int_equal(spec.layers[2].units, 1);
    assert_true(spec.adam.learning_rate == 0.001);
    assert_true(spec.adam.beta_1 == 0.9);
    assert_true(spec.adam.beta_2 == 0.999);
    assert_true(spec.adam.epsilon == 1e-7);
}

static void test_an_unknown_preset_lists_the_known(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    assert_false(spec_preset(&spec, "gru", &tutorial, &error));
    assert_non_null(strstr(error.message, "gru"));
    assert_non_null(strstr(error.message, "lstm"));
}

static void test_a_preset_checks_its_sizes(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    struct preset_sizes sizes = tutorial;
    sizes.units = 0;
    assert_false(spec_preset(&spec, "lstm", &sizes, &error));
    assert_non_null(strstr(error.message, "lstm"));
}

static void test_shapes_and_classes(void **state)
{
    (void)state;
    struct spec spec = tutorial_spec();
    int shape[2];
    assert_int_equal(layer_output_shape(&spec, 0, shape), 2);
    assert_int_equal(shape[0], 500);
    assert_int_equal(shape[1], 32);
    assert_int_equal(layer_output_shape(&spec, 1, shape), 1);
    assert_int_equal(shape[0], 100);
    assert_int_equal(layer_output_shape(&spec, 2, shape), 1);
    assert_int_equal(shape[0], 1);
    assert_string_equal(layer_class(LAYER_EMBEDDING), "Embedding");
    assert_string_equal(layer_class(LAYER_LSTM), "LSTM");
    assert_string_equal(layer_class(LAYER_DENSE), "Dense");
}

static void expect_refused(const struct spec *spec, const char *named)
{
    struct error error = {""};
    if (spec_check(spec, &error))
        fail_msg("accepted, but \"%s\" is wrong", named);
    if (!strstr(error.message, named))
        fail_msg("the message \"%s\" does not name \"%s\"", error.message, named);
}

static void test_sizes_out_of_range(void **state)
{
    (void)state;
    static const int wrong[] = {0, -1, -2147483647 - 1};
    for (size_t i = 0; i < 3; i++) {
        struct spec spec = tutorial_spec();
        spec.layers[0].input_dim = wrong[i];
        expect_refused(&spec, "layer embedding");
        spec = tutorial_spec();
        spec.layers[0].units = wrong[i];
        expect_refused(&spec, "layer embedding");
        spec = tutorial_spec();
        spec.layers[1].units = wrong[i];
        expect_refused(&spec, "layer lstm");
        spec = tutorial_spec();
        spec.layers[2].units = wrong[i];
        expect_refused(&spec, "layer dense");
        spec = tutorial_spec();
        spec.maxlen = wrong[i];
        expect_refused(&spec, "length");
    }
}

static void test_products_out_of_range(void **state)
{
    (void)state;
    struct spec spec = tutorial_spec();
    spec.layers[0].input_dim = 1 << 27;
    expect_refused(&spec, "layer embedding");
    spec = tutorial_spec();
    spec.layers[1].units = 23171; /* 4 * 23171 * 23171 > 2^31 */
    expect_refused(&spec, "layer lstm");
    spec.layers[1].units = 2147483647;
    expect_refused(&spec, "layer lstm");
    spec = tutorial_spec();
    spec.layers[2].units = 2;
    expect_refused(&spec, "layer dense");
}

static void test_layers_in_a_wrong_order(void **state)
{
    (void)state;
    struct spec spec = tutorial_spec();
    spec.layers[1] = spec.layers[0];
    expect_refused(&spec, "layer 2, embedding");
    spec = tutorial_spec();
    spec.layer_count = 2;
    expect_refused(&spec, "2 layers");
    spec.layer_count = 0;
    expect_refused(&spec, "0 layers");
    spec = tutorial_spec();
    spec.layers[3] = spec.layers[2];
    spec.layer_count = 4;
    expect_refused(&spec, "4 layers");
}

static void test_the_optimizer_is_checked(void **state)
{
    (void)state;
    static const double wrong[] = {0.0, -1.0, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        struct spec spec = tutorial_spec();
        spec.adam.learning_rate = wrong[i];
        expect_refused(&spec, "learning_rate");
        spec = tutorial_spec();
        spec.adam.epsilon = wrong[i];
        expect_refused(&spec, "epsilon");
    }
    static const double betas[] = {-0.1, 1.0, NAN};
    for (size_t i = 0; i < 3; i++) {
        struct spec spec = tutorial_spec();
        spec.adam.beta_1 = betas[i];
        expect_refused(&spec, "beta_1");
        spec = tutorial_spec();
        spec.adam.beta_2 = betas[i];
        expect_refused(&spec, "beta_2");
    }
}

static void test_small_and_large_are_accepted(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    struct preset_sizes sizes = {.vocabulary = 1, .maxlen = 1, .embedding = 1, .units = 1};
    assert_true(spec_preset(&spec, "lstm", &sizes, &error));
    sizes = (struct preset_sizes){.vocabulary = 88587, .maxlen = 2500, .embedding = 512, .units = 1024};
    assert_true(spec_preset(&spec, "lstm", &sizes, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lstm_preset),
        cmocka_unit_test(test_an_unknown_preset_lists_the_known),
        cmocka_unit_test(test_a_preset_checks_its_sizes),
        cmocka_unit_test(test_shapes_and_classes),
        cmocka_unit_test(test_sizes_out_of_range),
        cmocka_unit_test(test_products_out_of_range),
        cmocka_unit_test(test_layers_in_a_wrong_order),
        cmocka_unit_test(test_the_optimizer_is_checked),
        cmocka_unit_test(test_small_and_large_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
