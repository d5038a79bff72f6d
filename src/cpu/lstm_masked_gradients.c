/* Masks are constant over time, so a row's weight gradient is its plain one times its masks:
 *
 *     dkernel[e,gate] = sum over rows of mask[gate][row,e] * sum over t of x_t[e] * dz_t[gate]
 */
#include "lstm_gradients.h"

#include <cblas.h>
#include <string.h>

/* What the steps of a group multiply: x with its kernel's gradient, or h with the recurrent kernel's. */
struct factor {
    int K;
    const float *values; /* (steps*rows,stride)  before masks */
    const float *masks;  /* (4,N,stride)         */
    size_t stride;
    float *dmatrix; /* adds (K,4H)          */
};

/* dmatrix += values (T,K)^T . dz (T,4 gates) of row r, each element times the row's mask. */
static void add_row(const struct gradient_work *work, const struct factor *factor, int r)
{
    const struct row_group *group = work->group;
    const size_t H = (size_t)work->lstm->H, N = (size_t)work->lstm->N, width = group->z_stride;
    const int rows = group->rows, z_step = rows * (int)width, value_step = rows * (int)factor->stride;
    float *of_row = work->scratch->of_row;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, factor->K, (int)width, group->T, 1.0f,
                factor->values + (size_t)r * factor->stride, value_step, group->gates + (size_t)r * width,
                z_step, 0.0f, of_row, (int)width);
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        const float *mask = factor->masks + (gate * N + (size_t)group->row[r]) * factor->stride;
        for (size_t k = 0; k < (size_t)factor->K; k++)
            if (mask[k] != 0.0f)
                work->kernels->add_scaled(H, factor->dmatrix + (k * GATE_COUNT + gate) * H, mask[k],
                                          of_row + k * width + gate * work->memory->gate_stride);
    }
}

static void add_bias(const struct gradient_work *work)
{
    const struct row_group *group = work->group;
    const size_t H = (size_t)work->lstm->H;
    for (size_t state = 0; state < group->offset[group->T]; state++)
        for (size_t gate = 0; gate < GATE_COUNT; gate++)
            work->kernels->add(H, work->gradient->dbias + gate * H,
                               group->gates + state * group->z_stride + gate * work->memory->gate_stride);
}

/* dx = sum over gates of mask * dz . kernel^T. */
static void make_dx(const struct gradient_work *work)
{
    const struct row_group *group = work->group;
    const size_t E = (size_t)work->lstm->E, H = (size_t)work->lstm->H, N = (size_t)work->lstm->N;
    const size_t steps = (size_t)group->T, step = (size_t)group->rows * E;
    float *dx = work->gradient->dx, *of_gate = work->scratch->dx_of_gate;
    memset(dx, 0, steps * step * sizeof *dx);
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        const float *mask = work->direction->input_mask + (gate * N + (size_t)group->row[0]) * E;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, group->T * group->rows, (int)E, (int)H, 1.0f,
                    group->gates + gate * work->memory->gate_stride, (int)group->z_stride,
                    work->direction->weights->kernel + gate * H, (int)(GATE_COUNT * H), 0.0f, of_gate,
                    (int)E);
        for (size_t t = 0; t < steps; t++)
            work->kernels->multiply_add(step, dx + t * step, of_gate + t * step, mask);
    }
}

void masked_gradient(const struct gradient_work *work)
{
    const struct row_group *group = work->group;
    const struct factor h = {.K = work->lstm->H,
                             .values = group->h,
                             .masks = work->direction->recurrent_mask,
                             .stride = group->h_stride,
                             .dmatrix = work->gradient->drecurrent_kernel};
    const struct factor x = {.K = work->lstm->E,
                             .values = group->x,
                             .masks = work->direction->input_mask,
                             .stride = group->x_stride,
                             .dmatrix = work->gradient->dkernel};
    for (int r = 0; r < group->rows; r++) {
        add_row(work, &h, r);
        add_row(work, &x, r);
    }
    add_bias(work);
    make_dx(work);
}
