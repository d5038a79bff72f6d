#include "reference/layers.h"

#include <math.h>
#include <stddef.h>

static int steps_of_z(const struct reference_conv_pool *op)
{
    int steps = 0;
    for (int first = 0; op->same ? first < op->T : first + op->K <= op->T; first += op->stride)
        steps++;
    return steps;
}

/* The step of x, or of the zeros around it, that the first of the kernel's steps reads. */
static int first_read(const struct reference_conv_pool *op, int step)
{
    int zeros = (steps_of_z(op) - 1) * op->stride + op->K - op->T;
    return step * op->stride - (op->same && zeros > 0 ? zeros / 2 : 0);
}

int reference_conv_pool_steps(const struct reference_conv_pool *op)
{
    return steps_of_z(op) / op->P;
}

int reference_conv_pool_pads(const struct reference_conv_pool *op, int pads)
{
    for (int s = 0; s < reference_conv_pool_steps(op); s++)
        for (int p = 0; p < op->P; p++)
            for (int k = 0; k < op->K; k++) {
                int t = first_read(op, s * op->P + p) + k;
                if (t >= pads && t < op->T)
                    return s;
            }
    return reference_conv_pool_steps(op);
}

static size_t x_at(const struct reference_conv_pool *op, int t, int n, int e)
{
    return ((size_t)t * (size_t)op->N + (size_t)n) * (size_t)op->E + (size_t)e;
}

static size_t kernel_at(const struct reference_conv_pool *op, int k, int e, int c)
{
    return ((size_t)k * (size_t)op->E + (size_t)e) * (size_t)op->C + (size_t)c;
}

static size_t y_at(const struct reference_conv_pool *op, int s, int n, int c)
{
    return ((size_t)s * (size_t)op->N + (size_t)n) * (size_t)op->C + (size_t)c;
}

static double activation(const struct reference_conv_pool *op, int step, int n, int c)
{
    double z = op->bias[c];
    const int first = first_read(op, step);
    for (int k = 0; k < op->K; k++) {
        int t = first + k;
        if (t < 0 || t >= op->T)
            continue;
        for (int e = 0; e < op->E; e++)
            z += op->x[x_at(op, t, n, e)] * op->kernel[kernel_at(op, k, e, c)];
    }
    return op->relu ? fmax(z, 0.0) : z;
}

/* The first step of z among the P of step s whose activation is the greatest. */
static int greatest(const struct reference_conv_pool *op, int s, int n, int c, double *value)
{
    int best = s * op->P;
    *value = activation(op, best, n, c);
    for (int step = best + 1; step < (s + 1) * op->P; step++) {
        double other = activation(op, step, n, c);
        if (other > *value) {
            *value = other;
            best = step;
        }
    }
    return best;
}

void reference_conv_pool(const struct reference_conv_pool *op)
{
    for (int s = 0; s < reference_conv_pool_steps(op); s++)
        for (int n = 0; n < op->N; n++)
            for (int c = 0; c < op->C; c++)
                greatest(op, s, n, c, &op->y[y_at(op, s, n, c)]);
}

static void add_gradients(const struct reference_conv_pool_backward *op, int step, int n, int c, double dz)
{
    const struct reference_conv_pool *forward = &op->forward;
    const int first = first_read(forward, step);
    op->dbias[c] += dz;
    for (int k = 0; k < forward->K; k++) {
        int t = first + k;
        if (t < 0 || t >= forward->T)
            continue;
        for (int e = 0; e < forward->E; e++) {
            op->dkernel[kernel_at(forward, k, e, c)] += forward->x[x_at(forward, t, n, e)] * dz;
            op->dx[x_at(forward, t, n, e)] += forward->kernel[kernel_at(forward, k, e, c)] * dz;
        }
    }
}

void reference_conv_pool_backward(const struct reference_conv_pool_backward *op)
{
    const struct reference_conv_pool *forward = &op->forward;
    for (size_t i = 0; i < x_at(forward, forward->T, 0, 0); i++)
        op->dx[i] = 0.0;
    for (int s = 0; s < reference_conv_pool_steps(forward); s++)
        for (int n = 0; n < forward->N; n++)
            for (int c = 0; c < forward->C; c++) {
                double y;
                int step = greatest(forward, s, n, c, &y);
                if (!forward->relu || y > 0.0)
                    add_gradients(op, step, n, c, op->dy[y_at(forward, s, n, c)]);
            }
}
