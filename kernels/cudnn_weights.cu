#include "cudnn_weights.h"

#include "device.cuh"

enum { TILE = 32, TILE_ROWS = 8 };

/* One matrix of cuDNN's weight space and where a block's tile of it stands. */
struct matrix {
    int direction, lin, gate; /* direction: l*D + d */
    int width;                /* of what it reads */
    int first_i, first_j;     /* in what is read, and of the units */
};

static __device__ struct matrix own_matrix(const struct cudnn_layout &layout)
{
    struct matrix m;
    m.direction = blockIdx.z / CUDNN_MATRICES;
    m.lin = blockIdx.z % CUDNN_MATRICES;
    m.gate = m.lin % GATE_COUNT;
    m.width = m.lin >= GATE_COUNT ? layout.H : m.direction < layout.D ? layout.E : layout.D * layout.H;
    m.first_i = blockIdx.x * TILE;
    m.first_j = blockIdx.y * TILE;
    return m;
}

static dim3 tiles(const struct cudnn_layout *layout)
{
    int widest = layout->layers > 1 ? layout->D * layout->H : layout->H;
    if (widest < layout->E)
        widest = layout->E;
    return dim3(ceil_div((size_t)widest, TILE), ceil_div((size_t)layout->H, TILE),
                (unsigned)(layout->layers * layout->D * CUDNN_MATRICES));
}

static __device__ void pack_bias(const struct cudnn_pack &op, const struct matrix &m, int j)
{
    const size_t bias = op.layout.places[m.direction].bias[m.lin];
    if (j < op.layout.H && bias != CUDNN_NO_BIAS)
        op.space[bias + j] =
            m.lin < GATE_COUNT ? op.weights[m.direction].bias[m.gate * op.layout.H + j] : 0.0f;
}

/* One block owns a tile of 32 units by 32 of what they read, of one matrix, and turns it over in shared memory; the
 * first block of a matrix's units has their bias, too, the very first all lengths. grid (widest input / 32, H / 32,
 * layers * D * 8), block (32, 8), 4.2 KB of shared memory. Reads run along Keras' rows, writes along cuDNN's, both
 * coalesced; the column of padding keeps the banks apart. Bound by the bytes of the weights, a few 100 KB. */
static __global__ void pack_kernel(struct cudnn_pack op)
{
    __shared__ float tile[TILE][TILE + 1];
    const struct matrix m = own_matrix(op.layout);
    const int H = op.layout.H, x = threadIdx.x, y = threadIdx.y;
    if (blockIdx.x == 0 && blockIdx.y == 0 && blockIdx.z == 0)
        for (int n = y * TILE + x; n < op.N; n += TILE * TILE_ROWS)
            op.lengths[n] = op.T;
    if (blockIdx.x == 0 && y == 0)
        pack_bias(op, m, m.first_j + x);
    const struct lstm_weights &weights = op.weights[m.direction];
    const float *from = (m.lin < GATE_COUNT ? weights.kernel : weights.recurrent_kernel) + m.gate * H;
    for (int r = y; r < TILE; r += TILE_ROWS)
        if (m.first_i + r < m.width && m.first_j + x < H)
            tile[r][x] = from[(size_t)(m.first_i + r) * (GATE_COUNT * H) + m.first_j + x];
    __syncthreads();
    float *to = op.space + op.layout.places[m.direction].matrix[m.lin];
    for (int r = y; r < TILE; r += TILE_ROWS)
        if (m.first_j + r < H && m.first_i + x < m.width)
            to[(size_t)(m.first_j + r) * m.width + m.first_i + x] = tile[x][r];
}

extern "C" cudaError_t launch_cudnn_pack(cudaStream_t stream, const struct cudnn_pack *op)
{
    launch(pack_kernel, tiles(&op->layout), dim3(TILE, TILE_ROWS), stream, *op);
    return cudaGetLastError();
}

/* As pack_kernel, the other way, and adds. One thread adds to an element, once: reruns are bit-equal. Of two biases
 * the first alone counts: the second has the same gradient. */
static __global__ void unpack_kernel(struct cudnn_unpack op)
{
    __shared__ float tile[TILE][TILE + 1];
    const struct matrix m = own_matrix(op.layout);
    const struct cudnn_places &places = op.layout.places[m.direction];
    const struct lstm_gradients &gradients = op.gradients[m.direction];
    const int H = op.layout.H, x = threadIdx.x, y = threadIdx.y;
    if (blockIdx.x == 0 && y == 0 && m.lin < GATE_COUNT && m.first_j + x < H)
        gradients.dbias[m.gate * H + m.first_j + x] += op.space[places.bias[m.lin] + m.first_j + x];
    const float *from = op.space + places.matrix[m.lin];
    for (int r = y; r < TILE; r += TILE_ROWS)
        if (m.first_j + r < H && m.first_i + x < m.width)
            tile[r][x] = from[(size_t)(m.first_j + r) * m.width + m.first_i + x];
    __syncthreads();
    float *to = (m.lin < GATE_COUNT ? gradients.dkernel : gradients.drecurrent_kernel) + m.gate * H;
    for (int r = y; r < TILE; r += TILE_ROWS)
        if (m.first_i + r < m.width && m.first_j + x < H)
            to[(size_t)(m.first_i + r) * (GATE_COUNT * H) + m.first_j + x] += tile[x][r];
}

extern "C" cudaError_t launch_cudnn_unpack(cudaStream_t stream, const struct cudnn_unpack *op)
{
    launch(unpack_kernel, tiles(&op->layout), dim3(TILE, TILE_ROWS), stream, *op);
    return cudaGetLastError();
}
