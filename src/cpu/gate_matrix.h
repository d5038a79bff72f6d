/* A weight matrix of the LSTM, packed for products: whole, or gate by gate where every gate has an input of its own. */
#ifndef CPU_GATE_MATRIX_H
#define CPU_GATE_MATRIX_H

#include "kernels.h"
#include "matinee/dims.h"

struct gate_matrix {
    int blocks; /* 1: all four gates in one; 4: one each */
    bool transposed;
    struct packed_matrix block[GATE_COUNT];
};

/* Sizes and places of a (K,4H) matrix for z = a . matrix, gate_stride floats from gate to gate in z. Its panels are
 * missing: gate_matrix_floats says how many floats gate_matrix_place needs. */
struct gate_matrix gate_matrix_forward(int blocks, int K, int H, size_t gate_stride);

/* The same of its transpose, for da = dz . matrix^T: with blocks each gate's share of da by itself. */
struct gate_matrix gate_matrix_transposed(int blocks, int K, int H);

size_t gate_matrix_floats(const struct gate_matrix *matrix);
void gate_matrix_place(struct gate_matrix *matrix, float *panels);

/* Fills the panels from Keras' (K,4H). */
void gate_matrix_pack(const struct cpu_kernels *kernels, struct gate_matrix *matrix, const float *from,
                      int H);

#endif
