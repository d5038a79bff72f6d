#include "commands.h"
#include "training_run.h"

#include "matinee/summary.h"

#include <stdio.h>

static const enum option_id train_options[] = {
    OPTION_MODEL,
    OPTION_FRESH,
    OPTION_DATA,
    OPTION_TEST,
    OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,
    OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE,
    OPTION_EPSILON,
    OPTION_SEED,
    OPTION_VOCABULARY,
    OPTION_MAXLEN,
    OPTION_UNITS,
    OPTION_EMBEDDING,
    OPTION_FILTERS,
    OPTION_KERNEL_SIZE,
    OPTION_POOL_SIZE,
    OPTION_LAYERS,
    OPTION_BIDIRECTIONAL,
    OPTION_DROPOUT,
    OPTION_RECURRENT_DROPOUT,
    OPTION_EMBEDDING_DROPOUT,
    OPTION_RECURRENT_ACTIVATION,
    OPTION_GATE_MASKS,
    OPTION_INITIALIZERS,
    OPTION_DEVICE,
    OPTION_ENGINE,
    OPTION_PRECISION,
    OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,
    OPTION_THREADS,
    OPTION_OUT,
    OPTION_LOG,
    OPTION_QUIET,
    OPTION_DRY_RUN,
    OPTION_END,
};

static enum cli_status run_train(const struct options *options, struct error *error);

const struct command command_train = {
    .name = "train",
    .arguments = "",
    .summary = "Train a classifier on labelled reviews",
    .details =
        "Presets: lstm, lstm-dropout, lstm-gate-dropout, bilstm, bilstm-gate-dropout, cnn-lstm, "
        "cnn-lstm-dropout, "
        "lstm-reversed, lstm-embedding-dropout.\n\n"
        "Writes model.keras (which Keras 3 can load; with hard_sigmoid_keras1 only as a custom object), "
        "history.csv and run.json to the directory of --out, "
        "after every epoch. A run that is already in the directory of --out is replaced.\n\n"
        "The same seed gives the same weights to the last bit, with any number of threads. Ctrl-C ends the "
        "run after the present step or validation and saves it; so do SIGTERM and a closed terminal.",
    .options = train_options,
    .run = run_train,
};

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
    training_memory_print(stdout, run);
    print_steps(run);
    printf("Would write %s: model.keras, history.csv, run.json\n", run->directory.path);
}

/* Everything that can be refused is looked at here, before the first step. */
static enum cli_status prepare(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    struct session *session = run->session;
    enum model_kind kind = model_kind(options->model);
    if (options->fresh && (kind == MODEL_PRESET || kind == MODEL_CONFIG)) {
        error_set(error, "--fresh: needs --model FILE.keras; %s%s always starts fresh",
                  kind == MODEL_PRESET ? "the preset " : "", options->model);
        return CLI_USAGE;
    }
    machine_read(&run->machine);
    enum cli_status opened = session_open_model(session, options->model, options, error);
    if (opened != CLI_DONE)
        return opened;
    if (!session_check_word_index(session, options, error))
        return CLI_USAGE;
    if (!session_open_backend(session, options, error) ||
        !session_choose_engine(session, training_rows(run), PASS_TRAIN, error) ||
        !training_memory_check(run, error))
        return session_failure(session, error);
    if (((options->fresh || kind != MODEL_KERAS) && !session_new_weights(session, options, error)) ||
        !run_directory_choose(&run->directory, options->out, options->model, options->seed, error) ||
        !session_open_data(session, options, false, error))
        return CLI_FAILED;
    if (!training_data_split(&run->data, &session->data, options, error))
        return CLI_USAGE;
    if (!session->model.vocabulary && session->data.vocabulary) {
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
        if (run->data.kind != run->options->validation)
            puts("Validation: on the last fifth of the training reviews, as there are no test reviews; "
                 "--test or --validation choose others");
        session_print_model(run->session);
        session_print_device(run->session);
        fflush(stdout);
    }
    if (run->options->dry_run && !run->options->quiet)
        print_plan(run);
    if (!training_memory_check(run, error))
        return CLI_FAILED;
    if (run->options->dry_run)
        return CLI_DONE;
    if (!session_open_network(run->session, training_rows(run), run->options->seed, error))
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
