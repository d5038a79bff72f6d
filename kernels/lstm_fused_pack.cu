#include "lstm_fused.cuh"

/* Row e of both input kernels, as row n of the batch reads it; row E is the bias. By all threads. */
static __device__ void pack_input(const struct lstm_fused_pack &op, int n, int e)
{
    __shared__ float masks[DIRECTIONS_MAX * GATE_COUNT];
    const struct lstm_fused &lstm = op.lstm;
    const int i = threadIdx.x, row_count = lstm.D * lstm.units * GATE_COUNT;
    const bool is_bias = e == lstm.E;
    if (i < lstm.D * GATE_COUNT)
        masks[i] = is_bias ? 1.0f : mask_value(lstm.input[i], n, lstm.E, e);
    __syncthreads();
    if (is_bias && n > 0)
        return;
    float *to = is_bias ? op.bias : op.kernel + ((size_t)n * lstm.E + e) * row_count;
    for (int j = i; j < row_count; j += blockDim.x) {
        const int unit = j / GATE_COUNT % lstm.units, d = j / GATE_COUNT / lstm.units,
                  gate = fused_gate(j % GATE_COUNT);
        const float *from =
            is_bias ? op.weights[d].bias : op.weights[d].kernel + (size_t)e * GATE_COUNT * lstm.H;
        to[j] = unit < lstm.H ? from[gate * lstm.H + unit] * masks[d * GATE_COUNT + gate] : 0.0f;
    }
}

/* One term of the sums of one direction's recurrent product: a thread has the four weights that this thread of the
 * fused kernel keeps for it. */
static __device__ void pack_recurrent(const struct lstm_fused_pack &op, bool forward, int d, int term)
{
    const struct lstm_fused &lstm = op.lstm;
    const int thread = threadIdx.x, slice = lstm.units / 2;
    float packed[4];
    for (int sum = 0; sum < 4; sum++) {
        const struct fused_weight weight =
            forward ? forward_weight(slice, thread, term, sum) : backward_weight(slice, thread, term, sum);
        const bool is_real = weight.from < lstm.H && weight.to < lstm.H;
        const size_t place = ((size_t)weight.from * GATE_COUNT + weight.gate) * lstm.H + weight.to;
        packed[sum] = is_real ? op.weights[d].recurrent_kernel[place] : 0.0f;
    }
    ((float4 *)(forward ? op.forward : op.backward))[((size_t)d * slice + term) * blockDim.x + thread] =
        float4{packed[0], packed[1], packed[2], packed[3]};
}

/* A block owns one row of the packed input kernels, or one term of the recurrent sums of a direction and a kernel. grid
 * kernels*(E+1) + D*units/2 for each of forward and backward, block as many threads as compute there, 32 bytes of
 * shared memory. Writes are coalesced, and so are the reads of input kernels; those of recurrent ones are spread over a
 * matrix that the L2 cache holds. Bound by latency, with input masks by the bytes written, 3 MB. No sums: reruns are
 * bit-equal. */
static __global__ void lstm_fused_pack_kernel(const __grid_constant__ struct lstm_fused_pack op)
{
    const int rows = op.lstm.E + 1, inputs = op.kernels * rows, slice = op.lstm.units / 2;
    const int block = blockIdx.x, term = block - inputs;
    if (block < inputs)
        pack_input(op, block / rows, block % rows);
    else
        pack_recurrent(op, term < op.lstm.D * slice, term / slice % op.lstm.D, term % slice);
}

extern "C" cudaError_t launch_lstm_fused_pack(cudaStream_t stream, const struct lstm_fused_pack *op)
{
    const struct lstm_fused *lstm = &op->lstm;
    const unsigned terms = (unsigned)(lstm->D * lstm->units / 2) * (op->backward ? 2u : 1u);
    const unsigned grid = (unsigned)op->kernels * ((unsigned)lstm->E + 1) + terms;
    launch(lstm_fused_pack_kernel, grid, (unsigned)lstm_fused_threads(lstm->units), stream, *op);
    return cudaGetLastError();
}
