/* The fused engine's forward pass: weights are packed, all inputs projected by one product, and one kernel does all
 * steps. */
#include "lstm_fused_memory.h"
#include "product.h"

#include <limits.h>

static const char *fused_describe(struct cuda_backend *cuda, const struct lstm *op, struct error *error)
{
    (void)cuda;
    const size_t N = (size_t)op->N, D = (size_t)op->D;
    if (op->stacked > 0)
        error_set(error,
                  "the engine fused computes one LSTM layer at a time, not %d stacked ones; use "
                  "--engine cudnn",
                  op->stacked + 1);
    else if (op->H > FUSED_UNITS_MAX)
        error_set(error, "the engine fused takes 1 to %d units, not %d; use --engine %s", FUSED_UNITS_MAX,
                  op->H, op->recurrent.rate > 0.0f || op->hard_slope > 0.0f ? "generic" : "cudnn");
    else if (op->hard_slope > 0.0f)
        error_set(error, "the engine fused has no hard_sigmoid; use --engine generic");
    else if ((size_t)op->T * N > INT_MAX || N * D * GATE_COUNT * FUSED_UNITS_MAX > INT_MAX ||
             N * ((size_t)op->E + 1) > INT_MAX)
        error_set(
            error,
            "an LSTM of %d steps and %d rows is more than the engine fused takes at once; use a smaller "
            "--batch-size or --maxlen",
            op->T, op->N);
    else
        return "fused, one row a block";
    return NULL;
}

/* A table is projected instead of every place where it has fewer rows than there are places. */
static bool fused_takes_tokens(const struct lstm *op)
{
    return (size_t)op->V <= (size_t)op->T * (size_t)op->N;
}

/* Rows for every multiprocessor to do many in turn, as far as what lies in memory for each of their steps allows. */
static int fused_inference_rows(struct cuda_backend *cuda, const struct lstm *op)
{
    enum { ROWS_EACH = 64, MOST_BYTES = 256 << 20 };
    struct lstm many = *op;
    many.N = ROWS_EACH * cuda->multiprocessors / op->D;
    const bool of_tokens = op->V > 0 && fused_takes_tokens(&many);
    const size_t units = (size_t)lstm_fused_units(op->H);
    const size_t of_z = of_tokens ? 0 : (size_t)op->D * units * GATE_COUNT + (size_t)op->E,
                 of_y = op->sequences ? (size_t)(op->D * op->H) : 0;
    const size_t row_bytes = (size_t)op->T * (of_z + of_y) * sizeof(float);
    if (row_bytes > 0 && (size_t)many.N > MOST_BYTES / row_bytes)
        many.N = (int)(MOST_BYTES / row_bytes);
    return many.N > op->N ? many.N : op->N;
}

static void pack(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory)
{
    struct lstm_fused_pack pack = {.lstm = lstm_fused_of(op),
                                   .kernels = memory->kernels,
                                   .kernel = memory->kernel,
                                   .bias = memory->bias,
                                   .forward = memory->forward,
                                   .backward = memory->backward};
    for (int d = 0; d < op->D; d++)
        pack.weights[d] = op->weights[d];
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_fused_pack(cuda->stream, &pack));
}

/* z without bias and recurrent part, of both directions: of all steps and rows, with input masks each row by its own
 * kernel, or of the table's rows. */
static void project(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory)
{
    struct product projection = {.rows = op->V > 0 ? op->V : op->T * op->N,
                                 .columns = memory->step_count,
                                 .inner = op->E,
                                 .a = {.at = op->V > 0 ? op->embeddings : op->x, .stride = op->E},
                                 .b = {.at = memory->kernel, .stride = memory->step_count},
                                 .out = memory->z,
                                 .out_stride = memory->step_count};
    if (op->input.rate > 0.0f) {
        projection.rows = op->T;
        projection.batch = op->N;
        projection.a.stride = op->N * op->E;
        projection.a.step = (size_t)op->E;
        projection.b.step = (size_t)op->E * (size_t)memory->step_count;
        projection.out_stride = op->N * memory->step_count;
        projection.out_step = (size_t)memory->step_count;
    }
    product(cuda, &projection);
}

/* Whether rows begin after their pads, with the state that one row computes for all. That row goes first, so it pays
 * only where every multiprocessor has many rows; the bits are the same. */
static bool shares_pads(const struct cuda_backend *cuda, const struct lstm *op)
{
    enum { ROWS_EACH = 4 };
    return !op->saved && !(op->D == 1 && op->reversed) && op->N * op->D >= ROWS_EACH * cuda->multiprocessors;
}

static void run_steps(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory)
{
    struct lstm_fused_forward forward = {.lstm = lstm_fused_of(op),
                                         .purpose = op->saved ? FUSED_TRAINING : FUSED_INFERENCE,
                                         .recurrent = memory->forward,
                                         .bias = memory->bias,
                                         .z = memory->z,
                                         .tokens = op->V > 0 ? op->tokens : NULL,
                                         .y = op->y,
                                         .slopes = memory->slopes,
                                         .paths = memory->paths,
                                         .h_before = memory->h_before};
    if (shares_pads(cuda, op)) {
        forward.pads = op->pads;
        forward.states = memory->states;
        struct lstm_fused_forward of_pads = forward;
        of_pads.purpose = FUSED_PADS;
        if (!cuda->failed)
            cuda_check(cuda, launch_lstm_fused_forward(cuda->stream, &of_pads));
    }
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_fused_forward(cuda->stream, &forward));
}

/* What the backward pass needs to know of the tokens is made beside the steps, which leave multiprocessors idle. */
static void prepare_table_back(struct cuda_backend *cuda, const struct lstm *op,
                               const struct fused_memory *memory)
{
    const struct token_batch batch = fused_batch(op);
    const size_t bytes = (size_t)op->V * (size_t)memory->step_count * sizeof(float);
    cuda_fork(cuda);
    token_order_sort(cuda, cuda->side.stream, &memory->order, &batch);
    if (!cuda->failed)
        cuda_check(cuda, cudaMemsetAsync(memory->dtable, 0, bytes, cuda->side.stream));
}

static void fused_forward(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct fused_memory memory = fused_memory_of(op);
    const bool of_table = op->saved && op->V > 0;
    if (of_table)
        prepare_table_back(cuda, op, &memory);
    pack(cuda, op, &memory);
    project(cuda, op, &memory);
    run_steps(cuda, op, &memory);
    if (of_table)
        cuda_join(cuda);
}

const struct lstm_engine lstm_engine_fused = {.describe = fused_describe,
                                              .takes_tokens = fused_takes_tokens,
                                              .sizes = fused_sizes,
                                              .inference_rows = fused_inference_rows,
                                              .forward = fused_forward,
                                              .backward = fused_backward};
