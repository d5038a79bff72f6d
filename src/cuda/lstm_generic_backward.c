/* The generic engine's backward pass: step by step the gates become dz in place, then all weights have their gradient
 * by products over all steps and rows. */
#include "column_sums.h"
#include "gate_masks.h"
#include "lstm_generic.h"
#include "lstm_step.h"
#include "product.h"

struct backward {
    struct cuda_backend *cuda;
    const struct lstm_backward *op;
    const struct lstm *lstm;
    struct generic_memory memory;
};

/* dh of h * mask before a step, mask by mask: dz . recurrent_kernel^T. */
static void recurrent_back(const struct backward *b, int d, const float *dz)
{
    const struct lstm *lstm = b->lstm;
    const bool by_gate = b->memory.recurrent_masks == GATE_COUNT;
    const size_t H = (size_t)lstm->H;
    const struct product back = {.rows = lstm->N,
                                 .columns = lstm->H,
                                 .inner = by_gate ? lstm->H : GATE_COUNT * lstm->H,
                                 .a = {.at = dz, .stride = GATE_COUNT * lstm->H, .step = H},
                                 .b = {.at = lstm->weights[d].recurrent_kernel,
                                       .stride = GATE_COUNT * lstm->H,
                                       .transposed = true,
                                       .step = H},
                                 .out = b->memory.dh,
                                 .out_stride = lstm->H,
                                 .out_step = generic_states(lstm),
                                 .batch = by_gate ? GATE_COUNT : 1};
    product(b->cuda, &back);
}

static void step_back(const struct backward *b, int d, int s)
{
    const struct lstm *lstm = b->lstm;
    const struct generic_memory *memory = &b->memory;
    const struct generic_steps *steps = &memory->steps[d];
    const size_t states = generic_states(lstm);
    const int t = generic_time(lstm, d, s), before = generic_time(lstm, d, s - 1);
    float *gates = steps->gates + (size_t)t * GATE_COUNT * states;
    const struct lstm_step_backward step = {
        .N = lstm->N,
        .H = lstm->H,
        .hard_slope = lstm->hard_slope,
        .gates = gates,
        .c_before = s > 0 ? steps->c + (size_t)before * states : NULL,
        .c = steps->c + (size_t)t * states,
        .dy = generic_is_output(lstm, s) ? b->op->dy + generic_output(lstm, d, s) : NULL,
        .dy_stride = lstm->D * lstm->H,
        .mask_count = memory->recurrent_masks,
        .mask = memory->recurrent_mask + (size_t)(d * memory->recurrent_masks) * states,
        .dh = s < lstm->T - 1 ? memory->dh : NULL,
        .dc = memory->dc};
    if (!b->cuda->failed)
        cuda_check(b->cuda, launch_lstm_step_backward(b->cuda->stream, &step));
    if (s > 0)
        recurrent_back(b, d, gates);
}

/* One factor of z = (in * mask) . matrix over T steps of `width` columns: what its gradient is made of. */
struct factor {
    int T, width;
    const float *in; /* (T,N,width) */
    int mask_count;
    const float *mask; /* (mask_count,N,width) */
    const float *dz;   /* (T,N,4H) */
    float *dmatrix;    /* adds (width,4H) */
};

static size_t factor_count(const struct backward *b, const struct factor *f)
{
    return (size_t)b->lstm->N * (size_t)f->width;
}

/* dmatrix += (in * mask)^T . dz, of all gates at once or, with four masks, of one after the other. */
static void add_weight_gradient(const struct backward *b, const struct factor *f)
{
    const int H = b->lstm->H;
    struct product gradient = {.rows = f->width,
                               .columns = f->mask_count == GATE_COUNT ? H : GATE_COUNT * H,
                               .inner = f->T * b->lstm->N,
                               .a = {.at = f->in, .stride = f->width, .transposed = true},
                               .b = {.at = f->dz, .stride = GATE_COUNT * H},
                               .out = f->dmatrix,
                               .out_stride = GATE_COUNT * H,
                               .adds = true};
    if (f->mask_count == 0)
        product(b->cuda, &gradient);
    for (int m = 0; m < f->mask_count && !b->cuda->failed; m++) {
        const struct masked_steps masked = {.T = f->T,
                                            .count = factor_count(b, f),
                                            .in = f->in,
                                            .mask = f->mask + (size_t)m * factor_count(b, f),
                                            .out = b->memory.masked};
        cuda_check(b->cuda, launch_masked_steps(b->cuda->stream, &masked));
        gradient.a.at = b->memory.masked;
        product(b->cuda, &gradient);
        gradient.b.at += H;
        gradient.out += H;
    }
}

/* dx = dz . kernel^T times the masks; the second direction adds to the first one's. */
static void input_back(const struct backward *b, int d, const struct factor *f)
{
    const int H = b->lstm->H;
    struct product back = {
        .rows = (int)generic_rows(b->lstm),
        .columns = f->width,
        .inner = f->mask_count == GATE_COUNT ? H : GATE_COUNT * H,
        .a = {.at = f->dz, .stride = GATE_COUNT * H},
        .b = {.at = b->lstm->weights[d].kernel, .stride = GATE_COUNT * H, .transposed = true},
        .out = f->mask_count ? b->memory.masked : b->op->dx,
        .out_stride = f->width,
        .adds = f->mask_count == 0 && d > 0};
    if (f->mask_count == 0)
        product(b->cuda, &back);
    for (int m = 0; m < f->mask_count; m++) {
        const struct masked_steps masked = {.T = f->T,
                                            .count = factor_count(b, f),
                                            .in = b->memory.masked,
                                            .mask = f->mask + (size_t)m * factor_count(b, f),
                                            .out = b->op->dx,
                                            .adds = d > 0 || m > 0};
        product(b->cuda, &back);
        if (!b->cuda->failed)
            cuda_check(b->cuda, launch_masked_steps(b->cuda->stream, &masked));
        back.a.at += H;
        back.b.at += H;
    }
}

/* The recurrent product of the step at time t reads h of its neighbour before it: all pairs are h and dz without one
 * end of time each. */
static void add_recurrent_gradient(const struct backward *b, int d)
{
    const struct lstm *lstm = b->lstm;
    const struct generic_steps *steps = &b->memory.steps[d];
    const size_t states = generic_states(lstm);
    const bool forward = generic_time(lstm, d, 0) == 0;
    const int masks = b->memory.recurrent_masks;
    if (lstm->T > 1)
        add_weight_gradient(b,
                            &(struct factor){.T = lstm->T - 1,
                                             .width = lstm->H,
                                             .in = steps->h + (forward ? 0 : states),
                                             .mask_count = masks,
                                             .mask = b->memory.recurrent_mask + (size_t)(d * masks) * states,
                                             .dz = steps->gates + (forward ? GATE_COUNT * states : 0),
                                             .dmatrix = b->op->gradients[d].drecurrent_kernel});
}

static void add_gradients(const struct backward *b, int d)
{
    const struct lstm *lstm = b->lstm;
    const int masks = b->memory.input_masks;
    const struct factor input = {.T = lstm->T,
                                 .width = lstm->E,
                                 .in = lstm->x,
                                 .mask_count = masks,
                                 .mask = b->memory.input_mask + (size_t)(d * masks) * generic_inputs(lstm),
                                 .dz = b->memory.steps[d].gates,
                                 .dmatrix = b->op->gradients[d].dkernel};
    const struct column_sums bias = {.rows = generic_rows(lstm),
                                     .columns = GATE_COUNT * lstm->H,
                                     .in = input.dz,
                                     .parts = b->memory.parts,
                                     .sums = b->op->gradients[d].dbias};
    add_recurrent_gradient(b, d);
    add_weight_gradient(b, &input);
    if (!b->cuda->failed)
        cuda_check(b->cuda, launch_column_sums(b->cuda->stream, &bias));
    input_back(b, d, &input);
}

void generic_backward(struct cuda_backend *cuda, const struct lstm_backward *op)
{
    const struct backward b = {
        .cuda = cuda, .op = op, .lstm = &op->forward, .memory = generic_memory_of(&op->forward)};
    for (int d = 0; d < op->forward.D; d++) {
        for (int s = op->forward.T - 1; s >= 0; s--)
            step_back(&b, d, s);
        add_gradients(&b, d);
    }
}
