#include "ops/lstm_case_data.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"

#include <math.h>
#include <stdlib.h>

static struct dropout upload_dropout(struct guarded *memory, const struct lstm_case *lstm_case,
                                     enum dropout_kind kind, float rate, const uint8_t *keep, int width)
{
    if (!(rate > 0.0f))
        return (struct dropout){.rate = 0.0f};
    if (lstm_case->form.given)
        return (struct dropout){
            .rate = rate,
            .keep = guarded_input(memory, "keep", keep, lstm_case_mask_count(lstm_case, width))};
    struct step_state state = {.first_row = 1000, .step = LSTM_CASE_STEP, .alpha = NAN};
    return (struct dropout){.rate = rate,
                            .seed = LSTM_CASE_SEED,
                            .stream = dropout_stream(LSTM_CASE_LAYER, kind),
                            .first_row = lstm_case->form.first_row,
                            .state = guarded_input(memory, "state", &state, sizeof state)};
}

static const float *upload_tensor(struct guarded *memory, const struct lstm_case *lstm_case,
                                  const struct lstm_tensor *tensor)
{
    return guarded_input(memory, tensor->name, lstm_case->weights + tensor->offset,
                         tensor->count * sizeof(float));
}

static void upload_inputs(struct guarded *memory, const struct lstm_case *lstm_case, struct lstm *op)
{
    const struct lstm_form *form = &lstm_case->form;
    size_t tokens = (size_t)op->N * (size_t)op->T;
    if (form->x) {
        op->x = guarded_input(memory, "x", lstm_case->x, lstm_case->x_count * sizeof(float));
    } else {
        op->V = lstm_case->dims.V;
        op->tokens = guarded_input(memory, "tokens", lstm_case->tokens, tokens * sizeof(int32_t));
        op->embeddings = upload_tensor(memory, lstm_case, lstm_case_embeddings(lstm_case));
    }
    for (int direction = 0; direction < form->D; direction++)
        op->weights[direction] = (struct lstm_weights){
            upload_tensor(memory, lstm_case, lstm_case_tensor(lstm_case, direction, LSTM_KERNEL)),
            upload_tensor(memory, lstm_case, lstm_case_tensor(lstm_case, direction, LSTM_RECURRENT_KERNEL)),
            upload_tensor(memory, lstm_case, lstm_case_tensor(lstm_case, direction, LSTM_BIAS))};
    op->input =
        upload_dropout(memory, lstm_case, DROPOUT_GATE_INPUT, form->input_rate, lstm_case->input_keep, op->E);
    op->recurrent = upload_dropout(memory, lstm_case, DROPOUT_GATE_RECURRENT, form->recurrent_rate,
                                   lstm_case->recurrent_keep, op->H);
}

/* The op with its inputs uploaded, each tensor a buffer of its own. */
static struct lstm upload(struct guarded *memory, const struct lstm_case *lstm_case, enum pads_known pads)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const struct lstm_form *form = &lstm_case->form;
    struct lstm op = {.T = d->T,
                      .N = d->N,
                      .E = d->E,
                      .H = d->H,
                      .D = form->D,
                      .reversed = form->reversed,
                      .sequences = form->sequences,
                      .mask_count = form->mask_count,
                      .hard_slope = form->hard_slope};
    upload_inputs(memory, lstm_case, &op);
    op.pads = guarded_input(memory, "pads", pads == PADS_KNOWN ? lstm_case->pads : lstm_case->none,
                            (size_t)d->N * sizeof(int32_t));
    struct op_sizes sizes = memory->backend->memory->lstm_sizes(memory->backend, &op);
    op.saved = guarded_output(memory, "saved", sizes.saved_bytes);
    op.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    op.y = guarded_output(memory, "y", lstm_case->y_count * sizeof(float));
    return op;
}

static void run_backward(struct guarded *memory, const struct lstm_case *lstm_case,
                         const struct lstm *forward, struct lstm_result *result)
{
    struct backend *backend = memory->backend;
    float *tensors[LSTM_TENSORS_MAX] = {NULL};
    for (int i = 0; i < lstm_case->tensor_count; i++)
        tensors[i] = guarded_inout(memory, lstm_case->tensors[i].name,
                                   lstm_case->before + lstm_case->tensors[i].offset,
                                   lstm_case->tensors[i].count * sizeof(float));
    struct lstm_backward op = {
        .forward = *forward,
        .dy = guarded_input(memory, "dy", lstm_case->dy, lstm_case->y_count * sizeof(float))};
    for (int direction = 0; direction < forward->D; direction++) {
        float **own = tensors + direction * LSTM_DIRECTION_TENSORS;
        op.gradients[direction] =
            (struct lstm_gradients){own[LSTM_KERNEL], own[LSTM_RECURRENT_KERNEL], own[LSTM_BIAS]};
    }
    if (lstm_case->form.x)
        op.dx = guarded_output(memory, "dx", lstm_case->x_count * sizeof(float));
    else
        op.dembeddings = tensors[lstm_case->tensor_count - 1];
    backend->ops->lstm_backward(backend, &op);
    for (int i = 0; i < lstm_case->tensor_count; i++)
        backend->memory->download(backend, result->gradients + lstm_case->tensors[i].offset, tensors[i],
                                  lstm_case->tensors[i].count * sizeof(float));
    if (lstm_case->form.x)
        backend->memory->download(backend, result->dx, op.dx, lstm_case->x_count * sizeof(float));
}

void lstm_case_run(const struct lstm_case *lstm_case, struct backend *backend, enum pads_known pads,
                   struct lstm_result *result)
{
    struct guarded memory = guarded_open(backend);
    size_t y_bytes = lstm_case->y_count * sizeof(float);
    *result = (struct lstm_result){.pads_known = pads == PADS_KNOWN,
                                   .y = allocate(lstm_case->y_count, sizeof(float)),
                                   .y_inference = allocate(lstm_case->y_count, sizeof(float)),
                                   .gradients = allocate(lstm_case->count, sizeof(float)),
                                   .dx = allocate(lstm_case->x_count, sizeof(float))};
    struct lstm op = upload(&memory, lstm_case, pads), inference = op;
    inference.saved = NULL;
    inference.scratch = guarded_output(&memory, "scratch of inference",
                                       backend->memory->lstm_sizes(backend, &op).inference_bytes);
    inference.y = guarded_output(&memory, "y of inference", y_bytes);
    backend->ops->lstm(backend, &inference);
    backend->ops->lstm(backend, &op);
    run_backward(&memory, lstm_case, &op, result);
    backend->memory->download(backend, result->y, op.y, y_bytes);
    backend->memory->download(backend, result->y_inference, inference.y, y_bytes);
    guarded_close(&memory);
}

void lstm_result_close(struct lstm_result *result)
{
    free(result->y);
    free(result->y_inference);
    free(result->gradients);
    free(result->dx);
}
