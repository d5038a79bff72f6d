#include "matinee/dims.h"
#include "matinee/params.h"
#include "matinee/rng.h"

#include <math.h>
#include <stdlib.h>

/* Columns of a row-major matrix: all of them, or those of one gate. */
struct columns {
    float *first;
    int rows, count;
    size_t stride; /* from a row to the next */
};

static void fill_uniform(struct columns to, double limit, struct rng *rng)
{
    for (int r = 0; r < to.rows; r++)
        for (int c = 0; c < to.count; c++)
            to.first[(size_t)r * to.stride + (size_t)c] = (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
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
 * vectors along the smaller side become orthonormal, then as long as the gain. */
static bool fill_orthogonal(struct columns to, double gain, struct rng *rng, struct error *error)
{
    bool tall = to.rows > to.count;
    int length = tall ? to.rows : to.count, count = tall ? to.count : to.rows;
    size_t elements = (size_t)count * (size_t)length;
    double *vectors = calloc(elements, sizeof *vectors);
    if (!vectors)
        return error_memory(error, "an orthogonal matrix", elements * sizeof *vectors);
    for (size_t i = 0; i < elements; i++)
        vectors[i] = rng_normal(rng);
    orthonormalize(vectors, count, length);
    for (int r = 0; r < to.rows; r++)
        for (int c = 0; c < to.count; c++) {
            int vector = tall ? c : r, element = tall ? r : c;
            to.first[(size_t)r * to.stride + (size_t)c] =
                (float)(gain * vectors[(size_t)vector * (size_t)length + (size_t)element]);
        }
    free(vectors);
    return true;
}

/* All of a parameter as one matrix: its last axis are the columns. */
static struct columns whole(const struct parameter *p, float *weights)
{
    int count = p->shape[p->rank - 1];
    return (struct columns){weights, (int)(p->count / (size_t)count), count, (size_t)count};
}

static struct columns gate_columns(const struct parameter *p, float *weights, int gate)
{
    int units = p->shape[1] / GATE_COUNT;
    return (struct columns){weights + (size_t)gate * (size_t)units, p->shape[0], units, (size_t)p->shape[1]};
}

/* Keras counts a kernel's steps in both fans. */
static double glorot_limit(const struct parameter *p)
{
    double steps = p->rank == 3 ? p->shape[0] : 1;
    return sqrt(6.0 / (steps * ((double)p->shape[p->rank - 2] + p->shape[p->rank - 1])));
}

/* Keras 1 drew the matrices of the gates one after the other. */
static bool fill_gates(const struct parameter *p, float *weights, struct rng *rng, struct error *error)
{
    for (int gate = 0; gate < GATE_COUNT; gate++) {
        struct columns to = gate_columns(p, weights, gate);
        if (p->initializer == INIT_GLOROT_UNIFORM_GATES)
            fill_uniform(to, sqrt(6.0 / ((double)to.rows + to.count)), rng);
        else if (!fill_orthogonal(to, 1.1, rng, error))
            return false;
    }
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
        fill_uniform(whole(p, weights), 0.05, rng);
        return true;
    case INIT_GLOROT_UNIFORM:
        fill_uniform(whole(p, weights), glorot_limit(p), rng);
        return true;
    case INIT_FORGET_BIAS:
        fill_forget_bias(weights, p->shape[0] / GATE_COUNT);
        return true;
    case INIT_ORTHOGONAL:
        return fill_orthogonal(whole(p, weights), 1.0, rng, error);
    case INIT_GLOROT_UNIFORM_GATES:
    case INIT_ORTHOGONAL_GATES:
        return fill_gates(p, weights, rng, error);
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
