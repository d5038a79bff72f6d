/* activation.h against tanh and exp in double, on one float in 1,009 and the special values.
 * scripts/derive_tanh.py tests every float; the bounds here are what it found. */
#include "activation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { STRIDE = 1009 }; /* a prime, so that every pattern of low bits occurs */

static const double tanh_ulp = 3.01, sigmoid_error = 1.2e-7;

static const uint32_t infinity_bits = 0x7f800000u;

static float float_from(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Spacing of the floats around a positive number, down to that of the denormals. */
static double spacing(double t)
{
    int exponent;
    frexp(t, &exponent);
    return ldexp(1.0, (exponent < -125 ? -125 : exponent) - 24);
}

static void tanh_stays_within_its_bound(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits <= infinity_bits; bits += STRIDE) {
        float x = float_from(bits), r = tanh_float(x);
        double expected = tanh((double)x), error = fabs((double)r - expected) / spacing(expected);
        if (!(error <= tanh_ulp))
            fail_msg("tanh(%a) is %a: off by %.3f ulp", (double)x, (double)r, error);
        if (!(r <= 1.0f))
            fail_msg("tanh(%a) is %a", (double)x, (double)r);
    }
}

static void sigmoid_stays_within_its_bound(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits <= infinity_bits; bits += STRIDE)
        for (int sign = -1; sign <= 1; sign += 2) {
            float x = (float)sign * float_from(bits), r = sigmoid_float(x);
            double expected = 1.0 / (1.0 + exp(-(double)x));
            if (!(fabs((double)r - expected) <= sigmoid_error))
                fail_msg("sigmoid(%a) is %a, not %a", (double)x, (double)r, expected);
            if (!(r >= 0.0f && r <= 1.0f))
                fail_msg("sigmoid(%a) is %a", (double)x, (double)r);
        }
}

static void tanh_is_odd_to_the_bit(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits <= infinity_bits; bits += STRIDE) {
        float x = float_from(bits);
        if (bits_of(tanh_float(-x)) != (bits_of(tanh_float(x)) ^ 0x80000000u))
            fail_msg("tanh(-%a) is not -tanh(%a)", (double)x, (double)x);
    }
}

/* The tables for x and for u = x/2 are one approximation. */
static void sigmoid_is_half_of_tanh(void **state)
{
    (void)state;
    for (uint32_t bits = 0x3a000000u; bits <= infinity_bits; bits += STRIDE) {
        float u = float_from(bits);
        if (bits_of(sigmoid_float(2.0f * u)) != bits_of(0.5f + 0.5f * tanh_float(u)))
            fail_msg("sigmoid(2*%a) is not 1/2 + tanh/2", (double)u);
    }
}

static void special_values(void **state)
{
    (void)state;
    assert_int_equal(bits_of(tanh_float(0.0f)), 0);
    assert_int_equal(bits_of(tanh_float(-0.0f)), 0x80000000u);
    assert_true(sigmoid_float(0.0f) == 0.5f);
    assert_true(tanh_float(INFINITY) == tanh_float(tanh_limit));
    assert_true(tanh_float(-INFINITY) == -tanh_float(tanh_limit));
    assert_true(sigmoid_float(-INFINITY) == sigmoid_float(-sigmoid_limit));
    for (uint32_t payload = 1; payload <= 0x7fffffu; payload += STRIDE)
        for (uint32_t sign = 0; sign <= 1; sign++) {
            float nan = float_from(sign << 31 | infinity_bits | payload);
            assert_true(isnan(tanh_float(nan)));
            assert_true(isnan(sigmoid_float(nan)));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tanh_stays_within_its_bound),
        cmocka_unit_test(sigmoid_stays_within_its_bound),
        cmocka_unit_test(tanh_is_odd_to_the_bit),
        cmocka_unit_test(sigmoid_is_half_of_tanh),
        cmocka_unit_test(special_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
