#include "gate_matrix.h"

struct gate_matrix gate_matrix_forward(int blocks, int K, int H, size_t gate_stride)
{
    struct gate_matrix matrix = {.blocks = blocks};
    for (int b = 0; b < blocks; b++)
        matrix.block[b] = (struct packed_matrix){
            .K = K, .columns = blocks == 1 ? GATE_COUNT * H : H, .begin = (size_t)b * gate_stride};
    return matrix;
}

struct gate_matrix gate_matrix_transposed(int blocks, int K, int H)
{
    struct gate_matrix matrix = {.blocks = blocks, .transposed = true};
    for (int b = 0; b < blocks; b++)
        matrix.block[b] = (struct packed_matrix){.K = blocks == 1 ? GATE_COUNT * H : H, .columns = K};
    return matrix;
}

static size_t block_floats(const struct packed_matrix *block)
{
    return padded((size_t)block->K * padded((size_t)block->columns));
}

size_t gate_matrix_floats(const struct gate_matrix *matrix)
{
    size_t floats = 0;
    for (int b = 0; b < matrix->blocks; b++)
        floats += block_floats(&matrix->block[b]);
    return floats;
}

void gate_matrix_place(struct gate_matrix *matrix, float *panels)
{
    for (int b = 0; b < matrix->blocks; b++) {
        matrix->block[b].panels = panels;
        panels += block_floats(&matrix->block[b]);
    }
}

void gate_matrix_pack(const struct cpu_kernels *kernels, struct gate_matrix *matrix, const float *from, int H)
{
    for (int b = 0; b < matrix->blocks; b++)
        kernels->pack(&matrix->block[b], from + (size_t)b * (size_t)H, GATE_COUNT * (size_t)H,
                      matrix->transposed);
}
