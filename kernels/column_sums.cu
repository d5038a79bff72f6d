#include "column_sums.h"

#include "device.cuh"

enum { LANES = 8, SUM_THREADS = 128 };

/* A block owns 32 columns of one part; a warp every 8th row of it, a thread one column of those. grid (ceil(columns/
 * 32), parts), block (32,8), 1 KB of shared memory. A warp reads 128 consecutive bytes of a row.
 * Bound by reading `in` once, from DRAM. The 8 warps' sums are added in order: reruns are bit-equal. */
static __global__ void column_parts_kernel(struct column_sums op, size_t part_rows)
{
    __shared__ float sums[LANES][WARP];
    const size_t columns = (size_t)op.columns, column = (size_t)blockIdx.x * WARP + threadIdx.x;
    const size_t begin = blockIdx.y * part_rows,
                 end = begin + part_rows < op.rows ? begin + part_rows : op.rows;
    float sum = 0.0f;
    if (column < columns)
        for (size_t row = begin + threadIdx.y; row < end; row += LANES)
            sum += op.in[row * columns + column];
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || column >= columns)
        return;
    for (int lane = 1; lane < LANES; lane++)
        sum += sums[lane][threadIdx.x];
    op.parts[blockIdx.y * columns + column] = sum;
}

/* A thread owns one column and adds its parts in order. grid ceil(columns/128), block 128, no shared memory; coalesced;
 * bound by the latency of at most 64 reads; bit-equal reruns. */
static __global__ void column_add_parts_kernel(struct column_sums op, int parts)
{
    const size_t columns = (size_t)op.columns, column = (size_t)blockIdx.x * SUM_THREADS + threadIdx.x;
    if (column >= columns)
        return;
    float sum = 0.0f;
    for (int part = 0; part < parts; part++)
        sum += op.parts[(size_t)part * columns + column];
    op.sums[column] += sum;
}

extern "C" cudaError_t launch_column_sums(cudaStream_t stream, const struct column_sums *op)
{
    const size_t parts = column_parts(op->rows), part_rows = (op->rows + parts - 1) / parts;
    const dim3 grid(ceil_div((size_t)op->columns, WARP), (unsigned)parts), block(WARP, LANES);
    launch(column_parts_kernel, grid, block, stream, *op, part_rows);
    const cudaError_t status = cudaGetLastError();
    if (status != cudaSuccess)
        return status;
    launch(column_add_parts_kernel, ceil_div((size_t)op->columns, SUM_THREADS), SUM_THREADS, stream, *op,
           (int)parts);
    return cudaGetLastError();
}
