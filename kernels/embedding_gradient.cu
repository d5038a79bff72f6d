/* Every token's sum has one owner and one order, which depend on the batch alone: reruns are bit-equal. */
#include "embedding_gradient.h"

#include "device.cuh"
#include "mask.cuh"

enum { POSITION_THREADS = 256, CHUNK = EMBEDDING_CHUNK, CHUNK_WARPS = 4, RUN_WARPS = 8, AHEAD = 8 };

/* One thread an element. grid ceil(count/256), block 256. */
static __global__ void positions_kernel(int32_t *positions, int count)
{
    const int i = (int)(blockIdx.x * POSITION_THREADS + threadIdx.x);
    if (i < count)
        positions[i] = i;
}

extern "C" cudaError_t launch_positions(cudaStream_t stream, int32_t *positions, int count)
{
    launch(positions_kernel, ceil_div((size_t)count, POSITION_THREADS), POSITION_THREADS, stream, positions,
           count);
    return cudaGetLastError();
}

struct gradient {
    int T, N, E, count; /* count: tokens, N*T */
    size_t V;
    const int32_t *tokens, *positions; /* sorted */
    struct mask rows, elements;
    const float *dx;
    float *dembeddings;
    float *partial_sums; /* (chunks,2,E) */
};

enum { OF_RUN_BEFORE, OF_RUN_AFTER }; /* the two partial sums of a chunk */

static __device__ float *partial_sum(const struct gradient &g, int chunk, int which, int e)
{
    return g.partial_sums + ((size_t)chunk * 2 + (size_t)which) * (size_t)g.E + (size_t)e;
}

static __device__ void add_to_table(const struct gradient &g, int token, int e, float sum)
{
    g.dembeddings[(size_t)token * (size_t)g.E + (size_t)e] += sum * mask_value(g.rows, 0, g.V, (size_t)token);
}

/* Column e of what step t of row n hands to its token. */
static __device__ float handed_back(const struct gradient &g, int n, int t, int e)
{
    const size_t E = (size_t)g.E, step = (size_t)t;
    const float factor = mask_value(g.elements, n, (size_t)g.T * E, step * E + (size_t)e);
    return g.dx[(step * (size_t)g.N + (size_t)n) * E + (size_t)e] * factor;
}

struct chunk {
    int begin, end;
    int before, after; /* the tokens outside it, or -1 */
};

static __device__ struct chunk chunk_at(const struct gradient &g, int number)
{
    struct chunk chunk;
    chunk.begin = number * CHUNK;
    chunk.end = chunk.begin + CHUNK < g.count ? chunk.begin + CHUNK : g.count;
    chunk.before = chunk.begin > 0 ? g.tokens[chunk.begin - 1] : -1;
    chunk.after = chunk.end < g.count ? g.tokens[chunk.end] : -1;
    return chunk;
}

/* What a lane knows of its token of a chunk; the other lanes ask it. */
struct entry {
    int n, t; /* where it stands */
    int mark; /* twice the token, plus one if it is the last of its run */
};

static __device__ struct entry own_entry(const struct gradient &g, const struct chunk &chunk, int lane)
{
    const int at = chunk.begin + lane < chunk.end ? chunk.begin + lane : chunk.end - 1;
    const bool ends = at + 1 == g.count || g.tokens[at + 1] != g.tokens[at];
    struct entry entry;
    entry.n = g.positions[at] / g.T;
    entry.t = g.positions[at] % g.T;
    entry.mark = g.tokens[at] * 2 + ends;
    return entry;
}

/* A warp owns a chunk of 32 sorted tokens and 32 columns, a lane a column; it walks the chunk in order. A run of equal
 * tokens that lies within the chunk goes to the table, whose row has no other owner; what belongs to longer runs goes
 * to partial sums. grid (ceil(chunks/4), ceil(E/32)), block (32,4), no shared memory. A token's vector in dx is read
 * as 128 bytes, eight tokens ahead. Bound by reading dx once, 4*T*N*E bytes, at places that the sort has scattered. */
static __global__ void chunk_kernel(struct gradient g)
{
    const int lane = (int)threadIdx.x, number = (int)(blockIdx.x * CHUNK_WARPS + threadIdx.y);
    const int e = (int)blockIdx.y * WARP + lane;
    if (number * CHUNK >= g.count)
        return;
    const struct chunk chunk = chunk_at(g, number);
    const struct entry own = own_entry(g, chunk, lane);
    const int length = chunk.end - chunk.begin;
    float sum = 0.0f;
    for (int first = 0; first < length; first += AHEAD) {
        float values[AHEAD];
        for (int i = 0; i < AHEAD; i++) {
            const int n = __shfl_sync(FULL_WARP, own.n, first + i);
            const int t = __shfl_sync(FULL_WARP, own.t, first + i);
            values[i] = first + i < length && e < g.E ? handed_back(g, n, t, e) : 0.0f;
        }
        for (int i = 0; i < AHEAD; i++) {
            const int mark = __shfl_sync(FULL_WARP, own.mark, first + i), token = mark / 2;
            const bool ends = mark % 2 == 1;
            sum += values[i];
            if (first + i >= length || (!ends && first + i < length - 1))
                continue;
            if (e < g.E && chunk.before == token)
                *partial_sum(g, number, OF_RUN_BEFORE, e) = sum;
            else if (e < g.E && !ends)
                *partial_sum(g, number, OF_RUN_AFTER, e) = sum;
            else if (e < g.E)
                add_to_table(g, token, e, sum);
            sum = 0.0f;
        }
    }
}

/* The last chunk that begins with a token, of those after `chunk`, the first of which does. */
static __device__ int last_chunk_of(const struct gradient &g, int chunk, int token)
{
    int within = chunk + 1, beyond = (g.count + CHUNK - 1) / CHUNK;
    while (within + 1 < beyond) {
        const int middle = (within + beyond) / 2;
        if (g.tokens[middle * CHUNK] == token)
            within = middle;
        else
            beyond = middle;
    }
    return within;
}

/* A block owns the run of equal tokens, if there is one, that begins in its chunk and goes on after it, and 32 columns
 * of it; each of 8 warps adds every eighth chunk's partial sum, then the first adds the eight in order. grid (chunks,
 * ceil(E/32)), block (32,8), 1 KB of shared memory. Bound by the latency of the longest run: the pads of a batch of 64
 * reviews are some 500 chunks, so 64 sums a warp. */
static __global__ void long_runs_kernel(struct gradient g)
{
    __shared__ float sums[RUN_WARPS][WARP];
    const int lane = (int)threadIdx.x, warp = (int)threadIdx.y, number = (int)blockIdx.x;
    const int e = (int)blockIdx.y * WARP + lane;
    const struct chunk chunk = chunk_at(g, number);
    const int token = g.tokens[chunk.end - 1];
    if (chunk.after != token || chunk.before == token)
        return;
    const int last = last_chunk_of(g, number, token);
    float sum = 0.0f;
    for (int other = number + 1 + warp; other <= last && e < g.E; other += RUN_WARPS)
        sum += *partial_sum(g, other, OF_RUN_BEFORE, e);
    sums[warp][lane] = sum;
    __syncthreads();
    if (warp != 0 || e >= g.E)
        return;
    sum = *partial_sum(g, number, OF_RUN_AFTER, e);
    for (int i = 0; i < RUN_WARPS; i++)
        sum += sums[i][lane];
    add_to_table(g, token, e, sum);
}

extern "C" cudaError_t launch_embedding_gradient(cudaStream_t stream, const struct embedding_backward *op,
                                                 const struct sorted_tokens *sorted)
{
    const struct embedding *forward = &op->forward;
    struct dropout rows = forward->rows;
    rows.first_row = 0;
    struct gradient g = {};
    g.T = forward->T;
    g.N = forward->N;
    g.E = forward->E;
    g.count = g.N * g.T;
    g.V = (size_t)forward->V;
    g.tokens = sorted->tokens;
    g.positions = sorted->positions;
    g.rows = mask_of(&rows);
    g.elements = mask_of(&forward->elements);
    g.dx = op->dx;
    g.dembeddings = op->dembeddings;
    g.partial_sums = sorted->partial_sums;
    const unsigned chunks = ceil_div((size_t)g.count, CHUNK), columns = ceil_div((size_t)g.E, WARP);
    launch(chunk_kernel, dim3(ceil_div(chunks, CHUNK_WARPS), columns), dim3(WARP, CHUNK_WARPS), stream, g);
    const cudaError_t status = cudaGetLastError();
    if (status != cudaSuccess)
        return status;
    launch(long_runs_kernel, dim3(chunks, columns), dim3(WARP, RUN_WARPS), stream, g);
    return cudaGetLastError();
}
