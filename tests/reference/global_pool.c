#include "reference/layers.h"

#include <stddef.h>

static size_t x_at(const struct reference_global_pool *op, int t, int n, int f)
{
    return ((size_t)t * (size_t)op->N + (size_t)n) * (size_t)op->F + (size_t)f;
}

static double greatest(const struct reference_global_pool *op, int n, int f)
{
    double value = op->x[x_at(op, 0, n, f)];
    for (int t = 1; t < op->T; t++)
        if (op->x[x_at(op, t, n, f)] > value)
            value = op->x[x_at(op, t, n, f)];
    return value;
}

/* Whether step t has a part in y[n,f]: it counts for the mean, or it is as great as the maximum. */
static bool takes_part(const struct reference_global_pool *op, int t, int n, int f, double maximum)
{
    if (!op->average)
        return op->x[x_at(op, t, n, f)] == maximum;
    return !op->tokens || op->tokens[n * op->T + t] != 0;
}

static int parts(const struct reference_global_pool *op, int n, int f, double maximum)
{
    int count = 0;
    for (int t = 0; t < op->T; t++)
        count += takes_part(op, t, n, f, maximum);
    return count;
}

static double mean(const struct reference_global_pool *op, int n, int f)
{
    const int count = parts(op, n, f, 0.0);
    double sum = 0.0;
    for (int t = 0; t < op->T; t++)
        if (takes_part(op, t, n, f, 0.0))
            sum += op->x[x_at(op, t, n, f)];
    return count > 0 ? sum / count : 0.0;
}

void reference_global_pool(const struct reference_global_pool *op)
{
    for (int n = 0; n < op->N; n++)
        for (int f = 0; f < op->F; f++)
            op->y[n * op->F + f] = op->average ? mean(op, n, f) : greatest(op, n, f);
}

void reference_global_pool_backward(const struct reference_global_pool_backward *op)
{
    const struct reference_global_pool *forward = &op->forward;
    for (int n = 0; n < forward->N; n++)
        for (int f = 0; f < forward->F; f++) {
            const double maximum = greatest(forward, n, f);
            const int count = parts(forward, n, f, maximum);
            for (int t = 0; t < forward->T; t++)
                op->dx[x_at(forward, t, n, f)] =
                    takes_part(forward, t, n, f, maximum) ? op->dy[n * forward->F + f] / count : 0.0;
        }
}
