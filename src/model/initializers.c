#include "matinee/dims.h"
#include "matinee/params.h"
#include "matinee/rng.h"

#include <math.h>
#include <stdlib.h>

static void fill_uniform(float *weights, size_t count, double limit, struct rng *rng)
{
    for (size_t i = 0; i < count; i++)
        weights[i] = (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static void fill_forget_bias(float *bias, int units)
{
    for (int gate = 0; gate < GATE_COUNT; gate++)
        for (int u = 0; u < units; u++)
            bias[gate * units + u] = gate == GATE_F ? 1.0f : 0.0f;
}

static double dot(const double *a, const double *b, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Makes `count` vectors of `length` >= count orthonormal, in place: Gram-Schmidt, each vector against its
 * predecessors twice, which is as orthogonal as Householder's QR. The diagonal of R is positive, so this is Keras'
 * Q times sign(diag(R)). Plain loops: a LAPACK's bits depend on the processor. */
static void orthonormalize(double *vectors, int count, int length)
{
    for (int i = 0; i < count; i++) {
        double *v = vectors + (size_t)i * (size_t)length;
        for (int round = 0; round < 2; round++) {
            for (int j = 0; j < i; j++) {
                const double *q = vectors + (size_t)j * (size_t)length;
                double projection = dot(q, v, length);
                for (int k = 0; k < length; k++)
                    v[k] -= projection * q[k];
            }
        }
        double norm = sqrt(dot(v, v, length));
        for (int k = 0; k < length; k++)
            v[k] /= norm;
    }
}

/* Keras draws A of shape (larger side, smaller side), takes Q of A = QR, and transposes if rows < columns: the
 * vectors along the smaller side become orthonormal. */
static bool fill_orthogonal(float *weights, int rows, int columns, struct rng *rng, struct error *error)
{
    int length = rows > columns ? rows : columns, count = rows > columns ? columns : rows;
    size_t elements = (size_t)count * (size_t)length;
    double *vectors = calloc(elements, sizeof *vectors);
    if (!vectors)
        return error_memory(error, "an orthogonal matrix", elements * sizeof *vectors);
    for (size_t i = 0; i < elements; i++)
        vectors[i] = rng_normal(rng);
    orthonormalize(vectors, count, length);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            int vector = rows > columns ? c : r, element = rows > columns ? r : c;
            weights[(size_t)r * (size_t)columns + (size_t)c] =
                (float)vectors[(size_t)vector * (size_t)length + (size_t)element];
        }
    free(vectors);
    return true;
}

static bool fill_parameter(const struct parameter *p, float *weights, struct rng *rng, struct error *error)
{
    switch (p->initializer) {
    case INIT_ZEROS:
        for (size_t i = 0; i < p->count; i++)
            weights[i] = 0.0f;
        return true;
    case INIT_EMBEDDING_UNIFORM:
        fill_uniform(weights, p->count, 0.05, rng);
        return true;
    case INIT_GLOROT_UNIFORM:
        fill_uniform(weights, p->count, sqrt(6.0 / (p->shape[0] + p->shape[1])), rng);
        return true;
    case INIT_FORGET_BIAS:
        fill_forget_bias(weights, p->shape[0] / GATE_COUNT);
        return true;
    case INIT_ORTHOGONAL:
        return fill_orthogonal(weights, p->shape[0], p->shape[1], rng, error);
    }
    return false;
}

bool parameters_initialize(const struct parameter_table *table, uint64_t seed, float *weights,
                           struct error *error)
{
    for (int i = 0; i < table->count; i++) {
        const struct parameter *p = &table->items[i];
        struct rng rng = rng_open(seed, RNG_INITIALIZER, (uint32_t)i);
        if (!fill_parameter(p, weights + p->offset, &rng, error))
            return false;
    }
    return true;
}
