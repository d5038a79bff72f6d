/* Divides an op's saved or scratch memory among its arrays. */
#ifndef CUDA_CURSOR_H
#define CUDA_CURSOR_H

#include <stddef.h>

struct memory_cursor {
    char *base; /* NULL: only count */
    size_t used_bytes;
};

/* The next `bytes`, which begin at a multiple of 256 from the base; NULL when only counting. */
static inline void *cursor_take(struct memory_cursor *cursor, size_t bytes)
{
    enum { ALIGNMENT = 256 };
    void *taken = cursor->base ? cursor->base + cursor->used_bytes : NULL;
    cursor->used_bytes += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return taken;
}

#endif
