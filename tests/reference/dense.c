#include "reference/reference.h"

#include <math.h>

void reference_dense_bce(const struct reference_dense_bce *op)
{
    for (int n = 0; n < op->N; n++) {
        double z = op->bias[0], y = op->labels[n];
        for (int f = 0; f < op->F; f++)
            z += op->h[(size_t)n * (size_t)op->F + (size_t)f] * op->kernel[f];
        op->prob[n] = 1.0 / (1.0 + exp(-z));
        op->dz[n] = (op->prob[n] - y) / op->batch;
        *op->loss += fmax(z, 0.0) - z * y + log1p(exp(-fabs(z)));
        *op->correct += ((float)op->prob[n] > 0.5f) == (y == 1.0);
    }
}

void reference_dense_backward(const struct reference_dense_backward *op)
{
    for (int n = 0; n < op->N; n++) {
        op->dbias[0] += op->dz[n];
        for (int f = 0; f < op->F; f++) {
            size_t element = (size_t)n * (size_t)op->F + (size_t)f;
            op->dh[element] = op->dz[n] * op->kernel[f];
            op->dkernel[f] += op->dz[n] * op->h[element];
        }
    }
}
