#include "cpu_backend.h"

#include <math.h>

/* In double: N*F is tiny, and the loss decides what people read. */
static double logit(const struct dense_bce *op, int n)
{
    const float *h = op->h + (size_t)n * (size_t)op->F;
    double z = op->bias[0];
    for (int f = 0; f < op->F; f++)
        z += (double)h[f] * (double)op->kernel[f];
    return z;
}

/* Of the sums in struct metrics. */
static double rounded(double loss)
{
    const double units = (double)(1LL << LOSS_BITS);
    return rint(loss * units) / units;
}

void cpu_dense_bce(struct backend *backend, const struct dense_bce *op)
{
    (void)backend;
    for (int n = 0; n < op->N; n++) {
        double z = logit(op, n), y = (double)op->labels[n], p = 1.0 / (1.0 + exp(-z));
        op->prob[n] = (float)p;
        op->dz[n] = (float)((p - y) / op->batch);
        op->metrics->loss += rounded(fmax(z, 0.0) - z * y + log1p(exp(-fabs(z))));
        op->metrics->correct += (op->prob[n] > 0.5f) == (y > 0.5);
    }
    op->metrics->count += op->N;
}

void cpu_dense_backward(struct backend *backend, const struct dense_backward *op)
{
    (void)backend;
    for (int n = 0; n < op->N; n++)
        for (int f = 0; f < op->F; f++)
            op->dh[(size_t)n * (size_t)op->F + (size_t)f] = op->dz[n] * op->kernel[f];
    for (int g = 0; g < ROW_GROUPS; g++) {
        int begin = row_group_begin(op->N, g), end = row_group_begin(op->N, g + 1);
        for (int f = 0; f < op->F; f++) {
            float sum = 0.0f;
            for (int n = begin; n < end; n++)
                sum += op->dz[n] * op->h[(size_t)n * (size_t)op->F + (size_t)f];
            op->dkernel[f] += sum;
        }
        float sum = 0.0f;
        for (int n = begin; n < end; n++)
            sum += op->dz[n];
        op->dbias[0] += sum;
    }
}
