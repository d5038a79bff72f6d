#include "commands.h"
#include "machine.h"
#include "training_run.h"

#include "matinee/summary.h"

#include <stdio.h>

static const enum option_id train_options[] = {
    OPTION_MODEL,      OPTION_FRESH,      OPTION_DATA,          OPTION_TRAIN_LIMIT, OPTION_VALIDATION,
    OPTION_EPOCHS,     OPTION_BATCH_SIZE, OPTION_LEARNING_RATE, OPTION_EPSILON,     OPTION_SEED,
    OPTION_VOCABULARY, OPTION_MAXLEN,     OPTION_UNITS,         OPTION_EMBEDDING,   OPTION_DEVICE,
    OPTION_THREADS,    OPTION_OUT,        OPTION_LOG,           OPTION_QUIET,       OPTION_DRY_RUN,
    OPTION_END,
};

static enum cli_status run_train(const struct options *options, struct error *error);

const struct command command_train = {
    .name = "train",
    .arguments = "",
    .summary = "Train a classifier on labelled reviews",
    .details =
        "Writes model.keras (which Keras 3 can load), history.csv and run.json to the directory of --out, "
        "after every epoch. A run that is already in the directory of --out is replaced.\n\n"
        "The same seed gives the same weights to the last bit, with any number of threads. Ctrl-C ends the "
        "run after the present step or validation and saves it; so do SIGTERM and a closed terminal.",
    .options = train_options,
    .run = run_train,
};

/* Rows that the network is made for: a batch is never more than all reviews. */
static int network_rows(const struct training_run *run)
{
    enum { EVALUATED_ROWS = 64 }; /* few reviews to train on are no reason to validate few at a time */
    int all = run->data.train.count > EVALUATED_ROWS ? run->data.train.count : EVALUATED_ROWS;
    return run->options->batch_size < all ? run->options->batch_size : all;
}

/* Bytes that training will take beside what is taken already. */
struct needed_memory {
    struct memory_plan plan;
    size_t reviews_bytes, total_bytes;
};

static struct needed_memory needed_memory(const struct training_run *run)
{
    const struct session *s = run->session;
    size_t rows = (size_t)run->data.train.count + (size_t)run->data.validation.count;
    struct needed_memory needed = {.plan = network_memory_plan(s->backend, &s->model.spec, network_rows(run)),
                                   .reviews_bytes = rows * ((size_t)s->model.spec.maxlen * 4 + 9)};
    needed.total_bytes = needed.plan.parameters + needed.plan.activations + needed.plan.lstm_saved +
                         needed.plan.lstm_scratch + needed.reviews_bytes;
    return needed;
}

static void print_memory(const struct training_run *run)
{
    struct needed_memory needed = needed_memory(run);
    char text[5][32];
    summary_memory(text[0], sizeof text[0], (int64_t)needed.plan.parameters);
    summary_memory(text[1], sizeof text[1], (int64_t)needed.plan.activations);
    summary_memory(text[2], sizeof text[2], (int64_t)(needed.plan.lstm_saved + needed.plan.lstm_scratch));
    summary_memory(text[3], sizeof text[3], (int64_t)needed.reviews_bytes);
    summary_memory(text[4], sizeof text[4], (int64_t)needed.total_bytes);
    printf("Memory: %s = parameters, gradients, Adam %s + activations %s + LSTM %s + reviews %s\n", text[4],
           text[0], text[1], text[2], text[3]);
}

static void print_steps(const struct training_run *run)
{
    int N = run->options->batch_size, steps = run->data.train.count / N + (run->data.train.count % N != 0);
    printf("Steps: %d epochs of %d steps on %d reviews, batches of %d, validated on %d reviews\n",
           run->options->epochs, steps, run->data.train.count, N, run->data.validation.count);
}

static void print_plan(const struct training_run *run)
{
    const struct checkpoint *model = &run->session->model;
    summary_write(stdout, &model->spec, &model->table, model->has_slots, 80);
    print_memory(run);
    print_steps(run);
    printf("Would write %s: model.keras, history.csv, run.json\n", run->directory.path);
}

/* Everything that can be refused is looked at here, before the first step. */
static enum cli_status prepare(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    struct session *session = run->session;
    bool from_file = model_is_file(options->model);
    if (options->fresh && !from_file) {
        error_set(error, "--fresh: needs --model FILE.keras; the preset %s always starts fresh",
                  options->model);
        return CLI_USAGE;
    }
    enum cli_status opened = session_open_model(session, options->model, options, error);
    if (opened != CLI_DONE)
        return opened;
    if (((options->fresh || !from_file) && !session_new_weights(session, options, error)) ||
        !run_directory_choose(&run->directory, options->out, options->model, options->seed, error) ||
        !session_open_data(session, options->data, false, error))
        return CLI_FAILED;
    if (!training_data_split(&run->data, &session->data, options, error))
        return CLI_USAGE;
    if (!session_open_backend(session, options, error))
        return CLI_FAILED;
    if (!session->model.vocabulary) {
        session->model.vocabulary = vocabulary_copy(session->data.vocabulary);
        if (!session->model.vocabulary) {
            error_memory(error, "the vocabulary", 0);
            return CLI_FAILED;
        }
    }
    return CLI_DONE;
}

static enum cli_status train(struct training_run *run, struct error *error)
{
    enum cli_status status = prepare(run, error);
    if (status != CLI_DONE)
        return status;
    if (!run->options->quiet) {
        session_print_data(run->session);
        session_print_model(run->session);
        session_print_device(run->session);
        fflush(stdout);
    }
    if (run->options->dry_run && !run->options->quiet)
        print_plan(run);
    struct machine machine;
    machine_read(&machine);
    if (!machine_has_memory(&machine, (int64_t)needed_memory(run).total_bytes, error))
        return CLI_FAILED;
    if (run->options->dry_run)
        return CLI_DONE;
    if (!session_open_network(run->session, network_rows(run), error))
        return session_failure(run->session, error);
    status = training_run(run, error);
    if (status == CLI_DONE && !run->options->quiet)
        printf("Wrote %s: model.keras, history.csv, run.json\n", run->directory.path);
    if (status != CLI_DONE || flush_output(error))
        return status;
    /* Without a reader, too: nobody would know that the run is whole. */
    struct error cause = *error;
    error_set(error, "%.500s; the run is complete in %.400s",
              cause.message[0] ? cause.message : "standard output: its reader has closed the pipe",
              run->directory.path);
    return CLI_FAILED;
}

static enum cli_status run_train(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    struct training_run run = {.options = options, .session = &session};
    enum cli_status status = train(&run, error);
    session_close(&session);
    return status;
}
