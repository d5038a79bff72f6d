/* The LSTM's ops: which engine computes one, and what stands around an engine that takes no tokens: their rows of the
 * table are gathered into x before it, and its dx is added to the table's gradient after it. */
#include "cursor.h"
#include "lstm_engine.h"

/* In the order in which `auto` asks them. The generic engine takes every layer. */
static const struct {
    enum engine_choice choice;
    const struct lstm_engine *engine;
    bool takes_fewer; /* what it takes, it takes with fewer rows, too */
} engines[] = {
    {ENGINE_FUSED, &lstm_engine_fused, true},
    {ENGINE_CUDNN, &lstm_engine_cudnn, false},
    {ENGINE_GENERIC, &lstm_engine_generic, true},
};

enum { ENGINE_COUNT = sizeof engines / sizeof engines[0] };

static bool may_run(const struct cuda_backend *cuda, int i)
{
    return cuda->options.engine == ENGINE_AUTO || cuda->options.engine == engines[i].choice;
}

/* The first engine that takes the lstm, of all or of the one that was asked for, and its words for it. NULL and the
 * last one's reason, or the failure of a call that an engine needed to find out. The first engine that takes a stack's
 * layers one by one refuses the stack for all: it is not left to a later one. */
static const struct lstm_engine *choose(struct cuda_backend *cuda, const struct lstm *op, const char **words,
                                        struct error *error)
{
    struct error ignored;
    struct lstm layer = *op;
    layer.stacked = 0;
    error_set(error, "no engine of this program computes such an LSTM; use --engine auto");
    for (int i = 0; i < ENGINE_COUNT; i++) {
        if (!may_run(cuda, i))
            continue;
        *words = engines[i].engine->describe(cuda, op, error);
        if (*words)
            return engines[i].engine;
        if (cuda->failed || (op->stacked > 0 && engines[i].engine->describe(cuda, &layer, &ignored)))
            break;
    }
    return NULL;
}

/* NULL after a failure, and where no engine takes the lstm, which then is the failure. */
static const struct lstm_engine *engine_of(struct cuda_backend *cuda, const struct lstm *op)
{
    const char *words = NULL;
    struct error error;
    const struct lstm_engine *engine = cuda->failed ? NULL : choose(cuda, op, &words, &error);
    if (!engine && !cuda->failed)
        cuda_refuse(cuda, &error);
    return engine;
}

/* What stands before and after an engine that takes no tokens, and how memory is divided between that and the engine. */
struct gathered {
    bool gathers;
    struct lstm lstm;                  /* as the engine sees it */
    struct embedding embedding;        /* tokens to x */
    float *dx;                         /* (T,N,E) */
    size_t saved_bytes, scratch_bytes; /* before the engine's */
};

/* x is kept for the backward pass, which needs no more of an embedding that drops nothing. Scratch has x or, in the
 * backward pass, dx, and then what the engine and the embedding use one after the other. */
static struct gathered gather(const struct lstm_engine *engine, const struct lstm *op, bool training)
{
    struct gathered g = {.lstm = *op};
    if (op->V == 0 || (engine->takes_tokens && engine->takes_tokens(op)))
        return g;
    struct memory_cursor saved = {.base = op->saved}, scratch = {.base = op->scratch};
    const size_t x_bytes = (size_t)op->T * (size_t)op->N * (size_t)op->E * sizeof(float);
    float *x = cursor_take(training ? &saved : &scratch, x_bytes);
    if (training)
        g.dx = cursor_take(&scratch, x_bytes);
    g.gathers = true;
    g.saved_bytes = saved.used_bytes;
    g.scratch_bytes = scratch.used_bytes;
    g.lstm.V = 0;
    g.lstm.x = x;
    g.lstm.saved = cursor_take(&saved, 0);
    g.lstm.scratch = cursor_take(&scratch, 0);
    g.embedding = (struct embedding){.T = op->T,
                                     .N = op->N,
                                     .V = op->V,
                                     .E = op->E,
                                     .tokens = op->tokens,
                                     .embeddings = op->embeddings,
                                     .x = x,
                                     .scratch = g.lstm.scratch};
    return g;
}

void cuda_lstm(struct backend *backend, const struct lstm *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct lstm_engine *engine = engine_of(cuda, op);
    if (!engine)
        return;
    const struct gathered g = gather(engine, op, op->saved != NULL);
    if (g.gathers)
        cuda_embedding(backend, &g.embedding);
    engine->forward(cuda, &g.lstm);
}

void cuda_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct lstm_engine *engine = engine_of(cuda, &op->forward);
    if (!engine)
        return;
    const struct gathered g = gather(engine, &op->forward, true);
    struct lstm_backward inner = *op;
    inner.forward = g.lstm;
    if (g.gathers)
        inner.dx = g.dx;
    engine->backward(cuda, &inner);
    if (g.gathers)
        cuda_embedding_backward(
            backend,
            &(struct embedding_backward){.forward = g.embedding, .dx = g.dx, .dembeddings = op->dembeddings});
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct op_sizes larger_sizes(struct op_sizes a, struct op_sizes b)
{
    return (struct op_sizes){.saved_bytes = larger(a.saved_bytes, b.saved_bytes),
                             .scratch_bytes = larger(a.scratch_bytes, b.scratch_bytes),
                             .inference_bytes = larger(a.inference_bytes, b.inference_bytes)};
}

static struct op_sizes sizes_of_form(struct cuda_backend *cuda, const struct lstm_engine *engine,
                                     const struct lstm *dims)
{
    const struct gathered g = gather(engine, dims, true);
    struct op_sizes sizes = engine->sizes(cuda, &g.lstm);
    if (g.gathers)
        sizes = larger_sizes(sizes, cuda_embedding_sizes(&cuda->base, &g.embedding));
    sizes.saved_bytes += g.saved_bytes;
    sizes.scratch_bytes += g.scratch_bytes;
    sizes.inference_bytes += gather(engine, dims, false).scratch_bytes;
    return sizes;
}

/* An engine that takes the tokens of so many rows may take x of fewer. */
static struct op_sizes sizes_with(struct cuda_backend *cuda, const struct lstm_engine *engine,
                                  const struct lstm *dims)
{
    struct op_sizes sizes = sizes_of_form(cuda, engine, dims);
    struct lstm fewer = *dims;
    if (dims->V == 0 || !engine->takes_tokens || !engine->takes_tokens(dims))
        return sizes;
    while (fewer.N > 0 && engine->takes_tokens(&fewer))
        fewer.N--;
    return fewer.N > 0 ? larger_sizes(sizes, sizes_of_form(cuda, engine, &fewer)) : sizes;
}

/* The most that an engine needs which may run such an lstm: of fewer rows another may be the first that takes it.
 * Nothing for what no engine takes: cuda_lstm_engine says so, or the op. */
struct op_sizes cuda_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    struct op_sizes most = {0};
    struct error refusal;
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    for (int i = 0; i < ENGINE_COUNT && !cuda->failed; i++) {
        if (!may_run(cuda, i) || !engines[i].engine->describe(cuda, dims, &refusal))
            continue;
        most = larger_sizes(most, sizes_with(cuda, engines[i].engine, &unplaced));
        if (engines[i].takes_fewer)
            break;
    }
    return most;
}

int cuda_lstm_inference_rows(struct backend *backend, const struct lstm *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const char *words;
    struct error refusal;
    const struct lstm_engine *engine = cuda->failed ? NULL : choose(cuda, dims, &words, &refusal);
    return engine && engine->inference_rows ? engine->inference_rows(cuda, dims) : dims->N;
}

const char *cuda_lstm_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    const char *words = NULL;
    choose(cuda_backend_of(backend), op, &words, error);
    return words;
}
