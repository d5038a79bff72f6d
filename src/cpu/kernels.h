/* The hot loops, compiled once for each instruction set and chosen at run time.
 *
 * A kernel's result for a row depends on that row alone, never on how many rows are computed together: this is what
 * makes the bits independent of batch split and threads.
 */
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* A (K,columns) matrix cut into column panels, each contiguous in k. Made by kernels->pack. */
struct packed_matrix {
    int K, columns;
    size_t begin;  /* where column 0 stands in the rows of the product and of its init */
    float *panels; /* K * padded(columns) floats, 64-byte aligned */
};

/* LSTM states of `rows` rows at one step; each array has its own row stride, in floats. */
struct gate_rows {
    int rows, H;
    size_t z_stride, h_stride;
    size_t gate_stride; /* from gate to gate within a row of z, >= H */
    float hard_slope;   /* 0: the logistic sigmoid; else clip(hard_slope*z + 0.5, 0, 1) */
};

struct cpu_kernels {
    const char *name; /* the instruction set, for people: "AVX2 (x86-64-v3)" */

    /* to = from (K,columns) with row stride from_stride; transposed: from is (columns,K). */
    void (*pack)(struct packed_matrix *to, const float *from, size_t from_stride, bool transposed);

    /* c[r,:] = init[r][:] + a[r,:] . b for each of the rows, columns b->begin and following. init NULL means zeros;
     * init[r] may be c's row r. c's rows are written, and init's read, up to the columns rounded up to the kernels' own
     * vector, PADDED_FLOATS at most; that padding means nothing. */
    void (*product)(const struct packed_matrix *b, int rows, const float *a, size_t a_stride,
                    const float *const *init, float *c, size_t c_stride);

    /* z (rows, 4 gates) holds the gates before their nonlinearity and receives them after it. c_next may not alias
     * c. */
    void (*gates_forward)(const struct gate_rows *rows, float *z, const float *c, float *c_next,
                          float *h_next);

    /* gates (rows, 4 gates) as gates_forward left them; receives dz. dh: d loss / d h_next. dc: in d loss / d c_next
     * from later steps, out d loss / d c. */
    void (*gates_backward)(const struct gate_rows *rows, float *gates, const float *c, const float *c_next,
                           const float *dh, float *dc);

    /* to[i] += from[i] */
    void (*add)(size_t count, float *to, const float *from);

    /* to[i] += factor * from[i] */
    void (*add_scaled)(size_t count, float *to, float factor, const float *from);

    /* to[i] = a[i] * b[i] */
    void (*multiply)(size_t count, float *to, const float *a, const float *b);

    /* to[i] += a[i] * b[i] */
    void (*multiply_add)(size_t count, float *to, const float *a, const float *b);

    /* Adam on elements [0,count); see backend.h. one_minus_* = 1 - beta, rounded once. */
    void (*adam)(size_t count, const float *g, float *w, float *m, float *v, float alpha,
                 float one_minus_beta_1, float one_minus_beta_2, float epsilon);
};

enum { PADDED_FLOATS = 16 }; /* rows of activations are padded to a cache line */

static inline size_t padded(size_t floats)
{
    return (floats + PADDED_FLOATS - 1) / PADDED_FLOATS * PADDED_FLOATS;
}

/* The fastest kernels that this processor runs. */
const struct cpu_kernels *cpu_kernels_choose(void);

#if defined(__x86_64__)
extern const struct cpu_kernels cpu_kernels_v4, cpu_kernels_v3, cpu_kernels_v1;
bool cpu_runs_v4(void); /* AVX-512 */
bool cpu_runs_v3(void); /* AVX2, FMA */
#else
extern const struct cpu_kernels cpu_kernels_native;
#endif

#endif
