/* The gradients of conv_pool's weights. The batch goes by the row groups of dims.h; a group's rows, cut into chunks of
 * time, are dealt to a fixed number of slices, each of which makes a sum of its own; then the slices of a group are
 * added in order, and the groups in order. */
#include "conv_pool.h"

#include "conv_dz.cuh"
#include "conv_fold.cuh"

enum {
    GRADIENT_WARPS = 8,
    GRADIENT_THREADS = GRADIENT_WARPS * WARP,
    GRADIENT_TAPS = 3,     /* of a block, */
    GRADIENT_CHANNELS = 4, /* of a warp */
    CHUNK = 64,            /* steps of z */
    BATCH = 8,             /* of them in registers */
    SLICES_MAX = 32,       /* of a group */
};

struct slices {
    int of_group, chunks;
};

static size_t weights_count(const struct conv_pool *op)
{
    return ((size_t)op->K * op->E + 1) * op->C;
}

/* Of the channels that have the most. */
static unsigned tap_tiles(const struct conv_pool *op)
{
    return ceil_div(ceil_div((size_t)op->K, (size_t)op->stride), GRADIENT_TAPS);
}

static unsigned filter_tiles(const struct conv_pool *op)
{
    return ceil_div((size_t)op->C, WARP);
}

/* row_group_begin() of dims.h. */
static __device__ inline int group_begin(int N, int group)
{
    return (int)((long long)N * group / ROW_GROUPS);
}

/* Enough for 256 blocks where there is so much to do, few where the weights alone make many. */
static struct slices slices_of(const struct conv_pool *op)
{
    struct slices slices;
    const size_t tiles = (size_t)tap_tiles(op) * fold_tiles(op) * filter_tiles(op);
    slices.chunks = (int)ceil_div((size_t)conv_pool_steps(op) * op->P, CHUNK);
    const size_t work = (size_t)ceil_div((size_t)op->N, ROW_GROUPS) * slices.chunks;
    const size_t wanted = ceil_div(SLICES_MAX, tiles);
    slices.of_group = (int)(work < wanted ? work : wanted);
    return slices;
}

extern "C" size_t conv_pool_scratch_bytes(const struct conv_pool *dims)
{
    const struct conv_pool within = conv_within(dims);
    return (size_t)ROW_GROUPS * slices_of(&within).of_group * weights_count(&within) * sizeof(float);
}

/* A chunk of time of one row: CHUNK steps of dz, and the folded steps of x that they read. */
struct gradient_tile {
    float x[CHUNK + GRADIENT_TAPS - 1][WARP];
    float dz[CHUNK][WARP];
};

template <bool FOLDED>
static __device__ inline void load_tile(struct gradient_tile &tile, const struct conv_pool_backward &op,
                                        const struct conv_dz &dz, int n, int first, int k,
                                        const struct fold_tile &channels, int c)
{
    const struct conv_pool &forward = op.forward;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const int channel = channels.begin + lane, step = fold_step<FOLDED>(forward, channel);
    for (int row = warp; row < CHUNK + GRADIENT_TAPS - 1; row += GRADIENT_WARPS) {
        const int t = (first + row + k) * fold_stride<FOLDED>(forward) + step - dz.left;
        const bool inside = t >= 0 && t < forward.T && channel < channels.end;
        tile.x[row][lane] =
            inside ? forward.x[((size_t)t * forward.N + n) * forward.E + channel - step * forward.E] : 0.0f;
    }
    for (int row = warp; row < CHUNK; row += GRADIENT_WARPS)
        tile.dz[row][lane] = conv_dz_at(op, dz, first + row, n, c + lane);
}

/* dkernel of the warp's GRADIENT_CHANNELS channels, a filter a lane. A step of x is read once for all taps. */
static __device__ inline void add_products(float (&sum)[GRADIENT_TAPS][GRADIENT_CHANNELS],
                                           const struct gradient_tile &tile)
{
    const int lane = threadIdx.x % WARP, i = threadIdx.x / WARP * GRADIENT_CHANNELS;
    for (int first = 0; first < CHUNK; first += BATCH) {
        float dz[BATCH];
        for (int j = 0; j < BATCH; j++)
            dz[j] = tile.dz[first + j][lane];
        for (int row = 0; row < BATCH + GRADIENT_TAPS - 1; row++) {
            const float4 x = *(const float4 *)&tile.x[first + row][i];
            for (int k = 0; k < GRADIENT_TAPS; k++)
                if (row - k >= 0 && row - k < BATCH) {
                    sum[k][0] += x.x * dz[row - k];
                    sum[k][1] += x.y * dz[row - k];
                    sum[k][2] += x.z * dz[row - k];
                    sum[k][3] += x.w * dz[row - k];
                }
        }
    }
}

/* One block owns GRADIENT_TAPS taps, 32 channels, folded (conv_fold.cuh), and 32 filters of a slice's sum; a warp 4 of
 * the channels, a lane one filter. grid (tiles of taps and channels, 8 groups * slices, tiles of filters), block 256,
 * 16.25 KB shared memory. Rows of x, dy and saved are read whole, 128 bytes a warp where E and C allow, and partial
 * sums are written so. Bound by the 2*T*N*K*E*C/stride operations (197 MFLOP where it moves 11 MB, at T=500 N=64 E=C=32
 * K=3), these by reads of shared memory: one for 5.3 multiplications. A slice's work and the order of its sums are
 * fixed: reruns are bit-equal. */
template <bool FOLDED>
static __global__ void __launch_bounds__(GRADIENT_THREADS)
    conv_pool_weight_gradients_kernel(struct conv_pool_backward op, struct conv_dz dz, struct slices slices,
                                      int channel_tiles)
{
    __shared__ __align__(16) struct gradient_tile tile;
    const struct conv_pool &forward = op.forward;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const int group = (int)blockIdx.y / slices.of_group, slice = (int)blockIdx.y % slices.of_group;
    const int k = (int)blockIdx.x / channel_tiles * GRADIENT_TAPS;
    const struct fold_tile channels = fold_tile_at<FOLDED>(forward, (int)blockIdx.x % channel_tiles);
    const int c = (int)blockIdx.z * WARP;
    const int begin = group_begin(forward.N, group), end = group_begin(forward.N, group + 1);
    const size_t work = (size_t)(end - begin) * slices.chunks;
    float sum[GRADIENT_TAPS][GRADIENT_CHANNELS] = {}, bias = 0.0f;
    for (size_t item = slice; item < work; item += slices.of_group) {
        const int n = begin + (int)(item / slices.chunks);
        __syncthreads();
        load_tile<FOLDED>(tile, op, dz, n, (int)(item % slices.chunks) * CHUNK, k, channels, c);
        __syncthreads();
        add_products(sum, tile);
        if (blockIdx.x == 0 && warp == 0)
            for (int j = 0; j < CHUNK; j++)
                bias += tile.dz[j][lane];
    }
    if (c + lane >= forward.C)
        return;
    const size_t C = (size_t)forward.C, weights = (size_t)forward.K * forward.E * C;
    const size_t depth = (size_t)fold_depth<FOLDED>(forward);
    float *partial = (float *)forward.scratch + blockIdx.y * (weights + C) + c + lane;
    for (int tap = 0; tap < GRADIENT_TAPS; tap++)
        for (int i = 0; i < GRADIENT_CHANNELS; i++) {
            const int channel = channels.begin + warp * GRADIENT_CHANNELS + i;
            if (k + tap < channels.taps && channel < channels.end)
                partial[((k + tap) * depth + channel) * C] = sum[tap][i];
        }
    if (blockIdx.x == 0 && warp == 0)
        partial[weights] = bias;
}

/* One block owns 32 weights, kernel and bias as one row; a warp one row group's slices of them. grid ceil((K*E +
 * 1)*C/32), block (32, 8), 1 KB shared memory. Reads run along the weights, coalesced. Bound by the bytes of the
 * partial sums, 3.2 MB at K=3 E=C=32 N=64. Slices, then groups are added in order: reruns are bit-equal. */
static __global__ void __launch_bounds__(WARP *ROW_GROUPS)
    conv_pool_add_slices_kernel(struct conv_pool_backward op, int of_group, size_t kernel_count, size_t count)
{
    __shared__ float groups[ROW_GROUPS][WARP];
    const int lane = threadIdx.x, group = threadIdx.y;
    const size_t weight = (size_t)blockIdx.x * WARP + lane;
    const float *partial = (const float *)op.forward.scratch + (size_t)group * of_group * count + weight;
    float sum = 0.0f;
    if (weight < count)
        for (int slice = 0; slice < of_group; slice++)
            sum += partial[slice * count];
    groups[group][lane] = sum;
    __syncthreads();
    if (group > 0 || weight >= count)
        return;
    for (int g = 1; g < ROW_GROUPS; g++)
        sum += groups[g][lane];
    if (weight < kernel_count)
        op.dkernel[weight] += sum;
    else
        op.dbias[weight - kernel_count] += sum;
}

extern "C" cudaError_t launch_conv_pool_weight_gradients(cudaStream_t stream,
                                                         const struct conv_pool_backward *op)
{
    const struct conv_dz dz = conv_dz_of(&op->forward);
    struct conv_pool_backward within = *op;
    within.forward = conv_within(&op->forward);
    const struct conv_pool *forward = &within.forward;
    const struct slices slices = slices_of(forward);
    const size_t count = weights_count(forward);
    const int channel_tiles = (int)fold_tiles(forward);
    const dim3 grid(tap_tiles(forward) * (unsigned)channel_tiles, (unsigned)(ROW_GROUPS * slices.of_group),
                    filter_tiles(forward));
    if (forward->stride == 1)
        launch(conv_pool_weight_gradients_kernel<false>, grid, GRADIENT_THREADS, stream, within, dz, slices,
               channel_tiles);
    else
        launch(conv_pool_weight_gradients_kernel<true>, grid, GRADIENT_THREADS, stream, within, dz, slices,
               channel_tiles);
    cudaError_t status = cudaGetLastError();
    if (status != cudaSuccess)
        return status;
    launch(conv_pool_add_slices_kernel, ceil_div(count, WARP), dim3(WARP, ROW_GROUPS), stream, within,
           slices.of_group, count - forward->C, count);
    return cudaGetLastError();
}
