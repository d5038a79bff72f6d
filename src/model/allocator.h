/* Memory of a backend, until something fails: a list of allocations needs one check at its end. */
#ifndef MODEL_ALLOCATOR_H
#define MODEL_ALLOCATOR_H

#include "matinee/backend.h"

struct allocator {
    struct backend *backend;
    struct error *error;
    bool failed;
};

/* NULL once anything has failed. */
void *allocator_take(struct allocator *allocator, size_t bytes, const char *what);

/* Gives back `count` pointers, NULL among them. */
void allocator_release(struct backend *backend, void *const *memory, size_t count);

#endif
