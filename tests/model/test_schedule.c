/* Keras' CosineDecay and the momentum of the average, update by update; and which settings are refused. What Keras
 * itself says of the rates is compared in tests/train/test_optimizer.c. */
#include "matinee/spec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct adam_spec with(struct cosine_decay cosine)
{
    struct adam_spec adam = keras_adam;
    adam.cosine = cosine;
    return adam;
}

static void expect_rate(const struct adam_spec *adam, int64_t iterations, double expected)
{
    const double rate = (double)adam_rate(adam, iterations);
    if (!(fabs(rate - expected) <= 1e-6 * adam_peak_rate(adam)))
        fail_msg("rate after %lld updates: %.9g, expected %.9g", (long long)iterations, rate, expected);
}

static void test_constant(void **state)
{
    (void)state;
    assert_false(adam_has_schedule(&keras_adam));
    assert_true(adam_rate(&keras_adam, 0) == 0.001f && adam_rate(&keras_adam, 1000000) == 0.001f);
    assert_true(adam_peak_rate(&keras_adam) == 0.001);
    assert_int_equal(adam_scheduled_updates(&keras_adam), 0);
}

static void test_falls_along_a_cosine(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    const struct adam_spec adam =
        with((struct cosine_decay){.initial_learning_rate = 0.02, .decay_steps = 100, .alpha = 0.25});
    for (int64_t k = 0; k <= 100; k++)
        expect_rate(&adam, k, 0.02 * (0.75 * 0.5 * (1 + cos(pi * (double)k / 100)) + 0.25));
    expect_rate(&adam, 0, 0.02);
    expect_rate(&adam, 50, 0.02 * 0.625);
    expect_rate(&adam, 100, 0.005);
    expect_rate(&adam, 1000000, 0.005);
    assert_int_equal(adam_scheduled_updates(&adam), 100);
}

/* From the first update on; the highest rate is that of the update after the warm-up. */
static void test_warms_up(void **state)
{
    (void)state;
    const struct adam_spec adam = with((struct cosine_decay){
        .initial_learning_rate = 0.01, .decay_steps = 30, .warmup_target = 0.05, .warmup_steps = 10});
    for (int64_t k = 0; k <= 10; k++)
        expect_rate(&adam, k, 0.01 + 0.004 * (double)k);
    assert_true(adam_rate(&adam, 9) < adam_rate(&adam, 10) && adam_rate(&adam, 11) < adam_rate(&adam, 10));
    expect_rate(&adam, 25, 0.025);
    assert_true(adam_rate(&adam, 40) == 0 && adam_rate(&adam, 41) == 0);
    assert_true(adam_peak_rate(&adam) == 0.05);
    assert_int_equal(adam_scheduled_updates(&adam), 40);
}

/* Keras warms up by the target, not by the steps. */
static void test_steps_without_a_target(void **state)
{
    (void)state;
    const struct adam_spec adam =
        with((struct cosine_decay){.initial_learning_rate = 0.02, .decay_steps = 10.5, .warmup_steps = 7});
    expect_rate(&adam, 0, 0.02);
    assert_true(adam_rate(&adam, 10) > 0 && adam_rate(&adam, 11) == 0);
    assert_int_equal(adam_scheduled_updates(&adam), 11);
}

/* The first update makes the weights the average. */
static void test_momentum(void **state)
{
    (void)state;
    struct adam_spec adam = keras_adam;
    assert_false(adam_has_average(&adam));
    adam.ema_momentum = 0.99;
    assert_true(adam_has_average(&adam));
    assert_true(adam_ema_momentum(&adam, 0) == 0 && adam_ema_momentum(&adam, 1) == 0.99f);
}

static void expect_checked(struct adam_spec adam, const char *message)
{
    struct spec spec;
    struct preset_options options;
    struct error error;
    assert_true(preset_defaults(&options, "lstm", &error) && spec_preset(&spec, "lstm", &options, &error));
    spec.adam = adam;
    bool good = spec_check(&spec, &error);
    if (good != !message || (message && !strstr(error.message, message)))
        fail_msg("%s, expected: %s", good ? "accepted" : error.message, message ? message : "accepted");
}

static void test_checks(void **state)
{
    (void)state;
    const struct cosine_decay good = {
        .initial_learning_rate = 0, .decay_steps = 1, .warmup_target = 1, .warmup_steps = 0};
    struct cosine_decay c = good;
    expect_checked(with(c), NULL);
    c.decay_steps = 0.5;
    expect_checked(with(c), "decay_steps is 0.5; must be from 1 to 16777216");
    c.decay_steps = -3;
    expect_checked(with(c), "decay_steps is -3; must");
    c.decay_steps = NAN;
    expect_checked(with(c), "decay_steps is nan; must");
    c = good;
    c.warmup_target = -1;
    expect_checked(with(c), "warmup_target is -1; must");
    c = good;
    c.warmup_steps = 1e9;
    expect_checked(with(c), "warmup_steps is 1000000000; must be from 0 to 16777216");
    c = good;
    c.alpha = 1.5;
    expect_checked(with(c), "alpha is 1.5; must be from 0 to 1");
    c = good;
    c.initial_learning_rate = -1e-3;
    expect_checked(with(c), "initial_learning_rate is -0.001; must");
    c = (struct cosine_decay){.initial_learning_rate = 0, .decay_steps = 10};
    expect_checked(with(c), "initial_learning_rate is 0; must");

    struct adam_spec adam = keras_adam;
    adam.ema_momentum = 0.5;
    expect_checked(adam, NULL);
    adam.ema_momentum = 1;
    expect_checked(adam, "ema_momentum is 1; must be above 0 and at most 0.99999994");
    adam.ema_momentum = 0.99999999;
    expect_checked(adam, "ema_momentum is 0.99999999; must");
    adam.ema_momentum = -0.1;
    expect_checked(adam, "ema_momentum is -0.1; must");
}

/* Keras' defaults: a tutorial's model is trained as the tutorial does it. */
static void test_presets(void **state)
{
    (void)state;
    static const char *const names[] = {"lstm", "bilstm-gate-dropout", "cnn-lstm-dropout", "lstm-reversed",
                                        "no.preset"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct preset_training training = preset_training(names[i]);
        assert_int_equal(training.epochs, 3);
        assert_true(training.learning_rate == 0.001);
        assert_true(!training.cosine && training.warmup == 0 && training.ema_momentum == 0);
    }
    const struct preset_training best = preset_training("best");
    assert_int_equal(best.epochs, 2);
    assert_true(best.learning_rate == 0.0015 && best.cosine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant), cmocka_unit_test(test_falls_along_a_cosine),
        cmocka_unit_test(test_warms_up), cmocka_unit_test(test_steps_without_a_target),
        cmocka_unit_test(test_momentum), cmocka_unit_test(test_checks),
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
