/* Inside the CPU backend: what its ops share. */
#ifndef CPU_BACKEND_H
#define CPU_BACKEND_H

#include "kernels.h"
#include "matinee/backend.h"

struct cpu_backend {
    struct backend base; /* first, so that a struct backend * is one of these */
    const struct cpu_kernels *kernels;
};

static inline struct cpu_backend *cpu_backend_of(struct backend *backend)
{
    return (struct cpu_backend *)backend;
}

void cpu_load_batch(struct backend *, const struct load_batch *);
void cpu_lstm(struct backend *, const struct lstm *);
void cpu_lstm_backward(struct backend *, const struct lstm_backward *);
void cpu_dense_bce(struct backend *, const struct dense_bce *);
void cpu_dense_backward(struct backend *, const struct dense_backward *);
void cpu_adam(struct backend *, const struct adam *);

struct lstm_sizes cpu_lstm_sizes(struct backend *, const struct lstm *dims);

#endif
