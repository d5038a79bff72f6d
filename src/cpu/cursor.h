/* Divides an op's saved or scratch memory among its arrays. */
#ifndef CPU_CURSOR_H
#define CPU_CURSOR_H

#include "kernels.h"

#include <stdint.h>

struct memory_cursor {
    char *base; /* NULL: only count */
    size_t used_bytes;
};

/* The next array, which begins on a cache line; NULL when only counting. */
static inline void *cursor_take(struct memory_cursor *cursor, size_t count, size_t element_bytes)
{
    enum { CACHE_LINE_BYTES = 64 };
    void *taken = cursor->base ? cursor->base + cursor->used_bytes : NULL;
    cursor->used_bytes +=
        (count * element_bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    return taken;
}

static inline struct packed_matrix cursor_take_packed(struct memory_cursor *cursor, int K, int columns)
{
    return (struct packed_matrix){
        .K = K,
        .columns = columns,
        .panels = cursor_take(cursor, (size_t)K * padded((size_t)columns), sizeof(float))};
}

#endif
