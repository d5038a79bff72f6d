#include "lstm_fused.cuh"

enum { PACK_THREADS = 128 };

static __device__ inline float pack_scale(bool forward, int gate)
{
    const float log2_e = 1.44269504f;
    if (!forward)
        return 1.0f;
    return gate == GATE_C ? -2.0f * log2_e : -log2_e;
}

/* A block owns row e of both input kernels, as row n of the batch reads it; a thread one unit of them. Block (E,.) is
 * the bias. grid kernels*(E+1), block 128, 32 bytes of shared memory. A warp reads 128 consecutive bytes of a gate and
 * writes 512. Bound by the bytes written, 3 MB with masks. No sums: reruns are bit-equal. */
static __global__ void pack_kernel_kernel(struct lstm_fused_pack op)
{
    __shared__ float masks[DIRECTIONS_MAX * GATE_COUNT];
    const struct lstm_fused &lstm = op.lstm;
    const int n = blockIdx.x / (lstm.E + 1), e = blockIdx.x % (lstm.E + 1), i = threadIdx.x;
    const bool is_bias = e == lstm.E;
    if (i < lstm.D * GATE_COUNT)
        masks[i] = is_bias ? 1.0f : mask_value(lstm.input[i], n, lstm.E, e);
    __syncthreads();
    if (is_bias && (n > 0 || !op.bias))
        return;
    float *to = is_bias ? op.bias : op.kernel + ((size_t)n * lstm.E + e) * lstm.D * lstm.units * GATE_COUNT;
    for (int j = i; j < lstm.D * lstm.units * GATE_COUNT; j += PACK_THREADS) {
        const int place = j % GATE_COUNT, unit = j / GATE_COUNT % lstm.units, d = j / GATE_COUNT / lstm.units,
                  gate = fused_gate(place);
        const float *from =
            is_bias ? op.weights[d].bias : op.weights[d].kernel + (size_t)e * GATE_COUNT * lstm.H;
        to[j] = unit < lstm.H
                    ? from[gate * lstm.H + unit] * pack_scale(op.forward, gate) * masks[d * GATE_COUNT + gate]
                    : 0.0f;
    }
}

/* A block owns one term of the sums of one direction's recurrent product, a thread the four weights that this thread of
 * the fused kernel keeps for it. grid (units/2, D), block as many threads as compute there, no shared memory. Writes are
 * coalesced; reads are spread over the matrix, which the L2 cache holds. Bound by latency. No sums: reruns are
 * bit-equal. */
static __global__ void pack_recurrent_kernel(struct lstm_fused_pack op)
{
    const struct lstm_fused &lstm = op.lstm;
    const int term = blockIdx.x, d = blockIdx.y, thread = threadIdx.x, slice = lstm.units / 2;
    float packed[4];
    for (int sum = 0; sum < 4; sum++) {
        const struct fused_weight weight =
            op.forward ? forward_weight(slice, thread, term, sum) : backward_weight(slice, thread, term, sum);
        const bool is_real = weight.from < lstm.H && weight.to < lstm.H;
        packed[sum] =
            is_real
                ? op.weights[d].recurrent_kernel[((size_t)weight.from * GATE_COUNT + weight.gate) * lstm.H +
                                                 weight.to] *
                      pack_scale(op.forward, weight.gate)
                : 0.0f;
    }
    ((float4 *)op.recurrent)[((size_t)d * slice + term) * blockDim.x + thread] =
        float4{packed[0], packed[1], packed[2], packed[3]};
}

extern "C" cudaError_t launch_lstm_fused_pack(cudaStream_t stream, const struct lstm_fused_pack *op)
{
    const struct lstm_fused *lstm = &op->lstm;
    const unsigned kernel_grid = (unsigned)op->kernels * ((unsigned)lstm->E + 1);
    const dim3 recurrent_grid((unsigned)lstm->units / 2, (unsigned)lstm->D);
    launch(pack_kernel_kernel, kernel_grid, PACK_THREADS, stream, *op);
    const cudaError_t status = cudaGetLastError();
    if (status != cudaSuccess)
        return status;
    launch(pack_recurrent_kernel, recurrent_grid, (unsigned)lstm_fused_threads(lstm->units), stream, *op);
    return cudaGetLastError();
}
