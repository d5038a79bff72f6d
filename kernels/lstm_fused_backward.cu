/* The fused LSTM, backward. As in the forward pass a block takes one row and one direction through all steps, with the
 * row's masked recurrent weights in its registers and one barrier a step.
 *
 *     warp w of those that compute: lane 4*s + group, units j = 16*w + 4*group .. + 3
 *     slice s = 0    1    2    3    4    5    6    7        of dz of the step after, an eighth of 4*H elements
 *              \    /     \    /     \    /     \    /
 *     ends with j+0        j+1        j+2        j+3        four partial dh a lane; lanes 16, 8 and 4 apart exchange
 *     s even: dz of i, c~     s odd: dz of f, o             both have dh of their unit, and each its pair of gates
 *     the last warp: slopes, paths and dy of the next step to shared, those of the third from now from global, and dz
 *     of the step before to global
 */
#include "lstm_fused.cuh"

/* Rows of the I/O warp on their way: what it holds of one step. */
template <int UNITS> struct backward_rows {
    float4 slopes[fused_shape<UNITS>::PER_LANE], paths[(UNITS / 2 + WARP - 1) / WARP];
    float dy[fused_shape<UNITS>::PER_LANE];
};

/* In shared memory, of two steps. */
template <int UNITS> struct backward_memory {
    float dz[2][8 * fused_shape<UNITS>::EIGHTH_PITCH];
    float slopes[2][4 * UNITS], paths[2][2 * UNITS], dy[2][UNITS];
};

/* The I/O warp. Steps of this pass are counted from 0 as well: step b undoes step T-1-b. */
template <int UNITS, bool SEQUENCES> struct backward_carrier {
    typedef fused_shape<UNITS> shape;
    enum { PATHS_PER_LANE = (UNITS / 2 + WARP - 1) / WARP };
    const struct lstm_fused_backward *op;
    int n, d, lane;

    __device__ __forceinline__ void request(backward_rows<UNITS> &rows, int b) const
    {
        const struct lstm_fused &lstm = op->lstm;
        const int s = b < lstm.T ? lstm.T - 1 - b : 0;
        const size_t place = ((size_t)n * lstm.D + d) * (lstm.T + 1) + s + 1;
        const float4 *slopes = (const float4 *)op->slopes + place * UNITS;
        const float4 *paths = (const float4 *)op->paths + place * (UNITS / 2);
        const float *dy = op->dy + fused_output(lstm, d, s, n);
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int at = lane + i * WARP;
            rows.slopes[i] = slopes[at < UNITS ? at : UNITS - 1];
            if (SEQUENCES)
                rows.dy[i] = at < lstm.H ? dy[at] : 0.0f;
        }
        UNROLLED
        for (int i = 0; i < PATHS_PER_LANE; i++) {
            const int at = lane + i * WARP;
            rows.paths[i] = paths[at < UNITS / 2 ? at : UNITS / 2 - 1];
        }
    }

    __device__ __forceinline__ void publish(const backward_rows<UNITS> &rows, backward_memory<UNITS> &memory,
                                            int b) const
    {
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int at = lane + i * WARP;
            if (at < UNITS)
                ((float4 *)memory.slopes[b % 2])[at] = rows.slopes[i];
            if (SEQUENCES && at < UNITS)
                memory.dy[b % 2][at] = rows.dy[i];
        }
        UNROLLED
        for (int i = 0; i < PATHS_PER_LANE; i++) {
            const int at = lane + i * WARP;
            if (at < UNITS / 2)
                ((float4 *)memory.paths[b % 2])[at] = rows.paths[i];
        }
    }

    static __device__ __forceinline__ float2 pair_of(const float *dz, int element)
    {
        return *(const float2 *)(dz + element / shape::SLICE * shape::EIGHTH_PITCH + element % shape::SLICE);
    }

    /* dz that step b left, to global memory; and to the sums. */
    __device__ __forceinline__ void carry_dz(const float *dz, int b, float4 (&sums)[shape::PER_LANE]) const
    {
        const struct lstm_fused &lstm = op->lstm;
        const int t = fused_time(lstm, d, lstm.T - 1 - b);
        float4 *to = (float4 *)op->dz + (((size_t)t * lstm.N + n) * lstm.D + d) * UNITS;
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int unit = lane + i * WARP;
            if (unit < UNITS) {
                const float2 of_i_c = pair_of(dz, 4 * unit), of_f_o = pair_of(dz, 4 * unit + 2);
                to[unit] = float4{of_i_c.x, of_i_c.y, of_f_o.x, of_f_o.y};
                sums[i].x += of_i_c.x;
                sums[i].y += of_i_c.y;
                sums[i].z += of_f_o.x;
                sums[i].w += of_f_o.y;
            }
        }
    }

    __device__ __forceinline__ void run(backward_memory<UNITS> &memory) const
    {
        const int T = op->lstm.T;
        backward_rows<UNITS> next, after;
        float4 sums[shape::PER_LANE];
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++)
            sums[i] = float4{0.0f, 0.0f, 0.0f, 0.0f};
        request(next, 0);
        publish(next, memory, 0);
        request(next, 1);
        request(after, 2);
        block_barrier<shape::THREADS>();
        for (int b = 0; b < T; b++) {
            publish(next, memory, b + 1);
            next = after;
            request(after, b + 3);
            if (b > 0)
                carry_dz(memory.dz[b % 2], b - 1, sums);
            block_barrier<shape::THREADS>();
        }
        carry_dz(memory.dz[T % 2], T - 1, sums);
        float4 *dbias = (float4 *)op->dbias + ((size_t)n * op->lstm.D + d) * UNITS;
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++)
            if (lane + i * WARP < UNITS)
                dbias[lane + i * WARP] = sums[i];
    }
};

/* A lane that computes. */
template <int UNITS, bool SEQUENCES> struct backward_lane {
    typedef fused_shape<UNITS> shape;
    int pair;       /* 0: dz of the gates i and c, 1: of f and o */
    int is_real;    /* whether its unit is below UNITS */
    int read_at;    /* its slice in dz */
    int write_at;   /* its two gates in dz */
    int slope_at;   /* and in a row of slopes */
    int path_at;    /* its unit in a row of paths */
    float dy;       /* of the next step to undo, where its pair is 0; else 0 */
    float dc_after; /* dc that the step after handed back */

    __device__ __forceinline__ void begin(const struct lstm_fused_backward &op, int n, int d)
    {
        const int lane = threadIdx.x % WARP, eighth = lane / 4;
        const int unit = threadIdx.x / WARP * FUSED_UNITS_PER_WARP + 4 * (lane % 4) + eighth / 2;
        const int clamped = unit < UNITS ? unit : UNITS - 1;
        pair = eighth % 2;
        is_real = unit < UNITS;
        read_at = eighth * shape::EIGHTH_PITCH;
        slope_at = clamped * 4 + pair * 2;
        path_at = clamped * 2;
        const int element = unit * 4 + pair * 2;
        write_at = element / shape::SLICE * shape::EIGHTH_PITCH + element % shape::SLICE;
        const bool reads_dy = !SEQUENCES && pair == 0 && unit < op.lstm.H;
        dy = reads_dy ? op.dy[fused_output(op.lstm, d, op.lstm.T - 1, n) + unit] : 0.0f;
        dc_after = 0.0f;
        keep_in_register(pair);
        keep_in_register(is_real);
        keep_in_register(read_at);
        keep_in_register(write_at);
        keep_in_register(slope_at);
        keep_in_register(path_at);
    }

    __device__ __forceinline__ void step(const float (&weights)[shape::SLICE][4],
                                         backward_memory<UNITS> &memory, int buffer)
    {
        const float2 slopes = *(const float2 *)(memory.slopes[buffer] + slope_at);
        const float2 paths = *(const float2 *)(memory.paths[buffer] + path_at);
        if (SEQUENCES)
            dy = pair ? 0.0f : memory.dy[buffer][path_at / 2];
        float sums[4] = {dy, 0.0f, 0.0f, 0.0f};
        dy = 0.0f;
        fused_multiply<shape::SLICE>(weights, memory.dz[buffer] + read_at, sums);
        sums[0] += __shfl_xor_sync(FULL_WARP, sums[2], 16);
        sums[1] += __shfl_xor_sync(FULL_WARP, sums[3], 16);
        sums[0] += __shfl_xor_sync(FULL_WARP, sums[1], 8);
        const float dh = sums[0] + __shfl_xor_sync(FULL_WARP, sums[0], 4);
        const float dc = dh * paths.x + dc_after;
        dc_after = dc * paths.y;
        if (is_real)
            *(float2 *)(memory.dz[buffer ^ 1] + write_at) =
                float2{dc * slopes.x, (pair ? dh : dc) * slopes.y};
        block_barrier<shape::THREADS>();
    }
};

/* A block owns one row and one direction; the drawing above says what a lane owns. grid (N, D), block
 * fused_shape<UNITS>::THREADS, at 100 units 256 threads and 11 KB of shared memory; 255 registers a thread, so a
 * multiprocessor holds one block. The I/O warp reads and writes rows of 24*UNITS and 16*UNITS consecutive bytes a step.
 * Bound by the latency of a step: 2*UNITS multiplications a lane, three exchanges and a barrier. Every sum has its
 * order: reruns are bit-equal. */
template <int UNITS, bool SEQUENCES>
static __global__ void __launch_bounds__(fused_shape<UNITS>::THREADS, 1)
    lstm_fused_backward_kernel(const __grid_constant__ struct lstm_fused_backward op)
{
    typedef fused_shape<UNITS> shape;
    __shared__ __align__(16) backward_memory<UNITS> memory;
    __shared__ __align__(16) float masks[shape::MASKS];
    const int n = blockIdx.x, d = blockIdx.y, warp = threadIdx.x / WARP, T = op.lstm.T;
    for (int i = threadIdx.x; i < 8 * shape::EIGHTH_PITCH; i += shape::THREADS)
        memory.dz[0][i] = 0.0f;
    fused_load_masks(op.lstm, n, d, false, masks, shape::MASKS);
    __syncthreads();
    if (warp == shape::WARPS) {
        backward_carrier<UNITS, SEQUENCES> carrier;
        carrier.op = &op;
        carrier.n = n;
        carrier.d = d;
        carrier.lane = threadIdx.x % WARP;
        carrier.run(memory);
        return;
    }
    backward_lane<UNITS, SEQUENCES> lane;
    float weights[shape::SLICE][4];
    lane.begin(op, n, d);
    UNROLLED
    for (int k = 0; k < shape::SLICE; k++) {
        const float4 packed =
            ((const float4 *)
                 op.recurrent)[((size_t)d * shape::SLICE + k) * shape::WARPS * WARP + threadIdx.x];
        const float parts[4] = {packed.x, packed.y, packed.z, packed.w};
        const int place = (threadIdx.x % WARP / 4 * shape::SLICE + k) % GATE_COUNT;
        UNROLLED
        for (int p = 0; p < 4; p++) {
            const struct fused_weight weight = backward_weight(shape::SLICE, threadIdx.x, k, p);
            weights[k][p] = parts[p] * masks[weight.from * GATE_COUNT + place];
        }
    }
    block_barrier<shape::THREADS>();
    int b = 0;
    for (; b + 1 < T; b += 2) {
        lane.step(weights, memory, 0);
        lane.step(weights, memory, 1);
    }
    if (b < T)
        lane.step(weights, memory, 0);
}

template <int UNITS> struct launch_backward {
    static void run(cudaStream_t stream, const struct lstm_fused_backward *op)
    {
        const dim3 grid((unsigned)op->lstm.N, (unsigned)op->lstm.D);
        const unsigned block = fused_shape<UNITS>::THREADS;
        if (op->lstm.sequences)
            launch((lstm_fused_backward_kernel<UNITS, true>), grid, block, stream, *op);
        else
            launch((lstm_fused_backward_kernel<UNITS, false>), grid, block, stream, *op);
    }
};

extern "C" cudaError_t launch_lstm_fused_backward(cudaStream_t stream, const struct lstm_fused_backward *op)
{
    return fused_launch<launch_backward>(stream, op);
}
