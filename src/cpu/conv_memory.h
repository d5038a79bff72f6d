/* How the conv_pool ops divide their saved and scratch memory, and where their buffers stand in time.
 *
 * A row of the batch is copied into a buffer of `span` steps with zeros around it: what step t of z reads is then the K
 * steps from t*stride on. So each pass is a product with a matrix whose rows overlap and are stride*E floats apart.
 */
#ifndef CPU_CONV_MEMORY_H
#define CPU_CONV_MEMORY_H

#include "cpu_backend.h"

/* What the thread that computes a row group needs. */
struct conv_group {
    float *x;       /* (span,E)               a row of the batch with the zeros that it is extended by    */
    float *z;       /* (steps,padded(C))      forward                                                     */
    int32_t *index; /* (C)                    forward, where it is not saved                              */
    float *dz;      /* (steps,padded(C))      backward                                                    */
    float *dx;      /* (span,E), padded       backward: of x, zeros included                              */
    float *dkernel; /* (K,E,padded(C))        backward: the group's sum                                   */
    float *dbias;   /* (2,C)                  backward: the group's sum, and a row's                      */
};

/* index: which step of P was the maximum, -1 where ReLU let nothing through; NULL where it is not saved. */
struct conv_memory {
    int left, steps, span;       /* zeros before the first step of x; steps of z; steps of x that they read */
    int32_t *index;              /* (S,N,C)  saved */
    struct packed_matrix kernel; /* forward (K*E,C); backward (C,K*E) */
    float *bias;                 /* (padded(C)) forward */
    struct conv_group groups[ROW_GROUPS];
};

void conv_memory_divide(struct conv_memory *memory, const struct conv_pool *op, bool backward);

/* The steps of one row of the batch lie a page or more apart, where no processor looks ahead by itself. Asks for
 * `count` floats that are read or written some steps later; for the second cache, because all of them may have to share
 * one set of the first. */
enum { STEPS_AHEAD = 32 };

static inline void prefetch_floats(const float *from, size_t count)
{
    enum { CACHE_LINE_FLOATS = 16 };
    for (size_t i = 0; i < count; i += CACHE_LINE_FLOATS)
        __builtin_prefetch(from + i, 0, 2);
}

/* Copies of row n of the batch to group->x what the steps of z from `first` on read. */
void conv_extend_row(const struct conv_memory *memory, const struct conv_pool *op, int n, int first,
                     struct conv_group *group);

#endif
