/* Masks are constant over time, so a row's weight gradient is its plain one times its masks:
 *
 *     dkernel[e,gate] = sum over rows of mask[gate][row,e] * sum over t of x_t[e] * dz_t[gate]
 */
#include "lstm_gradients.h"

#include <cblas.h>

/* to (K,4H) += a (T,K)^T . dz (T,4 gates) of one row, each element times the row's mask. */
static void add_row(const struct cpu_kernels *kernels, const struct lstm_memory *memory,
                    const struct row_group *group, int r, int K, const float *a, size_t a_stride,
                    const float *masks, size_t mask_stride, size_t mask_of_gate, size_t H, float *of_row,
                    float *to)
{
    const size_t width = group->z_stride, rows = (size_t)group->rows;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, K, (int)width, group->T, 1.0f,
                a + (size_t)r * a_stride, (int)(rows * a_stride), group->gates + (size_t)r * width,
                (int)(rows * width), 0.0f, of_row, (int)width);
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        const float *mask = masks + gate * mask_of_gate + (size_t)group->row[r] * mask_stride;
        for (size_t k = 0; k < (size_t)K; k++)
            if (mask[k] != 0.0f)
                kernels->add_scaled(H, to + (k * GATE_COUNT + gate) * H, mask[k],
                                    of_row + k * width + gate * memory->gate_stride);
    }
}

/* dx = sum over gates of mask * dz . kernel^T. */
static void make_dx(const struct cpu_kernels *kernels, const struct lstm *lstm,
                    const struct lstm_memory *memory, const struct lstm_direction *direction,
                    const struct row_group *group, float *dx, float *of_gate)
{
    const size_t E = (size_t)lstm->E, H = (size_t)lstm->H, step = (size_t)group->rows * E;
    const size_t steps = (size_t)group->T;
    for (size_t k = 0; k < steps * step; k++)
        dx[k] = 0.0f;
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        const float *mask = direction->input_mask + (gate * (size_t)lstm->N + (size_t)group->row[0]) * E;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(steps * (size_t)group->rows), (int)E,
                    (int)H, 1.0f, group->gates + gate * memory->gate_stride, (int)group->z_stride,
                    direction->weights->kernel + gate * H, (int)(GATE_COUNT * H), 0.0f, of_gate, (int)E);
        for (size_t t = 0; t < steps; t++)
            kernels->multiply_add(step, dx + t * step, of_gate + t * step, mask);
    }
}

void masked_gradient(const struct cpu_kernels *kernels, const struct lstm_backward *op,
                     const struct lstm_memory *memory, const struct lstm_direction *direction,
                     const struct row_group *group, struct group_gradient *gradient,
                     struct gradient_scratch *scratch)
{
    const struct lstm *lstm = &op->forward;
    const size_t E = (size_t)lstm->E, H = (size_t)lstm->H, N = (size_t)lstm->N;
    for (int r = 0; r < group->rows; r++) {
        add_row(kernels, memory, group, r, lstm->H, group->h, group->h_stride, direction->recurrent_mask,
                group->h_stride, N * group->h_stride, H, scratch->of_row, gradient->drecurrent_kernel);
        add_row(kernels, memory, group, r, lstm->E, group->x, E, direction->input_mask, E, N * E, H,
                scratch->of_row, gradient->dkernel);
    }
    for (size_t state = 0; state < group->offset[group->T]; state++)
        for (size_t gate = 0; gate < GATE_COUNT; gate++)
            kernels->add(H, gradient->dbias + gate * H,
                         group->gates + state * group->z_stride + gate * memory->gate_stride);
    make_dx(kernels, lstm, memory, direction, group, gradient->dx, scratch->dx_of_gate);
}
