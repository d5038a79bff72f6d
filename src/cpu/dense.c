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

void cpu_dense_bce(struct backend *backend, const struct dense_bce *op)
{
    (void)backend;
    for (int g = 0; g < ROW_GROUPS; g++) {
        double loss = 0.0;
        for (int n = row_group_begin(op->N, g); n < row_group_begin(op->N, g + 1); n++) {
            double z = logit(op, n), y = (double)op->labels[n], p = 1.0 / (1.0 + exp(-z));
            op->prob[n] = (float)p;
            op->dz[n] = (float)((p - y) / op->N);
            loss += fmax(z, 0.0) - z * y + log1p(exp(-fabs(z)));
            op->metrics->correct += (op->prob[n] > 0.5f) == (y > 0.5);
        }
        op->metrics->loss += loss;
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
