/* Launcher of column_sums.cu. It enqueues on the stream and returns the launches' status. */
#ifndef KERNELS_COLUMN_SUMS_H
#define KERNELS_COLUMN_SUMS_H

#include <cuda_runtime_api.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { COLUMN_PARTS_MAX = 64, COLUMN_PART_ROWS = 256 };

/* sums[j] += sum over rows of in[row,j]. */
struct column_sums {
    size_t rows;
    int columns;
    const float *in; /* in   (rows,columns) */
    float *parts;    /*      (column_parts(rows),columns) of use only during the call */
    float *sums;     /* adds (columns) */
};

/* How many runs of consecutive rows are summed by themselves. */
static inline size_t column_parts(size_t rows)
{
    const size_t parts = (rows + COLUMN_PART_ROWS - 1) / COLUMN_PART_ROWS;
    return parts < COLUMN_PARTS_MAX ? parts : (size_t)COLUMN_PARTS_MAX;
}

cudaError_t launch_column_sums(cudaStream_t stream, const struct column_sums *op);

#ifdef __cplusplus
}
#endif

#endif
