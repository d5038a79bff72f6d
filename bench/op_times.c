#include "op_times.h"

#include "row.h"

#include <stdlib.h>

static struct op_times *times_of(const struct backend *backend)
{
    return (struct op_times *)((uintptr_t)backend->ops - offsetof(struct op_times, timed));
}

/* All steps make the same calls in the same order: the first says which. */
static void add_time(struct backend *backend, const struct op_entry *entry, double began)
{
    struct op_times *times = times_of(backend);
    const double us = bench_clock_us() - began;
    if (times->calls < 0)
        return;
    if (times->calls == OP_TIMES_MAX) {
        times->changed = true;
        return;
    }
    struct timed_op *op = &times->ops[times->calls];
    if (times->calls == times->op_count) {
        double *place = times->all_us + (ptrdiff_t)times->op_count * times->steps_max;
        *op = (struct timed_op){.entry = entry, .op = -1, .us = place};
        times->op_count++;
    }
    times->changed |= op->entry != entry;
    op->now = us;
    times->calls++;
}

/* What the backend's table holds meanwhile: the op itself between two looks at the clock. */
#define time_op(name, type, phase, kind)                                                                     \
    static const struct op_entry name##_entry;                                                               \
    static void time_##name(struct backend *backend, const struct type *op)                                  \
    {                                                                                                        \
        const double began = bench_clock_us();                                                               \
        times_of(backend)->untimed->name(backend, op);                                                       \
        add_time(backend, &name##_entry, began);                                                             \
    }                                                                                                        \
    static const struct op_entry name##_entry = {#name, phase, kind}

time_op(load_batch, load_batch, PHASE_LOAD, 0);
time_op(embedding, embedding, PHASE_FORWARD, OP_EMBEDDING);
time_op(embedding_backward, embedding_backward, PHASE_BACKWARD, OP_EMBEDDING);
time_op(dropout, dropout_layer, PHASE_FORWARD, OP_DROPOUT);
time_op(dropout_backward, dropout_layer, PHASE_BACKWARD, OP_DROPOUT);
time_op(conv_pool, conv_pool, PHASE_FORWARD, OP_CONV_POOL);
time_op(conv_pool_backward, conv_pool_backward, PHASE_BACKWARD, OP_CONV_POOL);
time_op(max_pool, max_pool, PHASE_FORWARD, OP_MAX_POOL);
time_op(max_pool_backward, max_pool_backward, PHASE_BACKWARD, OP_MAX_POOL);
time_op(global_pool, global_pool, PHASE_FORWARD, OP_GLOBAL_POOL);
time_op(global_pool_backward, global_pool_backward, PHASE_BACKWARD, OP_GLOBAL_POOL);
time_op(lstm, lstm, PHASE_FORWARD, OP_LSTM);
time_op(lstm_backward, lstm_backward, PHASE_BACKWARD, OP_LSTM);
time_op(dense_bce, dense_bce, PHASE_FORWARD, OP_DENSE);
time_op(dense_backward, dense_backward, PHASE_BACKWARD, OP_DENSE);
time_op(adam, adam, PHASE_UPDATE, 0);

static const struct op_entry clear_entry = {"clear", PHASE_CLEAR, 0};

static void time_clear(struct backend *backend, void *memory, size_t bytes)
{
    const double began = bench_clock_us();
    times_of(backend)->untimed->clear(backend, memory, bytes);
    add_time(backend, &clear_entry, began);
}

/* A step begins with it. */
static void begin_step(struct backend *backend, const struct next_step *op)
{
    struct op_times *times = times_of(backend);
    times->untimed->next_step(backend, op);
    times->calls = 0;
}

/* An op that is not named here runs untimed. */
static struct backend_ops timed_ops(const struct backend_ops *untimed)
{
    struct backend_ops timed = *untimed;
    timed.next_step = begin_step;
    timed.load_batch = time_load_batch;
    timed.embedding = time_embedding;
    timed.embedding_backward = time_embedding_backward;
    timed.dropout = time_dropout;
    timed.dropout_backward = time_dropout_backward;
    timed.conv_pool = time_conv_pool;
    timed.conv_pool_backward = time_conv_pool_backward;
    timed.max_pool = time_max_pool;
    timed.max_pool_backward = time_max_pool_backward;
    timed.global_pool = time_global_pool;
    timed.global_pool_backward = time_global_pool_backward;
    timed.lstm = time_lstm;
    timed.lstm_backward = time_lstm_backward;
    timed.dense_bce = time_dense_bce;
    timed.dense_backward = time_dense_backward;
    timed.adam = time_adam;
    timed.clear = time_clear;
    return timed;
}

bool op_times_open(struct op_times *times, struct backend *backend, int steps, struct error *error)
{
    *times = (struct op_times){.backend = backend,
                               .untimed = backend->ops,
                               .timed = timed_ops(backend->ops),
                               .steps_max = steps,
                               .calls = -1};
    const size_t count = ((size_t)OP_TIMES_MAX + 1) * (size_t)steps;
    times->all_us = calloc(count, sizeof *times->all_us);
    if (!times->all_us)
        return error_memory(error, "the times of the ops", count * sizeof *times->all_us);
    times->rest_us = times->all_us + (ptrdiff_t)OP_TIMES_MAX * steps;
    backend->ops = &times->timed;
    return true;
}

/* Forward calls come in the order of the pass, backward calls in the opposite one. */
static void find_layers(struct op_times *times, const struct pass *pass)
{
    int forward = 0, backward = pass->op_count - 1;
    for (int i = 0; i < times->op_count; i++) {
        struct timed_op *call = &times->ops[i];
        if (call->entry->phase == PHASE_FORWARD) {
            while (forward < pass->op_count && pass->ops[forward].kind != call->entry->kind)
                forward++;
            call->op = forward++;
        } else if (call->entry->phase == PHASE_BACKWARD) {
            while (backward >= 0 && pass->ops[backward].kind != call->entry->kind)
                backward--;
            call->op = backward--;
        } else {
            continue;
        }
        times->changed |= call->op < 0 || call->op >= pass->op_count;
    }
}

static void add_work(struct timed_op *call, const struct pass *pass, int threads, unsigned char *seen)
{
    switch (call->entry->phase) {
    case PHASE_FORWARD:
    case PHASE_BACKWARD: {
        const struct step_work work = op_work_of(pass, call->op, threads, seen);
        const struct op_bytes bytes = op_bytes_of(pass, call->op, &work, seen);
        const bool is_forward = call->entry->phase == PHASE_FORWARD;
        call->flops += is_forward ? work.forward_flops : work.flops - work.forward_flops;
        call->bytes += is_forward ? bytes.forward : bytes.backward;
        break;
    }
    case PHASE_LOAD:
        call->bytes += load_batch_bytes(&pass->load);
        break;
    case PHASE_CLEAR:
        call->bytes += clear_bytes(pass);
        break;
    case PHASE_UPDATE:
        call->bytes += adam_bytes(&pass->adam);
        break;
    }
}

void op_times_step(void *context, const struct pass *pass, double us, unsigned char *seen)
{
    struct op_times *times = context;
    if (times->step_count == 0)
        find_layers(times, pass);
    times->changed |= times->calls != times->op_count;
    if (times->changed || times->step_count == times->steps_max)
        return;
    for (int i = 0; i < times->op_count; i++) {
        struct timed_op *call = &times->ops[i];
        call->us[times->step_count] = call->now;
        us -= call->now;
        add_work(call, pass, times->backend->threads, seen);
    }
    times->rest_us[times->step_count++] = us;
    times->calls = -1;
}

void op_times_close(struct op_times *times)
{
    if (times->backend)
        times->backend->ops = times->untimed;
    free(times->all_us);
    *times = (struct op_times){0};
}
