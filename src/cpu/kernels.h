/* The hot loops, compiled once for each instruction set and chosen at run time.
 *
 * A kernel's result for a row depends on that row alone, never on how many rows are computed together: this is what
 * makes the bits independent of batch split and threads.
 */
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "gate_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A (K,columns) matrix cut into column panels, each contiguous in k. Made by kernels->pack. */
struct packed_matrix {
    int K, columns;
    bool folds;    /* columns that are a half or a quarter of a vector may be summed over several k at once */
    float *panels; /* K * padded(columns) floats, 64-byte aligned */
};

/* c = init + scale * (a . b). init and scale may be NULL, for zeros and ones; init may be c. c is written, and init and
 * scale are read, up to the columns rounded up to the kernels' own vector, PADDED_FLOATS at most; that padding means
 * nothing. A panel's rows are written in their order, each after its init was read: rows of c may overlap, and add up
 * if each is its own init. Numbers that are finite then add zeros where a row's padding is another's column. */
struct product_row {
    const float *a, *init, *scale;
    float *c;
};

/* c (M,columns) += scale (M) * a^T (M,count) . b (count,columns). scale NULL: ones. Columns are rounded up as above. */
struct outer {
    int M, count;
    size_t columns, a_stride, b_stride, c_stride;
    size_t ahead; /* rows: what will be read that much later is asked for */
    const float *a, *b, *scale;
    float *c;
};

/* A time step: what all its rows have in common. */
struct lstm_step {
    struct gate_layout layout;
    int E;                               /* of x; 0: what the input gives is in init */
    const struct packed_matrix *weights; /* (E+H, 4*units): kernel, then recurrent kernel, arranged */
    size_t x_apart, h_apart; /* floats from a gate's x or h to the next gate's; 0: all gates read the same */
    float hard_slope;        /* 0: the logistic sigmoid; else clip(hard_slope*z + 0.5, 0, 1) */
};

/* A row of it. Arrays of units are `padded`, and their padding means nothing. c_next may be c. */
struct lstm_row {
    const float *init;      /* in  (4*units)  bias, or the projected token; in the order of z */
    const float *x;         /* in  (E)        times its mask */
    const float *h, *c;     /* in  (units)    before the step; h times its mask */
    float *h_next, *c_next; /* out (units)    after it */
    float *gates;           /* out            i f c o after the nonlinearity, as kept; NULL: not kept */
};

/* The same on the way back. */
struct lstm_row_back {
    float *gates;            /* in: as lstm_forward left them; out: dz */
    const float *c, *c_next; /* in  before and after the step */
    const float *dh;         /* in  d loss / d h after the step */
    float *dc;               /* in: d loss / d c after the step, from later steps; out: before it */
};

struct cpu_kernels {
    const char *name; /* the instruction set, for people: "AVX2 (x86-64-v3)" */
    int lanes;        /* floats in a vector */

    /* to = from (K,columns) with row stride from_stride; transposed: from is (columns,K). */
    void (*pack)(struct packed_matrix *to, const float *from, size_t from_stride, bool transposed);

    void (*product)(const struct packed_matrix *b, int rows, const struct product_row *row);
    void (*add_outer)(const struct outer *);
    void (*lstm_forward)(const struct lstm_step *, int rows, const struct lstm_row *);
    void (*lstm_backward)(const struct gate_layout *, float hard_slope, int rows,
                          const struct lstm_row_back *);

    /* to[i] += from[i] */
    void (*add)(size_t count, float *to, const float *from);

    /* to[i] = a[i] * b[i] */
    void (*multiply)(size_t count, float *to, const float *a, const float *b);

    /* y[f] = the greatest of P steps of x, index[f] = which, the first of equals. With relu what is not above 0 is 0,
     * and its index -1. A NaN is greater than anything: it must stay visible. */
    void (*pool)(size_t F, int P, bool relu, const float *x, size_t x_stride, float *y, int32_t *index);

    /* dx of the P steps: dy where the maximum was, zero elsewhere. */
    void (*unpool)(size_t F, int P, const int32_t *index, const float *dy, float *dx, size_t dx_stride);

    /* best[i] = the greater of best[i] and x[i], a NaN before anything; counts[i] = how many x so far were as great. */
    void (*raise)(size_t count, const float *x, float *best, float *counts);

    /* Adam on elements [0,count); see backend.h. one_minus_* = 1 - beta, rounded once. */
    void (*adam)(size_t count, const float *g, float *w, float *m, float *v, float alpha,
                 float one_minus_beta_1, float one_minus_beta_2, float epsilon);

    /* to[i] = momentum * to[i] + (1 - momentum) * from[i] */
    void (*average)(size_t count, float *to, const float *from, float momentum);
};

enum { PADDED_FLOATS = 16 }; /* rows of activations are padded to a cache line */

static inline size_t padded(size_t floats)
{
    return (floats + PADDED_FLOATS - 1) / PADDED_FLOATS * PADDED_FLOATS;
}

/* c[r] = init + a[r] . b for rows at fixed strides. init NULL: zeros. */
void product_of_rows(const struct cpu_kernels *kernels, const struct packed_matrix *b, int rows,
                     const float *a, size_t a_stride, const float *init, float *c, size_t c_stride);

#if defined(__x86_64__)
extern const struct cpu_kernels cpu_kernels_v4, cpu_kernels_v3, cpu_kernels_v1;
#else
extern const struct cpu_kernels cpu_kernels_native;
#endif

#endif
