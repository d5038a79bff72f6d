/* Coefficients of activation.h. Written by scripts/derive_tanh.py, which tested every float32:
 *
 *     tanh      3.21 ulp, 2.47e-07 relative for normal numbers
 *     sigmoid   1.16e-07 absolute
 *
 * a/b is the minimax approximation of tanh(u/2) on [-9, 9] under the weight 1/cosh(u), before rounding within
 * 7.4e-09 of tanh(u) relative. tanh is monotone up to 4 ulp. */
#ifndef CPU_TANH_COEFFICIENTS_H
#define CPU_TANH_COEFFICIENTS_H

static const float tanh_limit = 0x1.2p3f;
static const float tanh_numerator[3] = {0x1.cdf74ep0f, 0x1.b83604p-5f, 0x1.b0c2aap-13f};
static const float tanh_denominator[4] = {0x1.cdf74ep1f, 0x1.a207acp-2f, 0x1.1d7e84p-8f, 0x1.2a2bd6p-18f};

/* The same for x = 2u: exact powers of two. */
static const float sigmoid_limit = 0x1.2p4f;
static const float sigmoid_numerator[3] = {0x1.cdf74ep-1f, 0x1.b83604p-8f, 0x1.b0c2aap-18f};
static const float sigmoid_denominator[4] = {0x1.cdf74ep1f, 0x1.a207acp-4f, 0x1.1d7e84p-12f, 0x1.2a2bd6p-24f};

#endif
