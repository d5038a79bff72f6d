#include "training_parts.h"

int training_rows(const struct training *training)
{
    enum { EVALUATED_ROWS = 64 }; /* few reviews to train on are no reason to validate few at a time */
    int all = training->data.train.count > EVALUATED_ROWS ? training->data.train.count : EVALUATED_ROWS;
    return training->options->batch_size < all ? training->options->batch_size : all;
}

struct training_memory training_memory(const struct training *training)
{
    const struct session *s = training->session;
    const struct spec *spec = &s->model.spec;
    const struct sharing sharing = ranks_sharing(training->options);
    int V = spec->layers[0].input_dim, T = spec->maxlen;
    struct training_memory needed = {
        .plan = network_memory_plan(s->backend, spec, training_rows(training), &sharing),
        .reviews_bytes = resident_reviews_bytes(s->backend, V, T, training->data.train.count) +
                         resident_reviews_bytes(s->backend, V, T, training->data.validation.count)};
    needed.total_bytes = needed.plan.total + needed.reviews_bytes;
    return needed;
}

/* The table has a row for each word. */
static const char *parameters_advice(const struct parameter_table *table)
{
    return table->items[0].count >= table->total_count / 2 ? "a smaller --vocabulary or --embedding"
                                                           : "fewer --units or --layers";
}

bool training_memory_check(const struct training *training, struct error *error)
{
    struct training_memory needed = training_memory(training);
    size_t parameters = needed.plan.parameters, batch = needed.plan.total - parameters;
    const char *advice = "a smaller --batch-size or --maxlen";
    if (parameters > batch && parameters > needed.reviews_bytes)
        advice = parameters_advice(&training->session->model.table);
    else if (needed.reviews_bytes > batch)
        advice = "a smaller --maxlen";
    struct backend *backend = training->session->backend;
    const size_t device_bytes = backend->memory->free_bytes(backend);
    if (device_bytes > 0)
        return machine_has_memory("the GPU's memory", (int64_t)device_bytes, (int64_t)needed.total_bytes,
                                  advice, error);
    const struct communicator *communicator = training->options->communicator;
    const int64_t processes = communicator ? communicator->local_ranks : 1;
    return machine_has_memory("memory", training->machine.available_bytes,
                              processes * (int64_t)needed.total_bytes, advice, error);
}
