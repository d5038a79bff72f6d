#include "ranks.h"
#include "training_run.h"

#include "matinee/summary.h"

int training_rows(const struct training_run *run)
{
    enum { EVALUATED_ROWS = 64 }; /* few reviews to train on are no reason to validate few at a time */
    int all = run->data.train.count > EVALUATED_ROWS ? run->data.train.count : EVALUATED_ROWS;
    return run->options->batch_size < all ? run->options->batch_size : all;
}

struct needed_memory {
    struct memory_plan plan;
    size_t reviews_bytes, total_bytes;
};

static struct needed_memory needed_memory(const struct training_run *run)
{
    const struct session *s = run->session;
    const struct spec *spec = &s->model.spec;
    const struct sharing sharing = ranks_sharing(run->options);
    int V = spec->layers[0].input_dim, T = spec->maxlen;
    struct needed_memory needed = {
        .plan = network_memory_plan(s->backend, spec, training_rows(run), &sharing),
        .reviews_bytes = resident_reviews_bytes(s->backend, V, T, run->data.train.count) +
                         resident_reviews_bytes(s->backend, V, T, run->data.validation.count)};
    needed.total_bytes = needed.plan.total + needed.reviews_bytes;
    return needed;
}

/* The table has a row for each word. */
static const char *parameters_advice(const struct parameter_table *table)
{
    return table->items[0].count >= table->total_count / 2 ? "a smaller --vocabulary or --embedding"
                                                           : "fewer --units or --layers";
}

bool training_memory_check(const struct training_run *run, struct error *error)
{
    struct needed_memory needed = needed_memory(run);
    size_t parameters = needed.plan.parameters, batch = needed.plan.total - parameters;
    const char *advice = "a smaller --batch-size or --maxlen";
    if (parameters > batch && parameters > needed.reviews_bytes)
        advice = parameters_advice(&run->session->model.table);
    else if (needed.reviews_bytes > batch)
        advice = "a smaller --maxlen";
    struct backend *backend = run->session->backend;
    const size_t device_bytes = backend->memory->free_bytes(backend);
    if (device_bytes > 0)
        return machine_has_memory("the GPU's memory", (int64_t)device_bytes, (int64_t)needed.total_bytes,
                                  advice, error);
    const struct communicator *communicator = run->options->communicator;
    const int64_t processes = communicator ? communicator->local_ranks : 1;
    return machine_has_memory("memory", run->machine.available_bytes, processes * (int64_t)needed.total_bytes,
                              advice, error);
}

/* "-" for none. */
static const char *bytes_text(char text[32], size_t bytes)
{
    if (bytes == 0)
        return "-";
    summary_memory(text, 32, (int64_t)bytes);
    return text;
}

static void print_row(FILE *stream, const char *what, size_t activations_bytes, size_t saved_bytes)
{
    char text[2][32];
    fprintf(stream, "  %-32s%12s  %12s\n", what, bytes_text(text[0], activations_bytes),
            bytes_text(text[1], saved_bytes));
}

static void print_sum(FILE *stream, const char *what, size_t bytes)
{
    char text[32];
    fprintf(stream, "  %-32s%12s\n", what, bytes_text(text, bytes));
}

void training_memory_print(FILE *stream, const struct training_run *run)
{
    struct needed_memory needed = needed_memory(run);
    const struct spec *spec = &run->session->model.spec;
    char text[32];
    fprintf(stream, "Memory: %s%s\n", bytes_text(text, needed.total_bytes),
            ranks_count(run->options) > 1 ? " for each process" : "");
    fprintf(stream, "  %-32s%12s  %12s\n", "layer", "activations", "for backward");
    for (int i = 0; i < spec->layer_count; i++)
        print_row(stream, spec->layers[i].name, needed.plan.activations[i], needed.plan.saved[i]);
    print_sum(stream, "batch", needed.plan.batch);
    print_sum(stream, "scratch of all layers", needed.plan.scratch);
    print_sum(stream, "parameters, gradients, Adam", needed.plan.parameters);
    print_sum(stream, "reviews", needed.reviews_bytes);
}
