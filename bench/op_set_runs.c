/* The ops of the set as steps to record, and their names. */
#include "op_set.h"

#define run(name, call)                                                                                      \
    static void run_##name(void *context)                                                                    \
    {                                                                                                        \
        struct op_set *set = context;                                                                        \
        set->backend->ops->call;                                                                             \
    }                                                                                                        \
    extern const int op_of_set_count /* so that a semicolon can stand behind */

run(load_batch, load_batch(set->backend, &set->load));
run(embedding, embedding(set->backend, &set->embedding.forward));
run(embedding_backward, embedding_backward(set->backend, &set->embedding));
run(dropout, dropout(set->backend, &set->dropout));
run(conv_pool, conv_pool(set->backend, &set->conv.forward));
run(conv_pool_backward, conv_pool_backward(set->backend, &set->conv));
run(global_pool, global_pool(set->backend, &set->global_pool.forward));
run(global_pool_backward, global_pool_backward(set->backend, &set->global_pool));
run(lstm, lstm(set->backend, &set->lstm.forward));
run(dense_bce, dense_bce(set->backend, &set->dense));
run(dense_backward, dense_backward(set->backend, &set->dense_backward));
run(add_parts, add_parts(set->backend, &set->add_parts));
run(adam, adam(set->backend, &set->adam));

/* A backward pass consumes what its forward pass has saved. */
static void train(struct op_set *set, const struct lstm_backward *op)
{
    set->backend->ops->lstm(set->backend, &op->forward);
    set->backend->ops->lstm_backward(set->backend, op);
}

static void run_lstm_training(void *context)
{
    struct op_set *set = context;
    train(set, &set->lstm);
}

static void run_bilstm_training(void *context)
{
    struct op_set *set = context;
    train(set, &set->bilstm);
}

static void run_masked_training(void *context)
{
    struct op_set *set = context;
    train(set, &set->masked_lstm);
}

/* Backward ops follow their forward ops, whose results they read. */
const struct op_of_set ops_of_set[] = {
    {"load_batch", 16, 0, run_load_batch},
    {"embedding", 16, 0, run_embedding},
    {"embedding_backward", 16, 0, run_embedding_backward},
    {"dropout", 16, 0, run_dropout},
    {"conv_pool", 16, 0, run_conv_pool},
    {"conv_pool_backward", 16, 0, run_conv_pool_backward},
    {"global_pool", 16, 0, run_global_pool},
    {"global_pool_backward", 16, 0, run_global_pool_backward},
    {"dense_bce", 16, 0, run_dense_bce},
    {"dense_backward", 16, 0, run_dense_backward},
    {"add_parts", 16, 0, run_add_parts},
    {"adam", 16, 0, run_adam},
    {"lstm", 1, offsetof(struct op_set, lstm), run_lstm},
    {"lstm training", 1, offsetof(struct op_set, lstm), run_lstm_training},
    {"bilstm training", 1, offsetof(struct op_set, bilstm), run_bilstm_training},
    {"gate-masked lstm training", 1, offsetof(struct op_set, masked_lstm), run_masked_training},
};

const int op_of_set_count = sizeof ops_of_set / sizeof ops_of_set[0];

const char *op_of_set_engine(const struct op_of_set *op, struct op_set *set, struct error *error)
{
    if (op->lstm_place == 0)
        return "";
    const struct lstm_backward *backward = (const void *)((const char *)set + op->lstm_place);
    return set->backend->memory->lstm_engine(set->backend, &backward->forward, error);
}
