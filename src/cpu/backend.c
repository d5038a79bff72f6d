/* The CPU backend: memory is the host's, an op has run when it returns, a recording is the function itself. */
#define _GNU_SOURCE /* sched_getaffinity */

#include "cpu_backend.h"
#include "dispatch.h"
#include "matinee/cpu.h"

#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ALIGNMENT = 64,
    HUGE_PAGE = 2 << 20,
    THREADS_MAX = 64, /* a batch has no work for more */
    INFERENCE_ROWS = 512,
    INFERENCE_BYTES = 64 << 20,
};

struct recording {
    void (*step)(void *context);
    void *context;
};

static void *cpu_allocate(struct backend *backend, size_t bytes, const char *what, struct error *error)
{
    (void)backend;
    void *memory = NULL;
    if (posix_memalign(&memory, bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE, bytes ? bytes : ALIGNMENT) != 0)
        error_set(error, "out of memory: %zu bytes for %s; a smaller batch or shorter sequences need less",
                  bytes, what);
    else if (bytes >= HUGE_PAGE)
        (void)madvise(memory, bytes,
                      MADV_HUGEPAGE); /* a wish: rows lie pages apart, and a page's address is dear */
    return memory;
}

static void cpu_release(struct backend *backend, void *memory)
{
    (void)backend;
    free(memory);
}

static void cpu_copy(struct backend *backend, void *to, const void *from, size_t bytes)
{
    (void)backend;
    memcpy(to, from, bytes);
}

static bool cpu_poll(struct backend *backend, void *host_to, const void *from, size_t bytes)
{
    cpu_copy(backend, host_to, from, bytes);
    return true;
}

static const char *cpu_lstm_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    if (op->stacked == 0)
        return cpu_backend_of(backend)->kernels->name;
    error_set(error, "the CPU computes stacked LSTMs layer by layer");
    return NULL;
}

/* A recurrent kernel that has come into the caches serves many rows, and a token that they share is projected once. */
static int cpu_inference_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    return dims->N > INFERENCE_ROWS ? dims->N : INFERENCE_ROWS;
}

static size_t cpu_free_bytes(struct backend *backend)
{
    (void)backend;
    return 0;
}

static void cpu_clear(struct backend *backend, void *memory, size_t bytes)
{
    (void)backend;
    memset(memory, 0, bytes);
}

static bool cpu_record(struct backend *backend, struct recording **recording, void (*step)(void *context),
                       void *context, struct error *error)
{
    (void)backend;
    *recording = malloc(sizeof **recording);
    if (!*recording)
        return error_memory(error, "a recording", sizeof **recording);
    **recording = (struct recording){.step = step, .context = context};
    return true;
}

static void cpu_replay(struct backend *backend, struct recording *recording)
{
    (void)backend;
    recording->step(recording->context);
}

static void cpu_forget(struct backend *backend, struct recording *recording)
{
    (void)backend;
    free(recording);
}

static bool cpu_status(struct backend *backend, struct error *error)
{
    (void)backend;
    (void)error;
    return true; /* no op of this backend can fail */
}

static void cpu_close(struct backend *backend)
{
    free(backend);
}

static const struct backend_ops cpu_ops = {.next_step = cpu_next_step,
                                           .load_batch = cpu_load_batch,
                                           .embedding = cpu_embedding,
                                           .embedding_backward = cpu_embedding_backward,
                                           .dropout = cpu_dropout,
                                           .dropout_backward = cpu_dropout,
                                           .conv_pool = cpu_conv_pool,
                                           .conv_pool_backward = cpu_conv_pool_backward,
                                           .max_pool = cpu_max_pool,
                                           .max_pool_backward = cpu_max_pool_backward,
                                           .global_pool = cpu_global_pool,
                                           .global_pool_backward = cpu_global_pool_backward,
                                           .lstm = cpu_lstm,
                                           .lstm_backward = cpu_lstm_backward,
                                           .dense_bce = cpu_dense_bce,
                                           .dense_backward = cpu_dense_backward,
                                           .add_parts = cpu_add_parts,
                                           .sum_ranks = cpu_sum_ranks,
                                           .adam = cpu_adam,
                                           .clear = cpu_clear};

static const struct backend_memory cpu_memory = {.allocate = cpu_allocate,
                                                 .release = cpu_release,
                                                 .upload = cpu_copy,
                                                 .download = cpu_copy,
                                                 .poll = cpu_poll,
                                                 .record = cpu_record,
                                                 .replay = cpu_replay,
                                                 .forget = cpu_forget,
                                                 .embedding_sizes = cpu_embedding_sizes,
                                                 .dropout_sizes = cpu_dropout_sizes,
                                                 .conv_pool_sizes = cpu_conv_pool_sizes,
                                                 .max_pool_sizes = cpu_max_pool_sizes,
                                                 .global_pool_sizes = cpu_global_pool_sizes,
                                                 .lstm_sizes = cpu_lstm_sizes,
                                                 .lstm_engine = cpu_lstm_engine,
                                                 .inference_rows = cpu_inference_rows,
                                                 .free_bytes = cpu_free_bytes,
                                                 .status = cpu_status};

static int available_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    return omp_get_num_procs();
}

bool cpu_backend_open(struct backend **backend, int threads, struct error *error)
{
    return cpu_backend_open_with(backend, &(struct backend_options){.threads = threads}, error);
}

bool cpu_backend_open_with(struct backend **backend, const struct backend_options *options,
                           struct error *error)
{
    const struct kernel_table *table =
        kernel_table_find(kernel_tables, kernel_table_count, options->cpu_kernels, error);
    if (!table)
        return false;
    const struct communicator *communicator = options->communicator;
    const int ranks = communicator ? communicator->ranks : 1;
    struct cpu_backend *cpu;
    const size_t bytes = sizeof *cpu + (size_t)ranks * sizeof cpu->metrics[0];
    cpu = calloc(1, bytes);
    if (!cpu)
        return error_memory(error, "the CPU backend", bytes);
    int wanted = options->threads > 0 ? options->threads : available_processors();
    cpu->kernels = table->kernels;
    cpu->ops = cpu_ops;
    if (ranks > 1)
        cpu->communicator = communicator;
    else
        cpu->ops.sum_ranks = NULL;
    cpu->base = (struct backend){.name = "cpu",
                                 .ops = &cpu->ops,
                                 .memory = &cpu_memory,
                                 .threads = wanted < THREADS_MAX ? wanted : THREADS_MAX,
                                 .inference_bytes = INFERENCE_BYTES,
                                 .reads_host = true,
                                 .close = cpu_close};
    snprintf(cpu->base.description, sizeof cpu->base.description, "cpu, %d thread%s, %s kernels",
             cpu->base.threads, cpu->base.threads == 1 ? "" : "s", cpu->kernels->name);
    *backend = &cpu->base;
    return true;
}

bool cpu_kernel_set(int number, struct kernel_set *set)
{
    if (number < 0 || number >= kernel_table_count)
        return false;
    const struct kernel_table *table = &kernel_tables[number];
    *set =
        (struct kernel_set){.name = table->name, .instructions = table->kernels->name, .runs = table->runs()};
    return true;
}
