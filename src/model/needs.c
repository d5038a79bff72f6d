#include "needs.h"

#include "plan.h"

static bool shortens_pads(const struct pass_op *op)
{
    return op->kind == OP_CONV_POOL || op->kind == OP_MAX_POOL;
}

static size_t output_bytes(const struct pass_op *op)
{
    return plan_output_floats(op) * sizeof(float);
}

static void raise_to(size_t *bytes, size_t least)
{
    if (*bytes < least)
        *bytes = least;
}

/* What a pass needs beyond what is there already. */
static void add_pass(struct needs *needs, struct backend *backend, const struct spec *spec, int N,
                     enum pass_kind kind)
{
    struct plan plan;
    plan_make_for(&plan, backend, spec, N, kind);
    for (int i = 0; i < plan.op_count; i++) {
        const struct pass_op *op = &plan.ops[i];
        const struct op_sizes sizes = plan_op_sizes(backend, op);
        struct layer_needs *layer = &needs->layers[op->layer];
        raise_to(&layer->y_bytes, output_bytes(op));
        if (shortens_pads(op))
            raise_to(&layer->pads_bytes, (size_t)N * sizeof(int32_t));
        if (kind == PASS_TRAIN) {
            raise_to(&layer->dy_bytes, output_bytes(op));
            raise_to(&layer->saved_bytes, sizes.saved_bytes);
        }
        raise_to(&needs->scratch_bytes, kind == PASS_TRAIN ? sizes.scratch_bytes : sizes.inference_bytes);
    }
}

struct needs needs_of(struct backend *backend, const struct spec *spec, int N_train, int N_evaluate)
{
    struct needs needs = {.scratch_bytes = 0};
    if (N_train > 0)
        add_pass(&needs, backend, spec, N_train, PASS_TRAIN);
    add_pass(&needs, backend, spec, N_evaluate, PASS_EVALUATE);
    return needs;
}

/* Of a row of an evaluating pass: its tokens and the outputs of its ops. */
static size_t row_bytes(const struct plan *plan, const struct spec *spec, int N)
{
    size_t bytes = (size_t)spec->maxlen * sizeof(int32_t);
    for (int i = 0; i < plan->op_count; i++)
        bytes += output_bytes(&plan->ops[i]) / (size_t)N;
    return bytes;
}

/* Of a network without an LSTM, whose ops do no better with more. */
enum { ROWS_WITHOUT_LSTM = 512 };

int network_evaluation_rows(struct backend *backend, const struct spec *spec, int batch_size)
{
    struct plan plan;
    plan_make_for(&plan, backend, spec, batch_size, PASS_EVALUATE);
    size_t rows = backend->inference_bytes / row_bytes(&plan, spec, batch_size);
    bool has_lstm = false;
    for (int i = 0; i < plan.op_count; i++) {
        if (plan.ops[i].kind != OP_LSTM)
            continue;
        has_lstm = true;
        const int best = backend->memory->inference_rows(backend, &plan.ops[i].lstm.forward);
        if (rows > (size_t)best)
            rows = (size_t)best;
    }
    if (!has_lstm && rows > ROWS_WITHOUT_LSTM)
        rows = ROWS_WITHOUT_LSTM;
    return rows > (size_t)batch_size ? (int)rows : batch_size;
}

/* Weights, m and v; the gradients of each part; those of all ranks for an exact sum; the average. */
static size_t arena_count(const struct spec *spec, const struct sharing *sharing)
{
    const int ranks = sharing_ranks(sharing);
    const int gathered = sharing->exact && ranks > 1 ? ranks : 0;
    const int arenas = 3 + sharing->parts + gathered + adam_has_average(&spec->adam);
    return (size_t)arenas;
}

struct memory_plan network_memory_plan(struct backend *backend, const struct spec *spec, int batch_size,
                                       const struct sharing *sharing)
{
    const int N_train = sharing_rows(sharing, batch_size);
    const int N_evaluate = network_evaluation_rows(backend, spec, batch_size);
    const size_t N = (size_t)larger_batch(N_train, N_evaluate), T = (size_t)spec->maxlen;
    struct parameter_table table;
    parameter_table_build(&table, spec);
    const struct needs needs = needs_of(backend, spec, N_train, N_evaluate);
    struct memory_plan memory = {.parameters = arena_count(spec, sharing) * table.total_count * sizeof(float),
                                 .batch = N * (T + 2) * sizeof(int32_t) + N * 3 * sizeof(float),
                                 .scratch = needs.scratch_bytes};
    memory.total = memory.parameters + memory.batch + memory.scratch;
    for (int i = 0; i < spec->layer_count; i++) {
        const struct layer_needs *layer = &needs.layers[i];
        memory.activations[i] = layer->y_bytes + layer->dy_bytes + layer->pads_bytes;
        memory.saved[i] = layer->saved_bytes;
        memory.total += memory.activations[i] + memory.saved[i];
    }
    return memory;
}
