#include "lstm_fused.cuh"

enum { GRADIENT_THREADS = 128 };

static_assert(GRADIENT_THREADS >= (int)FUSED_UNITS_MAX && GRADIENT_THREADS >= (int)FUSED_ROWS_MAX,
              "a thread has one unit, and one row's masks");

/* A block owns row k of the weights of one direction: of the recurrent kernel below H, then of the kernel, last the
 * bias; a thread the four gates of one unit. grid (H+E+1, D), block 128, 2 KB of shared memory for the row's masks.
 * Reads run along a row's own gradient, 16 bytes a thread; gradients are read and written along the units. Bound by
 * reading what the rows have, (H+E+1)*D*units*16 bytes each. Rows are added in order: reruns are bit-equal. */
static __global__ void lstm_fused_gradients_kernel(const __grid_constant__ struct lstm_fused_gradients op)
{
    __shared__ float masks[FUSED_ROWS_MAX][GATE_COUNT];
    const struct lstm_fused &lstm = op.lstm;
    const int d = blockIdx.y, unit = threadIdx.x, E = lstm.E, H = lstm.H, k = blockIdx.x;
    const bool is_recurrent = k < H, is_kernel = !is_recurrent && k < H + E;
    const int row_of_matrix = is_recurrent ? k : is_kernel ? k - H : 0;
    if (unit < op.rows)
        for (int gate = 0; gate < GATE_COUNT; gate++) {
            const int n = op.first_row + unit, i = d * GATE_COUNT + gate;
            masks[unit][gate] = is_recurrent ? mask_value(lstm.recurrent[i], n, H, row_of_matrix)
                                : is_kernel  ? mask_value(lstm.input[i], n, E, row_of_matrix)
                                             : 1.0f;
        }
    __syncthreads();
    if (unit >= H)
        return;
    const float4 *from;
    size_t row_count; /* float4 from a row of the batch to the next */
    if (is_recurrent) {
        from = (const float4 *)op.of_recurrent + ((size_t)d * H + row_of_matrix) * lstm.units;
        row_count = (size_t)lstm.D * H * lstm.units;
    } else if (is_kernel) {
        from = (const float4 *)op.of_kernel + ((size_t)row_of_matrix * lstm.D + d) * lstm.units;
        row_count = (size_t)E * lstm.D * lstm.units;
    } else {
        from = (const float4 *)op.of_bias + (size_t)d * lstm.units;
        row_count = (size_t)lstm.D * lstm.units;
    }
    float sums[GATE_COUNT] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int r = 0; r < (is_kernel ? op.kernel_rows : op.rows); r++) {
        const float4 own = from[r * row_count + unit];
        sums[GATE_I] += masks[r][GATE_I] * own.x;
        sums[GATE_C] += masks[r][GATE_C] * own.y;
        sums[GATE_F] += masks[r][GATE_F] * own.z;
        sums[GATE_O] += masks[r][GATE_O] * own.w;
    }
    float *to = is_recurrent ? op.gradients[d].drecurrent_kernel
                : is_kernel  ? op.gradients[d].dkernel
                             : op.gradients[d].dbias;
    for (int gate = 0; gate < GATE_COUNT; gate++)
        to[((size_t)row_of_matrix * GATE_COUNT + gate) * H + unit] += sums[gate];
}

extern "C" cudaError_t launch_lstm_fused_gradients(cudaStream_t stream, const struct lstm_fused_gradients *op)
{
    const dim3 grid((unsigned)(op->lstm.H + op->lstm.E + 1), (unsigned)op->lstm.D);
    launch(lstm_fused_gradients_kernel, grid, GRADIENT_THREADS, stream, *op);
    return cudaGetLastError();
}
