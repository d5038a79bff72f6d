#include "ops/lstm_case_data.h"

#include "compare.h"
#include "matinee/dims.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lstm_form lstm_of_tokens = {.D = 1};

static float uniform(struct rng *rng, double limit)
{
    return (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

size_t lstm_case_mask_count(const struct lstm_case *lstm_case, int width)
{
    return (size_t)lstm_case->form.D * (size_t)lstm_case->form.mask_count * (size_t)lstm_case->dims.N *
           (size_t)width;
}

const struct lstm_tensor *lstm_case_tensor(const struct lstm_case *lstm_case, int direction, int tensor)
{
    return &lstm_case->tensors[direction * LSTM_DIRECTION_TENSORS + tensor];
}

const struct lstm_tensor *lstm_case_embeddings(const struct lstm_case *lstm_case)
{
    return lstm_case->form.x ? NULL : &lstm_case->tensors[lstm_case->tensor_count - 1];
}

static void add_tensor(struct lstm_case *lstm_case, const char *name, size_t count)
{
    lstm_case->tensors[lstm_case->tensor_count++] = (struct lstm_tensor){name, lstm_case->count, count};
    lstm_case->count += count;
}

static void lay_out(struct lstm_case *lstm_case)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const struct lstm_form *form = &lstm_case->form;
    static const char *const names[DIRECTIONS_MAX][LSTM_DIRECTION_TENSORS] = {
        {"kernel", "recurrent kernel", "bias"}, {"second kernel", "second recurrent kernel", "second bias"}};
    size_t columns = GATE_COUNT * (size_t)d->H;
    size_t counts[LSTM_DIRECTION_TENSORS] = {(size_t)d->E * columns, (size_t)d->H * columns, columns};
    for (int direction = 0; direction < form->D; direction++)
        for (int i = 0; i < LSTM_DIRECTION_TENSORS; i++)
            add_tensor(lstm_case, names[direction][i], counts[i]);
    if (!form->x)
        add_tensor(lstm_case, "embeddings", (size_t)d->V * (size_t)d->E);
    lstm_case->x_count = form->x ? (size_t)d->T * (size_t)d->N * (size_t)d->E : 0;
    lstm_case->y_count = (form->sequences ? (size_t)d->T : 1) * (size_t)d->N * (size_t)form->D * (size_t)d->H;
}

static void fill_row(struct lstm_case *lstm_case, int n, int pads, struct rng *rng)
{
    int T = lstm_case->dims.T;
    uint32_t V = (uint32_t)lstm_case->dims.V;
    int32_t *row = lstm_case->tokens + (size_t)n * (size_t)T;
    for (int t = 0; t < T; t++)
        row[t] = t < pads ? 0 : (int32_t)rng_below(rng, V);
    if (pads < T)
        row[pads] = 1 + (int32_t)rng_below(rng, V - 1);
    lstm_case->pads[n] = pads;
}

static void fill_rows(struct lstm_case *lstm_case, enum rows_kind rows, struct rng *rng)
{
    int T = lstm_case->dims.T;
    struct rng first_row = *rng;
    for (int n = 0; n < lstm_case->dims.N; n++) {
        int any = (int)rng_below(rng, (uint32_t)T + 1);
        struct rng again = first_row;
        switch (rows) {
        case ROWS_MIXED:
            fill_row(lstm_case, n, n == 0 ? 0 : n == 1 ? T : any, rng);
            break;
        case ROWS_ALL_PADS:
            fill_row(lstm_case, n, T, rng);
            break;
        case ROWS_NO_PADS:
            fill_row(lstm_case, n, 0, rng);
            break;
        case ROWS_EQUAL:
            fill_row(lstm_case, n, T / 3, &again);
            break;
        }
    }
    if (lstm_case->form.input_rate > 0 || lstm_case->form.recurrent_rate > 0)
        memset(lstm_case->pads, 0, (size_t)lstm_case->dims.N * sizeof *lstm_case->pads);
}

/* Weights so large that gates leave their linear range, yet gradients reach the first step. */
static void fill_weights(struct lstm_case *lstm_case, struct rng *rng)
{
    double limits[LSTM_DIRECTION_TENSORS] = {2.0 / sqrt(lstm_case->dims.E), 1.5 / sqrt(lstm_case->dims.H),
                                             1.0};
    for (int i = 0; i < lstm_case->tensor_count; i++) {
        const struct lstm_tensor *tensor = &lstm_case->tensors[i];
        double limit = tensor == lstm_case_embeddings(lstm_case) ? 1.0 : limits[i % LSTM_DIRECTION_TENSORS];
        for (size_t k = 0; k < tensor->count; k++)
            lstm_case->weights[tensor->offset + k] = uniform(rng, limit);
    }
    for (size_t k = 0; k < lstm_case->y_count; k++)
        lstm_case->dy[k] = uniform(rng, 1.0);
}

/* x[t,n] is a random table's row of the token: so rows are equal in the pads that they share. */
static void fill_x(struct lstm_case *lstm_case, struct rng *rng)
{
    size_t T = (size_t)lstm_case->dims.T, N = (size_t)lstm_case->dims.N, E = (size_t)lstm_case->dims.E;
    size_t table_count = (size_t)lstm_case->dims.V * E;
    float *table = allocate(table_count, sizeof *table);
    for (size_t k = 0; k < table_count; k++)
        table[k] = uniform(rng, 1.0);
    for (size_t t = 0; t < T; t++)
        for (size_t n = 0; n < N; n++)
            memcpy(lstm_case->x + (t * N + n) * E, table + (size_t)lstm_case->tokens[n * T + t] * E,
                   E * sizeof *table);
    free(table);
}

/* The masks as backend.h defines them: (D,mask_count,N,width), and what of them is kept. NULL without a rate. */
static double *make_masks(const struct lstm_case *lstm_case, enum dropout_kind kind, float rate, int width,
                          uint8_t **keep)
{
    if (!(rate > 0.0f))
        return NULL;
    const struct lstm_form *form = &lstm_case->form;
    size_t count = lstm_case_mask_count(lstm_case, width), at = 0;
    uint32_t stream = dropout_stream(LSTM_CASE_LAYER, kind);
    double *masks = allocate(count, sizeof *masks);
    float *row = allocate((size_t)width, sizeof *row);
    *keep = allocate(count, 1);
    for (int direction = 0; direction < form->D; direction++)
        for (int gate = 0; gate < form->mask_count; gate++) {
            struct dropout_key key = {LSTM_CASE_SEED, dropout_gate_stream(stream, direction, gate),
                                      LSTM_CASE_STEP};
            for (int n = 0; n < lstm_case->dims.N; n++) {
                dropout_mask(&key, form->first_row + (uint32_t)n, rate, 0, (size_t)width, row);
                for (int k = 0; k < width; k++, at++) {
                    masks[at] = row[k];
                    (*keep)[at] = row[k] > 0.0f;
                }
            }
        }
    free(row);
    return masks;
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = values[k];
    return wide;
}

static void bind_directions(const struct lstm_case *lstm_case, struct reference_lstm_backward *op,
                            const double *weights)
{
    for (int direction = 0; direction < lstm_case->form.D; direction++) {
        size_t kernel = lstm_case_tensor(lstm_case, direction, LSTM_KERNEL)->offset;
        size_t recurrent = lstm_case_tensor(lstm_case, direction, LSTM_RECURRENT_KERNEL)->offset;
        size_t bias = lstm_case_tensor(lstm_case, direction, LSTM_BIAS)->offset;
        op->forward.weights[direction] =
            (struct reference_lstm_weights){weights + kernel, weights + recurrent, weights + bias};
        double *gradient = lstm_case->gradient;
        op->gradients[direction] =
            (struct reference_lstm_gradients){gradient + kernel, gradient + recurrent, gradient + bias};
    }
}

static void run_reference(struct lstm_case *lstm_case)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const struct lstm_form *form = &lstm_case->form;
    double *weights = widen(lstm_case->weights, lstm_case->count);
    double *x = widen(lstm_case->x, lstm_case->x_count), *dy = widen(lstm_case->dy, lstm_case->y_count);
    double *input_mask =
        make_masks(lstm_case, DROPOUT_GATE_INPUT, form->input_rate, d->E, &lstm_case->input_keep);
    double *recurrent_mask =
        make_masks(lstm_case, DROPOUT_GATE_RECURRENT, form->recurrent_rate, d->H, &lstm_case->recurrent_keep);
    struct reference_lstm_backward op = {.forward = {.T = d->T,
                                                     .N = d->N,
                                                     .V = form->x ? 0 : d->V,
                                                     .E = d->E,
                                                     .H = d->H,
                                                     .D = form->D,
                                                     .reversed = form->reversed,
                                                     .sequences = form->sequences,
                                                     .mask_count = form->mask_count,
                                                     .hard_slope = form->hard_slope,
                                                     .input_mask = input_mask,
                                                     .recurrent_mask = recurrent_mask,
                                                     .tokens = lstm_case->tokens,
                                                     .x = x,
                                                     .y = lstm_case->y},
                                         .dy = dy,
                                         .dx = lstm_case->dx};
    if (!form->x) {
        op.forward.embeddings = weights + lstm_case_embeddings(lstm_case)->offset;
        op.dembeddings = lstm_case->gradient + lstm_case_embeddings(lstm_case)->offset;
    }
    bind_directions(lstm_case, &op, weights);
    op.forward.saved = allocate(reference_lstm_saved_count(&op.forward), sizeof(double));
    reference_lstm(&op.forward);
    reference_lstm_backward(&op);
    double *const owned[] = {weights, x, dy, input_mask, recurrent_mask, op.forward.saved};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

/* Half as large as the gradients that are added, so that the sum loses no digits of theirs. */
static void fill_before(struct lstm_case *lstm_case, struct rng *rng)
{
    for (int i = 0; i < lstm_case->tensor_count; i++) {
        const struct lstm_tensor *tensor = &lstm_case->tensors[i];
        double largest = of_largest(1.0, lstm_case->gradient + tensor->offset, tensor->count).absolute;
        for (size_t k = 0; k < tensor->count; k++)
            lstm_case->before[tensor->offset + k] = uniform(rng, 0.5 * largest);
    }
}

static void name_case(struct lstm_case *lstm_case, enum rows_kind rows)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const struct lstm_form *form = &lstm_case->form;
    snprintf(lstm_case->name, sizeof lstm_case->name,
             "T=%d N=%d V=%d E=%d H=%d rows %d, D=%d%s%s%s rates %g %g masks %d%s slope %g", d->T, d->N, d->V,
             d->E, d->H, (int)rows, form->D, form->reversed ? " reversed" : "",
             form->sequences ? " sequences" : "", form->x ? " x" : " tokens", (double)form->input_rate,
             (double)form->recurrent_rate, form->mask_count, form->given ? " given" : "",
             (double)form->hard_slope);
}

void lstm_case_open(struct lstm_case *lstm_case, struct lstm_dims dims, struct lstm_form form,
                    enum rows_kind rows)
{
    struct rng rng =
        rng_open((uint64_t)(dims.T + 1000 * dims.N), RNG_SAMPLE, (uint32_t)(dims.E + 1000 * dims.H));
    size_t N = (size_t)dims.N;
    *lstm_case = (struct lstm_case){.dims = dims, .form = form};
    name_case(lstm_case, rows);
    lay_out(lstm_case);
    lstm_case->tokens = allocate(N * (size_t)dims.T, sizeof(int32_t));
    lstm_case->pads = allocate(N, sizeof(int32_t));
    lstm_case->none = allocate(N, sizeof(int32_t));
    lstm_case->x = allocate(lstm_case->x_count, sizeof(float));
    lstm_case->dx = allocate(lstm_case->x_count, sizeof(double));
    lstm_case->weights = allocate(lstm_case->count, sizeof(float));
    lstm_case->before = allocate(lstm_case->count, sizeof(float));
    lstm_case->gradient = allocate(lstm_case->count, sizeof(double));
    lstm_case->dy = allocate(lstm_case->y_count, sizeof(float));
    lstm_case->y = allocate(lstm_case->y_count, sizeof(double));
    fill_rows(lstm_case, rows, &rng);
    fill_weights(lstm_case, &rng);
    if (form.x)
        fill_x(lstm_case, &rng);
    run_reference(lstm_case);
    fill_before(lstm_case, &rng);
}

void lstm_case_close(struct lstm_case *lstm_case)
{
    void *const owned[] = {lstm_case->tokens, lstm_case->pads,       lstm_case->none,
                           lstm_case->x,      lstm_case->input_keep, lstm_case->recurrent_keep,
                           lstm_case->dx,     lstm_case->weights,    lstm_case->before,
                           lstm_case->dy,     lstm_case->y,          lstm_case->gradient};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}
