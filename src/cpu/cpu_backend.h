/* Inside the CPU backend: what its ops share. */
#ifndef CPU_BACKEND_H
#define CPU_BACKEND_H

#include "kernels.h"
#include "matinee/backend.h"

struct cpu_backend {
    struct backend base; /* first, so that a struct backend * is one of these */
    const struct cpu_kernels *kernels;
    struct backend_ops ops;                  /* this backend's own: sum_ranks only with other ranks */
    const struct communicator *communicator; /* NULL: alone */
    struct metrics metrics[];                /* (ranks) that sum_ranks gathers */
};

static inline struct cpu_backend *cpu_backend_of(struct backend *backend)
{
    return (struct cpu_backend *)backend;
}

void cpu_next_step(struct backend *, const struct next_step *);
void cpu_load_batch(struct backend *, const struct load_batch *);
void cpu_embedding(struct backend *, const struct embedding *);
void cpu_embedding_backward(struct backend *, const struct embedding_backward *);
void cpu_dropout(struct backend *, const struct dropout_layer *);
void cpu_conv_pool(struct backend *, const struct conv_pool *);
void cpu_conv_pool_backward(struct backend *, const struct conv_pool_backward *);
void cpu_max_pool(struct backend *, const struct max_pool *);
void cpu_max_pool_backward(struct backend *, const struct max_pool_backward *);
void cpu_global_pool(struct backend *, const struct global_pool *);
void cpu_global_pool_backward(struct backend *, const struct global_pool_backward *);
void cpu_lstm(struct backend *, const struct lstm *);
void cpu_lstm_backward(struct backend *, const struct lstm_backward *);
void cpu_dense_bce(struct backend *, const struct dense_bce *);
void cpu_dense_backward(struct backend *, const struct dense_backward *);
void cpu_add_parts(struct backend *, const struct add_parts *);
void cpu_sum_ranks(struct backend *, const struct sum_ranks *);
void cpu_adam(struct backend *, const struct adam *);

/* add_parts with the sum put into `sum` (count): the first arena, or of two parts or more memory of its own. */
void cpu_add_arenas(struct backend *, const struct add_parts *, float *sum);

struct op_sizes cpu_embedding_sizes(struct backend *, const struct embedding *dims);
struct op_sizes cpu_dropout_sizes(struct backend *, const struct dropout_layer *dims);
struct op_sizes cpu_conv_pool_sizes(struct backend *, const struct conv_pool *dims);
struct op_sizes cpu_max_pool_sizes(struct backend *, const struct max_pool *dims);
struct op_sizes cpu_global_pool_sizes(struct backend *, const struct global_pool *dims);
struct op_sizes cpu_lstm_sizes(struct backend *, const struct lstm *dims);

#endif
