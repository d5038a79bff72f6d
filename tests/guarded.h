/* Memory of a backend for one test case: guard words before and after each buffer, and inputs that must not change. */
#ifndef MATINEE_TESTS_GUARDED_H
#define MATINEE_TESTS_GUARDED_H

#include "matinee/backend.h"

#include <stddef.h>

enum { GUARDED_MAX = 32 };

struct guarded {
    struct backend *backend;
    int count;
    struct guarded_buffer {
        const char *what;
        unsigned char *memory; /* guard, data, guard */
        size_t bytes;          /* of the data */
        void *copy;            /* of an input; NULL for what may change */
    } buffers[GUARDED_MAX];
};

struct guarded guarded_open(struct backend *backend);

/* An input: it must be the same at the end. */
const void *guarded_input(struct guarded *guarded, const char *what, const void *host, size_t bytes);

/* What an op reads and changes. */
void *guarded_inout(struct guarded *guarded, const char *what, const void *host, size_t bytes);

/* What an op overwrites: filled with NaN bytes. */
void *guarded_output(struct guarded *guarded, const char *what, size_t bytes);

/* Fails the running test if the backend reports a failure, a guard was written or an input changed. Releases all. */
void guarded_close(struct guarded *guarded);

#endif
