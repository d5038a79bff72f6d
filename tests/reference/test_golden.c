/* The reference against Keras: three training steps of golden m1 to m6 in double, with the masks that Keras drew. */
#include "compare.h"
#include "reference/golden_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct tolerance within_2e6 = {.absolute = 2e-6};

static void expect_moments(const struct golden *golden, const char *what, const double *moments,
                           const double *expected)
{
    for (int i = 0; i < golden->tensor_count; i++) {
        const struct golden_tensor *tensor = &golden->tensors[i];
        expect_close_doubles(what, moments + tensor->offset, expected + tensor->offset, tensor->count,
                             of_largest(1e-5, expected + tensor->offset, tensor->count));
    }
}

static void check_model(int model)
{
    struct golden golden;
    struct golden_network network;
    golden_open(&golden, MATINEE_FIXTURES "/golden", model);
    golden_network_open(&network, &golden);
    golden_network_predict(&network);
    expect_close_doubles("predictions before training", network.prob, golden.predict0, (size_t)golden.N,
                         within_2e6);
    for (int s = 0; s < GOLDEN_STEPS; s++) {
        char what[64];
        snprintf(what, sizeof what, "m%d: weights after step %d", model, s + 1);
        golden_network_train(&network, s);
        expect_close_number("loss", network.loss / golden.N, golden.steps[s].loss, within_2e6);
        expect_close_doubles(what, network.weights, golden.steps[s].weights, golden.total_count, within_2e6);
    }
    expect_moments(&golden, "Adam's m", network.m, golden.adam_m);
    expect_moments(&golden, "Adam's v", network.v, golden.adam_v);
    golden_network_predict(&network);
    expect_close_doubles("predictions after training", network.prob, golden.predict3, (size_t)golden.N,
                         within_2e6);
    golden_network_close(&network);
    golden_close(&golden);
}

static void test_lstm(void **state)
{
    (void)state;
    check_model(1);
}

static void test_dropout_layers(void **state)
{
    (void)state;
    check_model(2);
}

static void test_gate_dropout(void **state)
{
    (void)state;
    check_model(3);
}

static void test_bidirectional(void **state)
{
    (void)state;
    check_model(4);
}

static void test_conv_pool(void **state)
{
    (void)state;
    check_model(5);
}

static void test_shared_input_mask(void **state)
{
    (void)state;
    check_model(6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),         cmocka_unit_test(test_dropout_layers),
        cmocka_unit_test(test_gate_dropout), cmocka_unit_test(test_bidirectional),
        cmocka_unit_test(test_conv_pool),    cmocka_unit_test(test_shared_input_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
