/* The LSTM's ops: which engine computes one. */
#include "lstm_engine.h"

/* In the order in which `auto` asks them. */
static const struct {
    enum engine_choice choice;
    const struct lstm_engine *engine;
} engines[] = {
    {ENGINE_GENERIC, &lstm_engine_generic},
};

/* The first engine that takes the lstm, of all or of the one that was asked for, and its words for it. NULL and the
 * last one's reason. */
static const struct lstm_engine *choose(struct cuda_backend *cuda, const struct lstm *op, const char **words,
                                        struct error *error)
{
    error_set(error, "no engine computes this LSTM");
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        if (cuda->options.engine != ENGINE_AUTO && cuda->options.engine != engines[i].choice)
            continue;
        *words = engines[i].engine->describe(cuda, op, error);
        if (*words)
            return engines[i].engine;
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

void cuda_lstm(struct backend *backend, const struct lstm *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct lstm_engine *engine = engine_of(cuda, op);
    if (engine)
        engine->forward(cuda, op);
}

void cuda_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct lstm_engine *engine = engine_of(cuda, &op->forward);
    if (engine)
        engine->backward(cuda, op);
}

struct op_sizes cuda_lstm_sizes(struct backend *backend, const struct lstm *dims)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    const struct lstm_engine *engine = engine_of(cuda, dims);
    return engine ? engine->sizes(cuda, dims) : (struct op_sizes){0};
}

const char *cuda_lstm_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    const char *words = NULL;
    choose(cuda_backend_of(backend), op, &words, error);
    return words;
}
