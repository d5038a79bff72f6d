/* Makes the cudnn engine's plans: descriptors, where the weights stand, and the algorithm, chosen by trying. */
#include "lstm_cudnn.h"

#include "cudnn_dropout.h"

#include <stdlib.h>

/* In the order in which they are tried. Keras has one bias; an algorithm that wants two has a second of zeros. */
struct variant {
    cudnnRNNAlgo_t algorithm;
    cudnnRNNBiasMode_t bias;
    const char *name;
};

static const struct variant variants[] = {
    {CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, CUDNN_RNN_SINGLE_INP_BIAS,
     "cudnn, persistent static algorithm for small H"},
    {CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, CUDNN_RNN_DOUBLE_BIAS,
     "cudnn, persistent static algorithm for small H, two biases"},
    {CUDNN_RNN_ALGO_PERSIST_DYNAMIC, CUDNN_RNN_SINGLE_INP_BIAS, "cudnn, persistent dynamic algorithm"},
    {CUDNN_RNN_ALGO_PERSIST_DYNAMIC, CUDNN_RNN_DOUBLE_BIAS,
     "cudnn, persistent dynamic algorithm, two biases"},
    {CUDNN_RNN_ALGO_STANDARD, CUDNN_RNN_SINGLE_INP_BIAS, "cudnn, standard algorithm"},
};

enum { VARIANT_COUNT = sizeof variants / sizeof variants[0] };

static const struct variant *const standard = &variants[VARIANT_COUNT - 1];

static void release(struct cudnn_plan *plan)
{
    if (plan->rnn)
        cudnnDestroyRNNDescriptor(plan->rnn);
    if (plan->x)
        cudnnDestroyRNNDataDescriptor(plan->x);
    if (plan->y)
        cudnnDestroyRNNDataDescriptor(plan->y);
    if (plan->state)
        cudnnDestroyTensorDescriptor(plan->state);
    free(plan->host_lengths);
}

/* Host memory. */
static void *take(struct cuda_backend *cuda, size_t bytes)
{
    struct error error;
    void *memory = malloc(bytes);
    if (!memory) {
        error_memory(&error, "a plan of cuDNN's LSTM", bytes);
        cuda_refuse(cuda, &error);
    }
    return memory;
}

static bool fill_lengths(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    const struct cudnn_shape *s = &plan->shape;
    plan->host_lengths = take(cuda, (size_t)s->N * sizeof *plan->host_lengths);
    if (!plan->host_lengths)
        return false;
    for (int n = 0; n < s->N; n++)
        plan->host_lengths[n] = s->T;
    return true;
}

static bool create(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    return cudnn_check(cuda, cudnnCreateRNNDescriptor(&plan->rnn)) &&
           cudnn_check(cuda, cudnnCreateRNNDataDescriptor(&plan->x)) &&
           cudnn_check(cuda, cudnnCreateRNNDataDescriptor(&plan->y)) &&
           cudnn_check(cuda, cudnnCreateTensorDescriptor(&plan->state)) && fill_lengths(cuda, plan);
}

/* FMA is float32 throughout; the default math may use TF32. */
static enum cudnn_outcome set_rnn(struct cuda_backend *cuda, struct cudnn_plan *plan,
                                  const struct variant *variant)
{
    const struct cudnn_shape *s = &plan->shape;
    cudnnDropoutDescriptor_t dropout = cudnn_dropout_descriptor(cuda, s->rate);
    if (!dropout)
        return CUDNN_FAILED;
    enum cudnn_outcome outcome = cudnn_try(
        cuda, plan,
        cudnnSetRNNDescriptor_v8(
            plan->rnn, variant->algorithm, CUDNN_LSTM, variant->bias,
            s->D == 2 ? CUDNN_BIDIRECTIONAL : CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT, CUDNN_DATA_FLOAT,
            CUDNN_DATA_FLOAT, cuda->options.precision == PRECISION_TF32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH,
            s->E, s->H, s->H, s->layers, dropout, CUDNN_RNN_PADDED_IO_ENABLED));
    if (outcome == CUDNN_TAKEN && variant->algorithm == CUDNN_RNN_ALGO_PERSIST_DYNAMIC)
        outcome = cudnn_try(cuda, plan, cudnnBuildRNNDynamic(cuda->cudnn, plan->rnn, s->N));
    return outcome;
}

static enum cudnn_outcome set_tensors(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    const struct cudnn_shape *s = &plan->shape;
    const cudnnRNNDataLayout_t layout = CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED;
    const int dims[] = {s->layers * s->D, s->N, s->H}, strides[] = {s->N * s->H, s->H, 1};
    float fill = 0.0f;
    enum cudnn_outcome outcome = cudnn_try(cuda, plan,
                                           cudnnSetRNNDataDescriptor(plan->x, CUDNN_DATA_FLOAT, layout, s->T,
                                                                     s->N, s->E, plan->host_lengths, &fill));
    if (outcome == CUDNN_TAKEN)
        outcome = cudnn_try(cuda, plan,
                            cudnnSetRNNDataDescriptor(plan->y, CUDNN_DATA_FLOAT, layout, s->T, s->N,
                                                      s->D * s->H, plan->host_lengths, &fill));
    if (outcome == CUDNN_TAKEN)
        outcome = cudnn_try(cuda, plan,
                            cudnnSetTensorNdDescriptor(plan->state, CUDNN_DATA_FLOAT, 3, dims, strides));
    return outcome;
}

static enum cudnn_outcome ask_sizes(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    size_t no_reserve;
    enum cudnn_outcome outcome =
        cudnn_try(cuda, plan, cudnnGetRNNWeightSpaceSize(cuda->cudnn, plan->rnn, &plan->weights_bytes));
    if (outcome == CUDNN_TAKEN)
        outcome =
            cudnn_try(cuda, plan,
                      cudnnGetRNNTempSpaceSizes(cuda->cudnn, plan->rnn, CUDNN_FWD_MODE_TRAINING, plan->x,
                                                &plan->training_work_bytes, &plan->reserve_bytes));
    if (outcome == CUDNN_TAKEN)
        outcome = cudnn_try(cuda, plan,
                            cudnnGetRNNTempSpaceSizes(cuda->cudnn, plan->rnn, CUDNN_FWD_MODE_INFERENCE,
                                                      plan->x, &plan->inference_work_bytes, &no_reserve));
    return outcome;
}

static enum cudnn_outcome set_up(struct cuda_backend *cuda, struct cudnn_plan *plan,
                                 const struct variant *variant)
{
    plan->must_run = variant == standard;
    if (!create(cuda, plan))
        return CUDNN_FAILED;
    enum cudnn_outcome outcome = set_rnn(cuda, plan, variant);
    if (outcome == CUDNN_TAKEN)
        outcome = set_tensors(cuda, plan);
    if (outcome == CUDNN_TAKEN)
        outcome = ask_sizes(cuda, plan);
    plan->name = variant->name;
    plan->sizes = cudnn_sizes(plan);
    return outcome;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Room for the standard algorithm, too: a smaller batch may have to take it. */
static enum cudnn_outcome add_standard_sizes(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    struct cudnn_plan other = {.shape = plan->shape};
    enum cudnn_outcome outcome = set_up(cuda, &other, standard);
    if (outcome == CUDNN_TAKEN) {
        plan->sizes.saved_bytes = most(plan->sizes.saved_bytes, other.sizes.saved_bytes);
        plan->sizes.scratch_bytes = most(plan->sizes.scratch_bytes, other.sizes.scratch_bytes);
        plan->sizes.inference_bytes = most(plan->sizes.inference_bytes, other.sizes.inference_bytes);
    }
    release(&other);
    return outcome == CUDNN_FAILED ? CUDNN_FAILED : CUDNN_TAKEN;
}

static bool same_but_for_rows(const struct cudnn_shape *a, const struct cudnn_shape *b)
{
    return a->T == b->T && a->E == b->E && a->H == b->H && a->D == b->D && a->layers == b->layers &&
           a->reversed == b->reversed && a->sequences == b->sequences && !(a->rate < b->rate) &&
           !(a->rate > b->rate);
}

/* The areas of an op are as large as its largest batch was said to need: another algorithm must not need more. */
static bool fits(const struct cuda_backend *cuda, const struct cudnn_plan *plan)
{
    for (const struct cudnn_plan *known = cuda->plans; known; known = known->next)
        if (known->name && same_but_for_rows(&known->shape, &plan->shape) && known->shape.N > plan->shape.N &&
            (known->sizes.saved_bytes < plan->sizes.saved_bytes ||
             known->sizes.scratch_bytes < plan->sizes.scratch_bytes ||
             known->sizes.inference_bytes < plan->sizes.inference_bytes))
            return false;
    return true;
}

/* Where one matrix and its bias stand in a weight space at `base`. */
static enum cudnn_outcome find_place(struct cuda_backend *cuda, struct cudnn_plan *plan, int direction,
                                     int lin, char *base, const cudnnTensorDescriptor_t tensors[2])
{
    struct cudnn_places *places = &plan->layout.places[direction];
    const int H = plan->shape.H, width = lin >= GATE_COUNT           ? H
                                         : direction < plan->shape.D ? plan->shape.E
                                                                     : plan->shape.D * H;
    void *matrix = NULL, *bias = NULL;
    enum cudnn_outcome outcome =
        cudnn_try(cuda, plan,
                  cudnnGetRNNWeightParams(cuda->cudnn, plan->rnn, direction, plan->weights_bytes, base, lin,
                                          tensors[0], &matrix, tensors[1], &bias));
    if (outcome != CUDNN_TAKEN)
        return outcome;
    cudnnDataType_t type;
    int rank, dims[3], strides[3];
    if (!matrix || (lin < GATE_COUNT && !bias))
        return CUDNN_REFUSED;
    outcome = cudnn_try(cuda, plan, cudnnGetTensorNdDescriptor(tensors[0], 3, &type, &rank, dims, strides));
    if (outcome == CUDNN_TAKEN && (rank != 3 || dims[1] != H || dims[2] != width || strides[1] != width))
        return CUDNN_REFUSED;
    places->matrix[lin] = (size_t)((char *)matrix - base) / sizeof(float);
    places->bias[lin] = bias ? (size_t)((char *)bias - base) / sizeof(float) : CUDNN_NO_BIAS;
    return outcome;
}

static enum cudnn_outcome find_places(struct cuda_backend *cuda, struct cudnn_plan *plan)
{
    const struct cudnn_shape *s = &plan->shape;
    void *base = NULL;
    cudnnTensorDescriptor_t tensors[2] = {NULL, NULL};
    enum cudnn_outcome outcome = CUDNN_FAILED;
    plan->layout = (struct cudnn_layout){.E = s->E, .H = s->H, .D = s->D, .layers = s->layers};
    if (cuda_check(cuda, cudaMalloc(&base, plan->weights_bytes)) &&
        cudnn_check(cuda, cudnnCreateTensorDescriptor(&tensors[0])) &&
        cudnn_check(cuda, cudnnCreateTensorDescriptor(&tensors[1])))
        outcome = CUDNN_TAKEN;
    for (int direction = 0; direction < s->layers * s->D; direction++)
        for (int lin = 0; outcome == CUDNN_TAKEN && lin < CUDNN_MATRICES; lin++)
            outcome = find_place(cuda, plan, direction, lin, base, tensors);
    for (int i = 0; i < 2; i++)
        if (tensors[i])
            cudnnDestroyTensorDescriptor(tensors[i]);
    cudaFree(base);
    return outcome;
}

/* Memory of a trial: x, dx and y, each in whole units of alignment, then the op's areas. */
struct trial {
    size_t x_floats, y_floats, bytes;
};

static struct trial trial_of(const struct cudnn_plan *plan)
{
    const struct cudnn_shape *s = &plan->shape;
    const size_t steps = (size_t)s->T * (size_t)s->N, unit = 64;
    struct trial trial = {.x_floats = (steps * (size_t)s->E + unit - 1) / unit * unit,
                          .y_floats = (steps * (size_t)(s->D * s->H) + unit - 1) / unit * unit};
    trial.bytes = (2 * trial.x_floats + trial.y_floats) * sizeof(float) + plan->sizes.saved_bytes +
                  most(plan->sizes.scratch_bytes, plan->sizes.inference_bytes);
    return trial;
}

/* Both passes and inference. */
static enum cudnn_outcome run_all(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                  const struct trial *trial, float *memory)
{
    float *x = memory, *dx = x + trial->x_floats, *y = dx + trial->x_floats;
    char *saved = (char *)(y + trial->y_floats), *scratch = saved + plan->sizes.saved_bytes;
    struct cudnn_areas areas = cudnn_training_areas(plan, saved, scratch);
    int32_t *lengths = areas.lengths;
    enum cudnn_outcome outcome = cudnn_run_forward(cuda, plan, CUDNN_FWD_MODE_TRAINING, &areas, x, areas.y);
    if (outcome == CUDNN_TAKEN)
        outcome = cudnn_run_backward(cuda, plan, &areas, x, y, dx);
    areas = cudnn_inference_areas(plan, scratch);
    areas.lengths = lengths;
    if (outcome == CUDNN_TAKEN)
        outcome = cudnn_run_forward(cuda, plan, CUDNN_FWD_MODE_INFERENCE, &areas, x, y);
    return outcome;
}

/* Steps are recorded: an algorithm that allocates or waits while it is enqueued would end that. Nothing runs. */
static enum cudnn_outcome capture_all(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                      const struct trial *trial, float *memory)
{
    cudaGraph_t graph = NULL;
    if (!cuda_check(cuda, cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal)))
        return CUDNN_FAILED;
    enum cudnn_outcome outcome = run_all(cuda, plan, trial, memory);
    if (cudaStreamEndCapture(cuda->stream, &graph) != cudaSuccess) {
        cudaGetLastError(); /* or the next launch would take it for its own */
        outcome = outcome == CUDNN_FAILED ? CUDNN_FAILED : CUDNN_REFUSED;
    }
    if (graph && !cuda_check(cuda, cudaGraphDestroy(graph)))
        return CUDNN_FAILED;
    return outcome;
}

/* On zeros. */
static enum cudnn_outcome run_trial(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                    const struct trial *trial, float *memory)
{
    char *saved = (char *)(memory + 2 * trial->x_floats + trial->y_floats);
    int32_t *lengths = cudnn_training_areas(plan, saved, NULL).lengths;
    const size_t lengths_bytes = (size_t)plan->shape.N * sizeof *lengths;
    if (!cuda_check(cuda, cudaMemsetAsync(memory, 0, trial->bytes, cuda->stream)) ||
        !cuda_check(cuda, cudaMemcpyAsync(lengths, plan->host_lengths, lengths_bytes, cudaMemcpyHostToDevice,
                                          cuda->stream)) ||
        (plan->shape.rate > 0.0f && !cudnn_dropout_prepare(cuda)))
        return CUDNN_FAILED;
    enum cudnn_outcome outcome = run_all(cuda, plan, trial, memory);
    if (!cuda_check(cuda, cudaStreamSynchronize(cuda->stream)))
        return CUDNN_FAILED;
    const bool captures = outcome == CUDNN_TAKEN && !plan->must_run && !cuda->options.no_graph;
    return captures ? capture_all(cuda, plan, trial, memory) : outcome;
}

/* Some algorithms are refused only when they run, so each runs once. Where memory for that is missing, only the one
 * that takes every size is taken unseen. */
static enum cudnn_outcome try_run(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                  const struct variant *variant)
{
    const struct trial trial = trial_of(plan);
    struct error error;
    float *memory = cuda_allocate(&cuda->base, trial.bytes, "a trial of cuDNN's LSTM", &error);
    if (!memory)
        return cuda->failed ? CUDNN_FAILED : variant == standard ? CUDNN_TAKEN : CUDNN_REFUSED;
    enum cudnn_outcome outcome = run_trial(cuda, plan, &trial, memory);
    cuda_release(&cuda->base, memory);
    return outcome;
}

static enum cudnn_outcome make(struct cuda_backend *cuda, struct cudnn_plan *plan,
                               const struct variant *variant)
{
    enum cudnn_outcome outcome = set_up(cuda, plan, variant);
    if (outcome == CUDNN_TAKEN)
        outcome = fits(cuda, plan) ? find_places(cuda, plan) : CUDNN_REFUSED;
    if (outcome == CUDNN_TAKEN)
        outcome = try_run(cuda, plan, variant);
    if (outcome == CUDNN_TAKEN && variant != standard)
        outcome = add_standard_sizes(cuda, plan);
    return outcome;
}

static struct cudnn_shape shape_of(const struct lstm *op)
{
    return (struct cudnn_shape){.T = op->T,
                                .N = op->N,
                                .E = op->E,
                                .H = op->H,
                                .D = op->D,
                                .layers = 1 + op->stacked,
                                .reversed = op->reversed,
                                .sequences = op->sequences,
                                .rate = op->stacked > 0 ? op->between.rate : 0.0f};
}

/* That no algorithm takes a shape is kept, too: a step that is recorded can try nothing. */
static const struct cudnn_plan *add(struct cuda_backend *cuda, struct cudnn_shape shape)
{
    struct cudnn_plan *plan = take(cuda, sizeof *plan);
    if (!plan)
        return NULL;
    enum cudnn_outcome outcome = CUDNN_REFUSED;
    for (int i = 0; i < VARIANT_COUNT && outcome == CUDNN_REFUSED; i++) {
        *plan = (struct cudnn_plan){.shape = shape};
        outcome = make(cuda, plan, &variants[i]);
        if (outcome != CUDNN_TAKEN)
            release(plan);
    }
    if (outcome == CUDNN_TAKEN)
        plan->must_run = true;
    else
        *plan = (struct cudnn_plan){.shape = shape};
    plan->next = cuda->plans;
    cuda->plans = plan;
    return plan;
}

const struct cudnn_plan *cudnn_plan_of(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct cudnn_shape shape = shape_of(op);
    if (cuda->failed)
        return NULL;
    for (const struct cudnn_plan *plan = cuda->plans; plan; plan = plan->next)
        if (same_but_for_rows(&plan->shape, &shape) && plan->shape.N == shape.N)
            return plan->name ? plan : NULL;
    const struct cudnn_plan *added = add(cuda, shape);
    return added && added->name ? added : NULL;
}

void cudnn_plans_close(struct cuda_backend *cuda)
{
    for (struct cudnn_plan *plan = cuda->plans, *next; plan; plan = next) {
        next = plan->next;
        release(plan);
        free(plan);
    }
    cuda->plans = NULL;
}
