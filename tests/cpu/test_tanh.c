/* tanh and sigmoid as the kernels compute them, against double, on one float in 1,009 and the special values.
 * scripts/derive_tanh.py proves the fused form on every float; the bounds here are what it found. */
#include "kernel_sets.h"
#include "matinee/dims.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { STRIDE = 1009, BLOCK = 64 }; /* a prime, so that every pattern of low bits occurs */

static const uint32_t infinity_bits = 0x7f800000u, smallest_normal_bits = 0x00800000u;
static const double sigmoid_error = 1.2e-7;

static struct kernel_sets sets;

static int find_sets(void **state)
{
    (void)state;
    kernel_sets_find(&sets);
    return 0;
}

static float float_from(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Spacing of the floats around a positive normal number. */
static double spacing(double t)
{
    int exponent;
    frexp(t, &exponent);
    return ldexp(1.0, exponent - 24);
}

/* A step without weights: z is what it begins with. Gate i is a sigmoid of it, gate c a tanh. */
static void activate(const struct cpu_kernels *kernels, const float x[BLOCK], float sigmoids[BLOCK],
                     float tanhs[BLOCK])
{
    static _Alignas(64) float panels[BLOCK * GATE_COUNT * BLOCK], zeros[BLOCK];
    _Alignas(64) float z[GATE_COUNT * BLOCK], gates[GATE_COUNT * BLOCK], c_next[BLOCK], h_next[BLOCK];
    const struct packed_matrix weights = {.K = BLOCK, .columns = GATE_COUNT * BLOCK, .panels = panels};
    const struct lstm_step step = {
        .layout = {.H = BLOCK, .units = BLOCK, .lanes = kernels->lanes, .gate_stride = BLOCK},
        .weights = &weights};
    for (int gate = 0; gate < GATE_COUNT; gate++)
        memcpy(gates + gate * BLOCK, x, BLOCK * sizeof *x);
    gate_layout_arrange(&step.layout, 1, gates, z, 0);
    kernels->lstm_forward(
        &step, 1,
        &(struct lstm_row){
            .init = z, .h = zeros, .c = zeros, .h_next = h_next, .c_next = c_next, .gates = gates});
    memcpy(sigmoids, gates + GATE_I * BLOCK, BLOCK * sizeof *sigmoids);
    memcpy(tanhs, gates + GATE_C * BLOCK, BLOCK * sizeof *tanhs);
}

static void check_value(int set, float x, float s, float t)
{
    const double ulps = sets.fused[set] ? 3.01 : 4.01;
    double exact = tanh((double)x), exact_sigmoid = 1.0 / (1.0 + exp(-(double)x));
    if (!(fabs((double)t - exact) <= ulps * spacing(fabs(exact)) && fabsf(t) <= 1.0f))
        fail_msg("%s: tanh(%a) is %a, not %a", sets.sets[set]->name, (double)x, (double)t, exact);
    if (!(fabs((double)s - exact_sigmoid) <= sigmoid_error && s >= 0.0f && s <= 1.0f))
        fail_msg("%s: sigmoid(%a) is %a, not %a", sets.sets[set]->name, (double)x, (double)s, exact_sigmoid);
}

static void test_all_magnitudes(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++) {
        uint32_t bits = smallest_normal_bits;
        while (bits < infinity_bits) {
            float x[BLOCK], s[BLOCK], t[BLOCK];
            for (int k = 0; k < BLOCK; k += 2, bits += STRIDE) {
                x[k] = float_from(bits < infinity_bits ? bits : infinity_bits);
                x[k + 1] = -x[k];
            }
            activate(sets.sets[set], x, s, t);
            for (int k = 0; k < BLOCK; k++)
                check_value(set, x[k], s[k], t[k]);
        }
    }
}

static void test_tanh_is_odd(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++)
        for (uint32_t bits = smallest_normal_bits; bits < infinity_bits; bits += 97 * STRIDE) {
            float x[BLOCK] = {float_from(bits), -float_from(bits)}, s[BLOCK], t[BLOCK];
            activate(sets.sets[set], x, s, t);
            assert_true(t[0] == -t[1]);
            assert_true(t[2] == 0.0f && s[2] == 0.5f);
        }
}

static void test_nan_stays_nan(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++)
        for (uint32_t payload = 1; payload <= 0x7fffffu; payload += 97 * STRIDE) {
            float x[BLOCK] = {float_from(infinity_bits | payload),
                              float_from(1u << 31 | infinity_bits | payload)};
            float s[BLOCK], t[BLOCK];
            activate(sets.sets[set], x, s, t);
            assert_true(isnan(s[0]) && isnan(s[1]) && isnan(t[0]) && isnan(t[1]));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_magnitudes),
        cmocka_unit_test(test_tanh_is_odd),
        cmocka_unit_test(test_nan_stays_nan),
    };
    return cmocka_run_group_tests(tests, find_sets, NULL);
}
