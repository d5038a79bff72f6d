#include "cpu_backend.h"

static void add_metrics(struct metrics *sum, const struct metrics *metrics)
{
    sum->loss += metrics->loss;
    sum->correct += metrics->correct;
    sum->count += metrics->count;
}

void cpu_sum_ranks(struct backend *backend, const struct sum_ranks *op)
{
    struct cpu_backend *cpu = cpu_backend_of(backend);
    const struct communicator *communicator = cpu->communicator;
    if (op->gathered) {
        const struct add_parts ranks = {
            .count = op->count, .parts = communicator->ranks, .gradients = op->gathered};
        communicator->gather(communicator, op->gradients, op->count * sizeof(float), op->gathered);
        cpu_add_arenas(backend, &ranks, op->gradients);
    } else {
        communicator->sum(communicator, op->gradients, op->count);
    }
    communicator->gather(communicator, op->own, sizeof *op->own, cpu->metrics);
    *op->all = (struct metrics){0};
    for (int rank = 0; rank < communicator->ranks; rank++)
        add_metrics(op->all, &cpu->metrics[rank]);
}
