#include "matinee/network.h"

static void run_forward(struct backend *backend, const struct pass_op *op)
{
    const struct backend_ops *ops = backend->ops;
    switch (op->kind) {
    case OP_EMBEDDING:
        ops->embedding(backend, &op->embedding.forward);
        break;
    case OP_DROPOUT:
        ops->dropout(backend, &op->dropout.forward);
        break;
    case OP_CONV_POOL:
        ops->conv_pool(backend, &op->conv_pool.forward);
        break;
    case OP_MAX_POOL:
        ops->max_pool(backend, &op->max_pool.forward);
        break;
    case OP_GLOBAL_POOL:
        ops->global_pool(backend, &op->global_pool.forward);
        break;
    case OP_LSTM:
        ops->lstm(backend, &op->lstm.forward);
        break;
    case OP_DENSE:
        ops->dense_bce(backend, &op->dense.forward);
        break;
    }
}

static void run_backward(struct backend *backend, const struct pass_op *op)
{
    const struct backend_ops *ops = backend->ops;
    switch (op->kind) {
    case OP_EMBEDDING:
        ops->embedding_backward(backend, &op->embedding);
        break;
    case OP_DROPOUT:
        ops->dropout_backward(backend, &op->dropout.backward);
        break;
    case OP_CONV_POOL:
        ops->conv_pool_backward(backend, &op->conv_pool);
        break;
    case OP_MAX_POOL:
        ops->max_pool_backward(backend, &op->max_pool);
        break;
    case OP_GLOBAL_POOL:
        ops->global_pool_backward(backend, &op->global_pool);
        break;
    case OP_LSTM:
        ops->lstm_backward(backend, &op->lstm);
        break;
    case OP_DENSE:
        ops->dense_backward(backend, &op->dense.backward);
        break;
    }
}

void pass_evaluate(void *context)
{
    const struct pass *pass = context;
    struct backend *backend = pass->network->backend;
    if (pass->next.schedule)
        backend->ops->next_step(backend, &pass->next);
    backend->ops->load_batch(backend, &pass->load);
    for (int i = 0; i < pass->op_count; i++)
        run_forward(backend, &pass->ops[i]);
}

void pass_train(void *context)
{
    const struct pass *pass = context;
    struct backend *backend = pass->network->backend;
    pass_evaluate(context);
    backend->ops->clear(backend, pass->network->gradients, pass->adam.count * sizeof(float));
    for (int i = pass->op_count - 1; i >= 0; i--)
        run_backward(backend, &pass->ops[i]);
    backend->ops->adam(backend, &pass->adam);
}
