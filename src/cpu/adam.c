#include "cpu_backend.h"
#include "denormals.h"

enum { ADAM_BLOCK = 8192 };

void cpu_adam(struct backend *backend, const struct adam *op)
{
    const struct cpu_backend *cpu = cpu_backend_of(backend);
    const float alpha = op->state->alpha;
    const float one_minus_beta_1 = (float)(1.0 - op->beta_1), one_minus_beta_2 = (float)(1.0 - op->beta_2);
    const size_t blocks = (op->count + ADAM_BLOCK - 1) / ADAM_BLOCK;
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(static)
        for (size_t block = 0; block < blocks; block++) {
            size_t at = block * ADAM_BLOCK, rest = op->count - at;
            size_t count = rest < ADAM_BLOCK ? rest : ADAM_BLOCK;
            cpu->kernels->adam(count, op->gradients + at, op->weights + at, op->m + at, op->v + at, alpha,
                               one_minus_beta_1, one_minus_beta_2, op->epsilon);
            if (op->average)
                cpu->kernels->average(count, op->average + at, op->weights + at, op->state->ema_momentum);
        }
        denormals_restore(mode);
    }
}
