#include "reference/reference.h"

#include <math.h>

double reference_adam_alpha(double learning_rate, double beta_1, double beta_2, int t)
{
    return learning_rate * sqrt(1.0 - pow(beta_2, t)) / (1.0 - pow(beta_1, t));
}

void reference_adam(const struct reference_adam *op)
{
    for (size_t k = 0; k < op->count; k++) {
        double g = op->gradients[k];
        op->m[k] += (g - op->m[k]) * (1.0 - op->beta_1);
        op->v[k] += (g * g - op->v[k]) * (1.0 - op->beta_2);
        op->weights[k] -= op->alpha * op->m[k] / (sqrt(op->v[k]) + op->epsilon);
        if (op->average)
            op->average[k] = op->ema_momentum * op->average[k] + (1.0 - op->ema_momentum) * op->weights[k];
    }
}
