/* The fused LSTM, forward. A row's recurrent weights stay in the registers of one block, multiplied by the row's own
 * masks, and the block goes through all steps with one barrier a step.
 *
 *     warp w of those that compute                          lane 16*q + u, unit j = 16*w + u
 *     +---------- q = 0 ----------+---------- q = 1 ----------+
 *     | u = 0 .. 15               | u = 0 .. 15               |
 *     | h[0 .. H/2-1] for i c f o | h[H/2 .. H-1] for f o i c |   4*H/2 weights each
 *     | its i, c~ + other's i, c~ | its f, o + other's f, o   |   one exchange between u and 16+u
 *     | i * c~          ----------|--> c = f*c + i*c~         |   and one more
 *     |                           | h = o*tanh(c) to shared   |   then the barrier
 *     +---------------------------+---------------------------+
 *     the last warp                 z of step s+1 to shared, z of step s+3 from global, h before step s to global
 */
#include "lstm_fused.cuh"

enum { FORWARD_THREADS_MAX = fused_shape<FUSED_UNITS_MAX>::THREADS };

/* Where a block's row and direction begin: steps that lie behind it, and the state after them (2,UNITS); NULL: zeros. */
struct forward_start {
    int n, d, first, end; /* steps first .. end-1 are done */
    const float *state;
};

/* The row with the most pads, the first of those; by all threads. */
static __device__ inline int row_of_most_pads(const int32_t *pads, int N)
{
    __shared__ int most[FORWARD_THREADS_MAX], rows[FORWARD_THREADS_MAX];
    const int i = threadIdx.x;
    most[i] = -1;
    rows[i] = N;
    for (int n = i; n < N; n += blockDim.x)
        if (pads[n] > most[i]) {
            most[i] = pads[n];
            rows[i] = n;
        }
    __syncthreads();
    int best = 0;
    for (int other = 1; other < (int)blockDim.x; other++)
        if (most[other] > most[best] || (most[other] == most[best] && rows[other] < rows[best]))
            best = other;
    return rows[best];
}

template <int UNITS, int PURPOSE>
static __device__ __forceinline__ struct forward_start forward_start_of(const struct lstm_fused_forward &op)
{
    const struct lstm_fused &lstm = op.lstm;
    struct forward_start start = {(int)blockIdx.x, (int)blockIdx.y, 0, lstm.T, NULL};
    if (PURPOSE == FUSED_PADS) {
        start.n = row_of_most_pads(op.pads, lstm.N);
        start.end = op.pads[start.n];
    } else if (op.pads && !fused_reads_back(lstm, start.d)) {
        start.first = op.pads[start.n];
        start.state = op.states + (size_t)start.first * 2 * UNITS;
    } else if (op.states && !op.pads) {
        start.state = op.states + ((size_t)start.n * lstm.D + start.d) * 2 * UNITS;
    }
    return start;
}

/* h in shared memory, and in y the steps that lie behind the row. By all threads; a barrier must follow. */
template <int UNITS>
static __device__ __forceinline__ void forward_begin_h(const struct lstm_fused_forward &op,
                                                       const struct forward_start &start, float *h)
{
    typedef fused_shape<UNITS> shape;
    const struct lstm_fused &lstm = op.lstm;
    for (int unit = threadIdx.x; unit < UNITS; unit += shape::THREADS)
        h[unit / shape::SLICE * shape::HALF_PITCH + unit % shape::SLICE] =
            start.state ? start.state[unit] : 0.0f;
    for (int i = threadIdx.x; lstm.sequences && i < start.first * lstm.H; i += shape::THREADS) {
        const int s = i / lstm.H, unit = i % lstm.H;
        op.y[fused_output(lstm, start.d, s, start.n) + unit] = op.states[(size_t)(s + 1) * 2 * UNITS + unit];
    }
}

/* The I/O warp: rows of z on their way, and where h goes. Tokens come 32 at a time, a lane one step's, and 32 steps
 * before the first of them is needed. */
template <int UNITS, int PURPOSE> struct forward_carrier {
    typedef fused_shape<UNITS> shape;
    const struct lstm_fused_forward *op;
    struct forward_start start;
    int lane;
    int token, later_token; /* of the present 32 steps, of the next */
    float4 bias[shape::PER_LANE], scale;

    __device__ __forceinline__ int last_step(int s) const
    {
        return s < op->lstm.T ? s : op->lstm.T - 1;
    }

    __device__ __forceinline__ int token_at(int s) const
    {
        const struct lstm_fused &lstm = op->lstm;
        return op->tokens[(size_t)start.n * lstm.T + fused_time(lstm, start.d, last_step(s))];
    }

    __device__ __forceinline__ void begin()
    {
        scale = float4{fused_scale(GATE_I), fused_scale(GATE_C), fused_scale(GATE_F), fused_scale(GATE_O)};
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int unit = lane + i * WARP;
            const float4 b = ((const float4 *)op->bias)[start.d * UNITS + (unit < UNITS ? unit : UNITS - 1)];
            bias[i] = float4{b.x * scale.x, b.y * scale.y, b.z * scale.z, b.w * scale.w};
        }
        token = later_token = op->tokens ? token_at(start.first + lane) : 0;
    }

    /* Steps in order, from the first on. */
    __device__ __forceinline__ void request(float4 (&row)[shape::PER_LANE], int s)
    {
        const struct lstm_fused &lstm = op->lstm;
        const int ahead = (s - start.first) % WARP;
        size_t place;
        if (op->tokens) {
            if (ahead == 0) {
                token = later_token;
                later_token = token_at(s + WARP + lane);
            }
            place = (size_t)__shfl_sync(FULL_WARP, token, ahead);
        } else {
            place = (size_t)fused_time(lstm, start.d, last_step(s)) * lstm.N + start.n;
        }
        const float4 *from = (const float4 *)op->z + (place * lstm.D + start.d) * UNITS;
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int unit = lane + i * WARP;
            row[i] = from[unit < UNITS ? unit : UNITS - 1];
        }
    }

    __device__ __forceinline__ void publish(const float4 (&row)[shape::PER_LANE], float *z) const
    {
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int unit = lane + i * WARP;
            if (unit < UNITS)
                ((float4 *)z)[unit] = float4{row[i].x * scale.x + bias[i].x, row[i].y * scale.y + bias[i].y,
                                             row[i].z * scale.z + bias[i].z, row[i].w * scale.w + bias[i].w};
        }
    }

    __device__ __forceinline__ void carry_h(const float *h, float *to) const
    {
        UNROLLED
        for (int i = 0; i < shape::PER_LANE; i++) {
            const int unit = lane + i * WARP;
            if (unit < op->lstm.H)
                to[unit] = h[unit / shape::SLICE * shape::HALF_PITCH + unit % shape::SLICE];
        }
    }

    /* What step s read: h_before of it, and y of the step before. */
    __device__ __forceinline__ void carry_read(const float *h, int s) const
    {
        const struct lstm_fused &lstm = op->lstm;
        const int n = start.n, d = start.d;
        if (PURPOSE == FUSED_TRAINING)
            carry_h(h, op->h_before + (((size_t)fused_time(lstm, d, s) * lstm.N + n) * lstm.D + d) * lstm.H);
        if (PURPOSE != FUSED_PADS && lstm.sequences && s > start.first)
            carry_h(h, op->y + fused_output(lstm, d, s - 1, n));
    }

    __device__ __forceinline__ void run(float (*z)[4 * UNITS], const float (*h)[2 * shape::HALF_PITCH])
    {
        const struct lstm_fused &lstm = op->lstm;
        const int first = start.first;
        float4 next[shape::PER_LANE], after[shape::PER_LANE];
        begin();
        request(next, first);
        publish(next, z[0]);
        request(next, first + 1);
        request(after, first + 2);
        block_barrier<shape::THREADS>();
        for (int s = first; s < start.end; s++) {
            publish(next, z[(s + 1 - first) % 2]);
            UNROLLED
            for (int i = 0; i < shape::PER_LANE; i++)
                next[i] = after[i];
            request(after, s + 3);
            carry_read(h[(s - first) % 2], s);
            block_barrier<shape::THREADS>();
        }
        if (PURPOSE != FUSED_PADS)
            carry_h(h[(start.end - first) % 2], op->y + fused_output(lstm, start.d, lstm.T - 1, start.n));
    }
};

/* A lane that computes. */
template <int UNITS, int PURPOSE> struct forward_lane {
    typedef fused_shape<UNITS> shape;
    int kept_half; /* in training; see half() */
    int is_real;   /* whether its unit is below UNITS */
    int writes_h;  /* the half that finishes h has a unit below UNITS */
    int z_at;      /* its two gates in a row of z */
    int h_at;      /* its unit in h; without training -1 unless it writes h */
    float scale;   /* of its second gate: 2 for the tanh of the candidate, else 1 */
    float gate[2]; /* that it finished last */
    float c_before, c, tanh_c, h;
    float2 *slopes, *paths; /* where it saves the step before */
    float *state;           /* and where its own h and c after the next step go */

    /* 0: finishes the gates i and c, 1: f and o. With 108 units there is a register too few to keep what can be told
     * from another; in training the compiler makes worse code of that. */
    __device__ __forceinline__ int half() const
    {
        return PURPOSE == FUSED_TRAINING ? kept_half : scale == 1.0f;
    }

    __device__ __forceinline__ bool has_h() const
    {
        return PURPOSE == FUSED_TRAINING ? writes_h : h_at >= 0;
    }

    __device__ __forceinline__ void begin(const struct lstm_fused_forward &op,
                                          const struct forward_start &start)
    {
        const int lane = threadIdx.x % WARP, unit = threadIdx.x / WARP * FUSED_UNITS_PER_WARP + lane % 16;
        const int clamped = unit < UNITS ? unit : UNITS - 1;
        const size_t row = ((size_t)start.n * op.lstm.D + start.d) * (op.lstm.T + 1) * UNITS;
        kept_half = lane / 16;
        scale = kept_half ? 1.0f : 2.0f;
        is_real = unit < UNITS;
        writes_h = is_real && kept_half;
        z_at = clamped * 4 + kept_half * 2;
        h_at = unit / shape::SLICE * shape::HALF_PITCH + unit % shape::SLICE;
        if (PURPOSE != FUSED_TRAINING && !writes_h)
            h_at = -1;
        gate[0] = gate[1] = c_before = tanh_c = h = 0.0f;
        c = start.state ? start.state[UNITS + clamped] : 0.0f;
        slopes = PURPOSE == FUSED_TRAINING ? (float2 *)op.slopes + 2 * (row + clamped) + kept_half : NULL;
        paths = PURPOSE == FUSED_TRAINING ? (float2 *)op.paths + row + clamped : NULL;
        state = PURPOSE == FUSED_PADS ? op.states + clamped : NULL;
        keep_in_register(kept_half);
        keep_in_register(is_real);
        keep_in_register(writes_h);
        keep_in_register(z_at);
        keep_in_register(h_at);
    }

    /* What the step before leaves for the backward pass; before the first step it fills place 0, which nobody reads.
     *     di = dc * c~*i*(1-i)    dc~ = dc * i*(1-c~^2)    df = dc * c_before*f*(1-f)    do = dh * tanh(c)*o*(1-o)
     *     dc = dh * o*(1-tanh(c)^2) + dc_after * f */
    __device__ __forceinline__ void save()
    {
        const float factor_0 = half() ? c_before : gate[1], factor_1 = half() ? tanh_c : gate[0],
                    one_or_o = half() ? gate[1] : 1.0f;
        store_if(is_real, slopes, factor_0 * (gate[0] - gate[0] * gate[0]),
                 factor_1 * (one_or_o - gate[1] * gate[1]));
        store_if(has_h(), paths, gate[1] - h * tanh_c, gate[0]);
        slopes += 2 * UNITS;
        paths += UNITS;
    }

    /* After as many pads as there were steps. */
    __device__ __forceinline__ void keep_state()
    {
        if (writes_h) {
            state[0] = h;
            state[UNITS] = c;
        }
        state += 2 * UNITS;
    }

    __device__ __forceinline__ void step(const float (&weights)[shape::SLICE][4], const float *z,
                                         const float *h_read, float *h_write)
    {
        const float2 own = *(const float2 *)(z + z_at);
        float sums[4] = {own.x, own.y, 0.0f, 0.0f};
        if (PURPOSE == FUSED_TRAINING)
            save();
        fused_multiply<shape::SLICE>(weights, h_read + half() * shape::HALF_PITCH, sums);
        sums[0] += __shfl_xor_sync(FULL_WARP, sums[2], 16);
        sums[1] += __shfl_xor_sync(FULL_WARP, sums[3], 16);
        gate[0] = fast_reciprocal(1.0f + fast_exp2(sums[0]));
        gate[1] = scale * fast_reciprocal(1.0f + fast_exp2(sums[1])) - (scale - 1.0f);
        const float input = __shfl_xor_sync(FULL_WARP, gate[0] * gate[1], 16);
        c_before = c;
        c = gate[0] * c + input;
        tanh_c = 2.0f * fast_reciprocal(1.0f + fast_exp2(-2.88539008f * c)) - 1.0f;
        h = gate[1] * tanh_c;
        if (has_h())
            h_write[h_at] = h;
        if (PURPOSE == FUSED_PADS)
            keep_state();
        block_barrier<shape::THREADS>();
    }
};

/* A block owns one row and one direction; the drawing above says what a lane owns. grid (N, D), block
 * fused_shape<UNITS>::THREADS, at 100 units 256 threads and 6 KB of shared memory; 255 registers a thread, so a
 * multiprocessor holds one block. The I/O warp reads 16*UNITS consecutive bytes a step; slopes are written in 128,
 * paths in 128 bytes a half warp. Bound by the latency of a step: 2*UNITS multiplications a lane, two exchanges, two
 * exponentials with their reciprocals in a row, and a barrier. Every sum has its order: reruns are bit-equal. */
template <int UNITS, int PURPOSE>
static __global__ void __launch_bounds__(fused_shape<UNITS>::THREADS, 1)
    lstm_fused_forward_kernel(const __grid_constant__ struct lstm_fused_forward op)
{
    typedef fused_shape<UNITS> shape;
    __shared__ __align__(16) float h[2][2 * shape::HALF_PITCH];
    __shared__ __align__(16) float z[2][4 * UNITS];
    __shared__ __align__(16) float masks[shape::MASKS];
    const int warp = threadIdx.x / WARP;
    const struct forward_start start = forward_start_of<UNITS, PURPOSE>(op);
    forward_begin_h<UNITS>(op, start, h[0]);
    fused_load_masks(op.lstm, start.n, start.d, true, masks, shape::MASKS);
    __syncthreads();
    if (warp == shape::WARPS) {
        forward_carrier<UNITS, PURPOSE> carrier;
        carrier.op = &op;
        carrier.start = start;
        carrier.lane = threadIdx.x % WARP;
        carrier.run(z, h);
        return;
    }
    forward_lane<UNITS, PURPOSE> lane;
    float weights[shape::SLICE][4];
    lane.begin(op, start);
    UNROLLED
    for (int k = 0; k < shape::SLICE; k++) {
        const float4 packed =
            ((const float4 *)
                 op.recurrent)[((size_t)start.d * shape::SLICE + k) * shape::WARPS * WARP + threadIdx.x];
        const float *mask = masks + (lane.half() * shape::SLICE + k) * GATE_COUNT;
        weights[k][0] = packed.x * mask[2 * lane.half()];
        weights[k][1] = packed.y * mask[2 * lane.half() + 1];
        weights[k][2] = packed.z * mask[2 - 2 * lane.half()];
        weights[k][3] = packed.w * mask[3 - 2 * lane.half()];
    }
    if (PURPOSE == FUSED_PADS)
        lane.keep_state();
    block_barrier<shape::THREADS>();
    int s = start.first;
    for (; s + 1 < start.end; s += 2) {
        lane.step(weights, z[0], h[0], h[1]);
        lane.step(weights, z[1], h[1], h[0]);
    }
    if (s < start.end)
        lane.step(weights, z[0], h[0], h[1]);
    if (PURPOSE == FUSED_TRAINING)
        lane.save();
}

template <int UNITS> struct launch_forward {
    static void run(cudaStream_t stream, const struct lstm_fused_forward *op)
    {
        const dim3 grid((unsigned)op->lstm.N, (unsigned)op->lstm.D);
        const unsigned block = fused_shape<UNITS>::THREADS;
        switch (op->purpose) {
        case FUSED_INFERENCE:
            launch((lstm_fused_forward_kernel<UNITS, FUSED_INFERENCE>), grid, block, stream, *op);
            break;
        case FUSED_TRAINING:
            launch((lstm_fused_forward_kernel<UNITS, FUSED_TRAINING>), grid, block, stream, *op);
            break;
        case FUSED_PADS:
            launch((lstm_fused_forward_kernel<UNITS, FUSED_PADS>), 1, block, stream, *op);
            break;
        }
    }
};

extern "C" cudaError_t launch_lstm_fused_forward(cudaStream_t stream, const struct lstm_fused_forward *op)
{
    return fused_launch<launch_forward>(stream, op);
}
