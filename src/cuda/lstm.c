/* The LSTM's ops: which engine computes one, and the form that reads tokens: their rows of the table are gathered into x
 * before the engine, and its dx is added to the table's gradient after it. */
#include "cursor.h"
#include "lstm_engine.h"

/* In the order in which `auto` asks them. The generic engine takes every layer: what follows it is used by name alone. */
static const struct {
    enum engine_choice choice;
    const struct lstm_engine *engine;
} engines[] = {
    {ENGINE_CUDNN, &lstm_engine_cudnn},
    {ENGINE_GENERIC, &lstm_engine_generic},
    {ENGINE_FUSED, &lstm_engine_fused},
};

enum { ENGINE_COUNT = sizeof engines / sizeof engines[0] };

static bool may_run(const struct cuda_backend *cuda, int i)
{
    return cuda->options.engine == ENGINE_AUTO || cuda->options.engine == engines[i].choice;
}

/* The first engine that takes the lstm, of all or of the one that was asked for, and its words for it. NULL and the
 * last one's reason, or the failure of a call that an engine needed to find out. */
static const struct lstm_engine *choose(struct cuda_backend *cuda, const struct lstm *op, const char **words,
                                        struct error *error)
{
    error_set(error, "no engine of this program computes such an LSTM; use --engine auto");
    for (int i = 0; i < ENGINE_COUNT; i++) {
        if (!may_run(cuda, i))
            continue;
        *words = engines[i].engine->describe(cuda, op, error);
        if (*words)
            return engines[i].engine;
        if (cuda->failed)
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

/* What stands before and after an engine, and how memory is divided between that and the engine. */
struct gathered {
    struct lstm lstm;                  /* as the engine sees it: it reads x */
    struct embedding embedding;        /* tokens to x; of use with V > 0 alone */
    float *dx;                         /* (T,N,E) with V > 0 */
    size_t saved_bytes, scratch_bytes; /* before the engine's */
};

/* x is kept for the backward pass, which needs no more of an embedding that drops nothing. Scratch has x or, in the
 * backward pass, dx, and then what the engine and the embedding use one after the other. */
static struct gathered gather(const struct lstm *op, bool training)
{
    struct gathered g = {.lstm = *op};
    if (op->V == 0)
        return g;
    struct memory_cursor saved = {.base = op->saved}, scratch = {.base = op->scratch};
    const size_t x_bytes = (size_t)op->T * (size_t)op->N * (size_t)op->E * sizeof(float);
    float *x = cursor_take(training ? &saved : &scratch, x_bytes);
    if (training)
        g.dx = cursor_take(&scratch, x_bytes);
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
    const struct gathered g = gather(op, op->saved != NULL);
    const struct lstm_engine *engine = engine_of(cuda, &g.lstm);
    if (!engine)
        return;
    if (op->V > 0)
        cuda_embedding(backend, &g.embedding);
    engine->forward(cuda, &g.lstm);
}

void cuda_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct gathered g = gather(&op->forward, true);
    const struct lstm_engine *engine = engine_of(cuda, &g.lstm);
    if (!engine)
        return;
    struct lstm_backward inner = *op;
    inner.forward = g.lstm;
    if (op->forward.V > 0)
        inner.dx = g.dx;
    engine->backward(cuda, &inner);
    if (op->forward.V > 0)
        cuda_embedding_backward(
            backend,
            &(struct embedding_backward){.forward = g.embedding, .dx = g.dx, .dembeddings = op->dembeddings});
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The most that an engine needs which may run such an lstm: of fewer rows another may be the first that takes it.
 * Nothing for what no engine takes: cuda_lstm_engine says so, or the op. */
static struct op_sizes most_of_engines(struct cuda_backend *cuda, const struct lstm *dims)
{
    struct op_sizes most = {0};
    struct error refusal;
    for (int i = 0; i < ENGINE_COUNT && !cuda->failed; i++)
        if (may_run(cuda, i) && engines[i].engine->describe(cuda, dims, &refusal)) {
            const struct op_sizes sizes = engines[i].engine->sizes(cuda, dims);
            most.saved_bytes = larger(most.saved_bytes, sizes.saved_bytes);
            most.scratch_bytes = larger(most.scratch_bytes, sizes.scratch_bytes);
        }
    return most;
}

struct op_sizes cuda_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    struct lstm unplaced = *dims;
    unplaced.saved = NULL;
    unplaced.scratch = NULL;
    const struct gathered g = gather(&unplaced, true);
    struct op_sizes sizes = most_of_engines(cuda_backend_of(backend), &g.lstm);
    if (sizes.saved_bytes == 0)
        return sizes;
    if (dims->V > 0)
        sizes.scratch_bytes =
            larger(sizes.scratch_bytes, cuda_embedding_sizes(backend, &g.embedding).scratch_bytes);
    sizes.saved_bytes += g.saved_bytes;
    sizes.scratch_bytes += g.scratch_bytes;
    return sizes;
}

const char *cuda_lstm_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    const char *words = NULL;
    const struct gathered g = gather(op, op->saved != NULL);
    choose(cuda_backend_of(backend), &g.lstm, &words, error);
    return words;
}
