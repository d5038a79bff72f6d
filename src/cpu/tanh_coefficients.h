/* Coefficients of half_tanh in cells.h. Written by scripts/derive_tanh.py, which tested every float32:
 *
 *     tanh      3.003 ulp, 2.46e-07 relative for normal numbers
 *     sigmoid   1.18e-07 absolute
 *
 * a/b is the minimax approximation of tanh(u/2) on [-9, 9] under the weight 1/cosh(u): before
 * rounding tanh(u) is within 7.4e-09 relative. It is monotone up to 4 ulp. */
#ifndef CPU_TANH_COEFFICIENTS_H
#define CPU_TANH_COEFFICIENTS_H

static const float tanh_limit = 0x1.2p3f;
static const float tanh_numerator[3] = {0x1.daf88ap0f, 0x1.c49a72p-5f, 0x1.bcf21ap-13f};
static const float tanh_denominator[4] = {0x1.daf88ap1f, 0x1.adcc46p-2f, 0x1.2587dep-8f, 0x1.3292a2p-18f};

/* The same for x = 2u: exact powers of two. */
static const float sigmoid_limit = 0x1.2p4f;
static const float sigmoid_numerator[3] = {0x1.daf88ap-1f, 0x1.c49a72p-8f, 0x1.bcf21ap-18f};
static const float sigmoid_denominator[4] = {0x1.daf88ap1f, 0x1.adcc46p-4f, 0x1.2587dep-12f, 0x1.3292a2p-24f};

#endif
