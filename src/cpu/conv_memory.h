/* How the conv_pool ops divide their saved and scratch memory, and where their buffers stand in time.
 *
 * Both passes are one product of a packed matrix with overlapping rows: a row of the batch is copied into a buffer of
 * `steps + K - 1` steps with zeros around it, and row t of the left factor is the K steps from t on.
 */
#ifndef CPU_CONV_MEMORY_H
#define CPU_CONV_MEMORY_H

#include "cpu_backend.h"

/* What the thread that computes a row group needs. */
struct conv_group {
    float *x;       /* (steps+K-1,E)          a row of the batch with the zeros that it is extended by    */
    float *z;       /* (steps,padded(C))      forward                                                     */
    int32_t *index; /* (C)                    forward, where it is not saved                              */
    float *dz;      /* (T+K-1,C)              backward; step t of z is at t + K - 1 - left, the rest zero */
    float *dx;      /* (T,padded(E))          backward                                                    */
    float *dkernel; /* (K,E,C)                backward: the group's sum                                   */
    float *dbias;   /* (2,C)                  backward: the group's sum, and a row's                      */
};

/* index: which step of P was the maximum, -1 where ReLU let nothing through; NULL where it is not saved. */
struct conv_memory {
    int left, steps;             /* zeros before the first step of x; steps of z */
    int32_t *index;              /* (S,N,C)  saved */
    struct packed_matrix kernel; /* forward (K*E,C); backward (K*C,E): reversed in time, transposed */
    float *bias;                 /* (padded(C)) forward */
    float *reversed;             /* (E,K*C)  backward: what kernel is packed from */
    struct conv_group groups[ROW_GROUPS];
};

void conv_memory_divide(struct conv_memory *memory, const struct conv_pool *op, bool backward);

/* The steps of one row of the batch lie a page or more apart, where no processor looks ahead by itself. Asks for
 * `count` floats that are read or written some steps later. */
enum { STEPS_AHEAD = 16 };

static inline void prefetch_floats(const float *from, size_t count)
{
    enum { CACHE_LINE_FLOATS = 16 };
    for (size_t i = 0; i < count; i += CACHE_LINE_FLOATS)
        __builtin_prefetch(from + i);
}

/* Copies row n of the batch to group->x, from the buffer's step `begin` on. */
void conv_extend_row(const struct conv_memory *memory, const struct conv_pool *op, int n, int begin,
                     struct conv_group *group);

#endif
