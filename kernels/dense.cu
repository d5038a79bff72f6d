/* The head. Its numbers are few and decide what people read: logits, probabilities and losses are in double. Every sum
 * has one order: reruns are bit-equal. */
#include "dense.h"

#include "device.cuh"

#include <math.h>
#include <string.h>

enum { BCE_WARPS = 16, BCE_ROWS = 4, BACKWARD_WARPS = 8 };

/* warp_sum in double: its two words travel one by one. */
static __device__ double warp_sum_double(double value)
{
    for (int step = WARP / 2; step > 0; step /= 2) {
        uint32_t words[2];
        double other;
        memcpy(words, &value, sizeof words);
        for (int i = 0; i < 2; i++)
            words[i] = __shfl_xor_sync(FULL_WARP, words[i], step);
        memcpy(&other, words, sizeof other);
        value += other;
    }
    return value;
}

static __device__ int warp_sum_int(int value)
{
    for (int step = WARP / 2; step > 0; step /= 2)
        value += __shfl_xor_sync(FULL_WARP, value, step);
    return value;
}

/* Of a warp's rows `first`, first + 16, ...: four at once, so that their reads are under way together. */
static __device__ void logits(const struct dense_bce &op, int first, double z[BCE_ROWS])
{
    for (int r = 0; r < BCE_ROWS; r++)
        z[r] = 0.0;
    for (int f = (int)threadIdx.x; f < op.F; f += WARP)
        for (int r = 0; r < BCE_ROWS; r++) {
            const int n = first + r * BCE_WARPS;
            if (n < op.N)
                z[r] += (double)op.h[(size_t)n * (size_t)op.F + (size_t)f] * (double)op.kernel[f];
        }
    for (int r = 0; r < BCE_ROWS; r++)
        z[r] = warp_sum_double(z[r]) + (double)op.bias[0];
}

/* Of the sums in struct metrics. */
static __device__ double rounded(double loss)
{
    const double units = (double)(1LL << LOSS_BITS);
    return rint(loss * units) / units;
}

/* The logit of row first + 16*lane, of the warp's 32 next rows. */
static __device__ double own_logit(const struct dense_bce &op, int first)
{
    double own = 0.0, z[BCE_ROWS];
    for (int i = 0; i < (int)WARP && first + i * BCE_WARPS < op.N; i += BCE_ROWS) {
        logits(op, first + i * BCE_WARPS, z);
        for (int r = 0; r < BCE_ROWS; r++)
            own = i + r == (int)threadIdx.x ? z[r] : own;
    }
    return own;
}

/* One block; a warp owns rows n, n + 16, ..., 32 at a time: its lanes read the features of a row side by side, and then
 * each lane does one of the 32 rows, for what follows the logit is in double, of which a multiprocessor may do two a
 * cycle. At the end one thread adds the warps' losses in order, for the sums in memory have no other owner. grid 1,
 * block (32,16), 192 bytes of shared memory. Bound by latency: 25 KB are read at N = 64, F = 100. */
static __global__ void __launch_bounds__(WARP *BCE_WARPS) dense_bce_kernel(struct dense_bce op)
{
    __shared__ double losses[BCE_WARPS];
    __shared__ int corrects[BCE_WARPS];
    const int warp = (int)threadIdx.y, lane = (int)threadIdx.x;
    double loss = 0.0;
    int correct = 0;
    for (int first = warp; first < op.N; first += BCE_WARPS * WARP) {
        const double z = own_logit(op, first);
        const int n = first + lane * BCE_WARPS;
        if (n >= op.N)
            continue;
        const double y = (double)op.labels[n], p = 1.0 / (1.0 + exp(-z));
        const float prob = (float)p;
        loss += rounded(fmax(z, 0.0) - z * y + log1p(exp(-fabs(z))));
        correct += (prob > 0.5f) == (y > 0.5);
        op.prob[n] = prob;
        op.dz[n] = (float)((p - y) / op.batch);
    }
    loss = warp_sum_double(loss);
    correct = warp_sum_int(correct);
    if (lane == 0) {
        losses[warp] = loss;
        corrects[warp] = correct;
    }
    __syncthreads();
    if (warp != 0 || lane != 0)
        return;
    for (int i = 1; i < BCE_WARPS; i++) {
        loss += losses[i];
        correct += corrects[i];
    }
    op.metrics->loss += loss;
    op.metrics->correct += correct;
    op.metrics->count += op.N;
}

extern "C" cudaError_t launch_dense_bce(cudaStream_t stream, const struct dense_bce *op)
{
    launch(dense_bce_kernel, 1, dim3(WARP, BCE_WARPS), stream, *op);
    return cudaGetLastError();
}

/* A block owns 32 features, a lane a feature; each of 8 warps walks every eighth row, writes its dh and adds up its
 * part of dkernel; the first warp adds the parts in order. All blocks sum dz, and the first adds it to dbias. grid
 * ceil(F/32), block (32,8), 1056 bytes of shared memory. Rows are read and written as 128 bytes. Bound by latency: 50
 * KB move at N = 64, F = 100. */
static __global__ void dense_backward_kernel(struct dense_backward op)
{
    __shared__ float kernel_sums[BACKWARD_WARPS][WARP], bias_sums[BACKWARD_WARPS];
    const int lane = (int)threadIdx.x, warp = (int)threadIdx.y, f = (int)blockIdx.x * WARP + lane;
    const float weight = f < op.F ? op.kernel[f] : 0.0f;
    float kernel_sum = 0.0f, bias_sum = 0.0f;
    for (int n = warp; n < op.N; n += BACKWARD_WARPS) {
        const float dz = op.dz[n];
        bias_sum += dz;
        if (f < op.F) {
            const size_t at = (size_t)n * (size_t)op.F + (size_t)f;
            kernel_sum += dz * op.h[at];
            op.dh[at] = dz * weight;
        }
    }
    kernel_sums[warp][lane] = kernel_sum;
    if (lane == 0)
        bias_sums[warp] = bias_sum;
    __syncthreads();
    if (warp != 0)
        return;
    for (int i = 1; i < BACKWARD_WARPS; i++) {
        kernel_sum += kernel_sums[i][lane];
        bias_sum += bias_sums[i];
    }
    if (f < op.F)
        op.dkernel[f] += kernel_sum;
    if (f == 0)
        op.dbias[0] += bias_sum;
}

extern "C" cudaError_t launch_dense_backward(cudaStream_t stream, const struct dense_backward *op)
{
    launch(dense_backward_kernel, ceil_div((size_t)op->F, WARP), dim3(WARP, BACKWARD_WARPS), stream, *op);
    return cudaGetLastError();
}
