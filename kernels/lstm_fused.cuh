/* What the kernels of the fused LSTM share: sizes, places, and the few instructions that C++ has no word for. */
#ifndef KERNELS_LSTM_FUSED_CUH
#define KERNELS_LSTM_FUSED_CUH

#include "fused_ptx.cuh"
#include "lstm_fused.h"
#include "mask.cuh"

/* A block has warps that compute, each for 16 units, and one that carries rows between global and shared memory.
 *
 * A lane that computes keeps 4*SLICE weights in registers: of 4 sums over SLICE terms each. Forward, a slice is one
 * half of h, and the sums are the gates of one unit; backward, it is an eighth of the 4*UNITS elements of dz, and the
 * sums are the dh of four units. SLICE is the same both times.
 *
 * In shared memory a slice begins at a multiple of 16 bytes, and the slices that a warp reads at once lie in different
 * banks: hence the pitches. */
template <int UNITS> struct fused_shape {
    static_assert(UNITS % 4 == 0, "rows are read as float4");
    enum {
        WARPS = (UNITS + FUSED_UNITS_PER_WARP - 1) / FUSED_UNITS_PER_WARP,
        THREADS = (WARPS + 1) * WARP,
        SLICE = UNITS / 2,
        EVEN_SLICE = (SLICE + 3) / 4 * 4,
        HALF_PITCH = EVEN_SLICE % 32 == 0 || EVEN_SLICE % 32 >= 29 ? EVEN_SLICE + 4 : EVEN_SLICE,
        EIGHTH_PITCH = EVEN_SLICE % 8 == 0 ? EVEN_SLICE + 4 : EVEN_SLICE,
        PER_LANE = (UNITS + WARP - 1) / WARP, /* units, or float4 of a row, that a lane carries */
        MASKS = WARPS * FUSED_UNITS_PER_WARP * GATE_COUNT,
    };
};

/* Runs OF<units>, which launches a kernel, for one of the sizes that lstm_fused_units gives. */
template <template <int> class OF, typename OP>
static inline cudaError_t fused_launch(cudaStream_t stream, const OP *op)
{
    switch (op->lstm.units) {
    case 32:
        OF<32>::run(stream, op);
        break;
    case 64:
        OF<64>::run(stream, op);
        break;
    case 96:
        OF<96>::run(stream, op);
        break;
    case 100:
        OF<100>::run(stream, op);
        break;
    case 104:
        OF<104>::run(stream, op);
        break;
    case FUSED_UNITS_MAX:
        OF<FUSED_UNITS_MAX>::run(stream, op);
        break;
    default:
        return cudaErrorInvalidValue;
    }
    return cudaGetLastError();
}

/* The gate, in Keras' order, at place 0 to 3 of a unit: i c f o. The lanes that share a unit have one pair each. */
static __device__ inline int fused_gate(int place)
{
    return (place >> 1) + 2 * (place & 1);
}

/* The weight that thread `thread` has at place `sum` of its term `term`: recurrent_kernel[from, gate*H + to]. */
struct fused_weight {
    int from, gate, to;
};

/* Forward: lane 16*q + u has unit u of its warp and half q of h. Sums 0 and 1 are the gates that the lane finishes (q =
 * 0: i and c, q = 1: f and o), sums 2 and 3 those of the lane that has the other half. */
static __device__ inline struct fused_weight forward_weight(int slice, int thread, int term, int sum)
{
    const int lane = thread % WARP, half = lane / 16;
    struct fused_weight weight;
    weight.from = half * slice + term;
    weight.gate = fused_gate((2 * half + sum) % 4);
    weight.to = thread / WARP * FUSED_UNITS_PER_WARP + lane % 16;
    return weight;
}

/* Backward: lane 4*s + group has slice s of dz and four units of its warp, from 4*group on. Sum 0 is of the unit that
 * the lane ends up with, number s/2 of the four; sum p is of number p ^ (s/2). */
static __device__ inline struct fused_weight backward_weight(int slice, int thread, int term, int sum)
{
    const int lane = thread % WARP, group = lane % 4, eighth = lane / 4, element = eighth * slice + term;
    struct fused_weight weight;
    weight.from = thread / WARP * FUSED_UNITS_PER_WARP + 4 * group + (sum ^ (eighth >> 1));
    weight.gate = fused_gate(element % 4);
    weight.to = element / 4;
    return weight;
}

/* Whether a direction reads the last time first, and the time that it reads at step s. */
static __device__ inline bool fused_reads_back(const struct lstm_fused &lstm, int d)
{
    return lstm.D == 2 ? d == 1 : lstm.reversed;
}

static __device__ inline int fused_time(const struct lstm_fused &lstm, int d, int s)
{
    return fused_reads_back(lstm, d) ? lstm.T - 1 - s : s;
}

/* Where y has h of row n after step s: its first float. */
static __device__ inline size_t fused_output(const struct lstm_fused &lstm, int d, int s, int n)
{
    const int step = !lstm.sequences ? 0 : lstm.D == 2 ? fused_time(lstm, d, s) : s;
    return (((size_t)step * lstm.N + n) * lstm.D + d) * lstm.H;
}

/* The forward kernel has z times -log2(e), and that of the candidate twice as much: then a gate is 1/(1 + 2^z), and the
 * candidate 2/(1 + 2^z) - 1. */
static __device__ inline float fused_scale(int gate)
{
    const float log2_e = 1.44269504f;
    return gate == GATE_C ? -2.0f * log2_e : -log2_e;
}

/* The recurrent masks of the block's row and direction, in the forward pass times the gates' scales: (units,4),
 * anything beyond H. By all threads; a barrier must follow. */
static __device__ inline void fused_load_masks(const struct lstm_fused &lstm, int n, int d, bool forward,
                                               float *masks, int count)
{
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        const int unit = i / GATE_COUNT, gate = fused_gate(i % GATE_COUNT);
        const float mask =
            unit < lstm.H ? mask_value(lstm.recurrent[d * GATE_COUNT + gate], n, lstm.H, unit) : 1.0f;
        masks[i] = forward ? mask * fused_scale(gate) : mask;
    }
}

/* sums[p] += weights[.][p] . vector. All addresses are known when a kernel is built; a warp's lanes read 2 or 8
 * different float4 at once. */
template <int SLICE>
static __device__ __forceinline__ void fused_multiply(const float (&weights)[SLICE][4], const float *vector,
                                                      float (&sums)[4])
{
    UNROLLED
    for (int k = 0; k + 4 <= SLICE; k += 4) {
        const float4 v = *(const float4 *)(vector + k);
        UNROLLED
        for (int p = 0; p < 4; p++)
            sums[p] += weights[k][p] * v.x;
        UNROLLED
        for (int p = 0; p < 4; p++)
            sums[p] += weights[k + 1][p] * v.y;
        UNROLLED
        for (int p = 0; p < 4; p++)
            sums[p] += weights[k + 2][p] * v.z;
        UNROLLED
        for (int p = 0; p < 4; p++)
            sums[p] += weights[k + 3][p] * v.w;
    }
    UNROLLED
    for (int k = SLICE & ~3; k < SLICE; k++) {
        const float v = vector[k];
        UNROLLED
        for (int p = 0; p < 4; p++)
            sums[p] += weights[k][p] * v;
    }
}

#endif
