#include "rows_backend.h"

#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct noted_loads noted_loads;

static struct {
    struct backend_ops ops;
    struct backend_memory memory;
    void (*load_batch)(struct backend *, const struct load_batch *);
    int best;
} table;

static int best_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    (void)dims;
    return table.best;
}

static void noting_load(struct backend *backend, const struct load_batch *op)
{
    table.load_batch(backend, op);
    if (noted_loads.batches < NOTED_BATCHES_MOST)
        noted_loads.rows[noted_loads.batches] = op->N;
    noted_loads.batches++;
    for (int n = 0; n < op->N; n++, noted_loads.reviews++) {
        if (noted_loads.reviews >= NOTED_REVIEWS_MOST)
            continue;
        noted_loads.review[noted_loads.reviews] = op->order[op->state->first_row + n];
        noted_loads.pads[noted_loads.reviews] = op->pads[n];
    }
}

struct backend *rows_backend_open(int best)
{
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 2, &error));
    table.ops = *backend->ops;
    table.memory = *backend->memory;
    table.load_batch = backend->ops->load_batch;
    table.ops.load_batch = noting_load;
    table.memory.inference_rows = best_rows;
    table.best = best;
    backend->ops = &table.ops;
    backend->memory = &table.memory;
    noted_loads = (struct noted_loads){.batches = 0};
    return backend;
}
