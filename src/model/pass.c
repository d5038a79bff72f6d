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

static void begin(struct backend *backend, const struct pass *pass)
{
    if (pass->next.schedule)
        backend->ops->next_step(backend, &pass->next);
}

static void forward(struct backend *backend, const struct pass *part)
{
    backend->ops->load_batch(backend, &part->load);
    for (int i = 0; i < part->op_count; i++)
        run_forward(backend, &part->ops[i]);
}

static void backward(struct backend *backend, const struct pass *part)
{
    for (int i = part->op_count - 1; i >= 0; i--)
        run_backward(backend, &part->ops[i]);
}

void pass_evaluate(void *context)
{
    const struct pass *pass = context;
    struct backend *backend = pass->network->backend;
    begin(backend, pass);
    forward(backend, pass);
}

void pass_train(void *context)
{
    const struct pass *pass = context;
    struct backend *backend = pass->network->backend;
    const struct sharing *sharing = &pass->network->sharing;
    begin(backend, pass);
    backend->ops->clear(backend, pass->network->gradients,
                        (size_t)sharing->parts * pass->adam.count * sizeof(float));
    for (int part = 0; part < pass->part_count; part++) {
        forward(backend, &pass[part]);
        backward(backend, &pass[part]);
    }
    if (sharing->parts > 1)
        backend->ops->add_parts(backend, &pass->add);
    if (sharing_ranks(sharing) > 1)
        backend->ops->sum_ranks(backend, &pass->sum);
    backend->ops->adam(backend, &pass->adam);
}
