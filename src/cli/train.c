#include "commands.h"
#include "ranks.h"
#include "recorded_options.h"
#include "training_run.h"

#include "matinee/clock.h"
#include "matinee/output_file.h"
#include "matinee/summary.h"

#include <stdio.h>
#include <stdlib.h>

static const enum option_id train_options[] = {
    OPTION_MODEL,
    OPTION_FRESH,
    OPTION_DATA,
    OPTION_TEST,
    OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_MAP_REVIEWS,
    OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE,
    OPTION_SCHEDULE,
    OPTION_WARMUP,
    OPTION_EMA,
    OPTION_EPSILON,
    OPTION_SEED,
    OPTION_VOCABULARY,
    OPTION_MAXLEN,
    OPTION_NGRAMS,
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
    OPTION_TOKEN_DROPOUT,
    OPTION_SPATIAL_DROPOUT,
    OPTION_GLOBAL_POOLING,
    OPTION_RECURRENT_ACTIVATION,
    OPTION_GATE_MASKS,
    OPTION_INITIALIZERS,
    OPTION_DEVICE,
    OPTION_GPUS,
    OPTION_EXACT_RANKS,
    OPTION_VIRTUAL_RANKS,
    OPTION_ENGINE,
    OPTION_PRECISION,
    OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,
    OPTION_THREADS,
    OPTION_CPU_KERNELS,
    OPTION_RESUME,
    OPTION_SAVE_EVERY,
    OPTION_KEEP_BEST,
    OPTION_PATIENCE,
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
        "cnn-lstm-dropout, lstm-reversed, lstm-embedding-dropout, best-words, best. The last two go beyond "
        "the "
        "tutorials, with training settings of their own: see docs/best.md.\n\n"
        "Writes model.keras (which Keras 3 can load; with hard_sigmoid_keras1 only as a custom object), "
        "history.csv, predictions.csv and run.json to the directory of --out, "
        "after every epoch and every --save-every updates, and report.html in the end. A run that is already "
        "in the directory of --out "
        "is "
        "replaced.\n\n"
        "The same seed gives the same weights to the last bit, with any number of threads. Ctrl-C ends the "
        "run after the present step or validation and saves it; so do SIGTERM and a closed terminal. "
        "--resume goes on from the last save, to the same last bit on the same kind of processor or GPU; "
        "with it --epochs, --patience, --save-every, --data with what belongs to it (--test, --text-column, "
        "--label-column, --no-quotes, --word-index), --cache, --no-cache, --map-reviews, --device, --engine, "
        "--no-graph, --gpus, --virtual-ranks, --threads, --cpu-kernels, --log, --quiet and --dry-run may be "
        "given.\n\n"
        "With --gpus, and under mpirun or srun, several processes share each batch: see docs/parallel.md.",
    .options = train_options,
    .ranks = RANKS_TOGETHER,
    .run = run_train,
};

static void print_steps(const struct training_run *run)
{
    int N = run->options->batch_size, steps = run->data.train.count / N + (run->data.train.count % N != 0);
    printf("Steps: %d epochs of %d steps on %d reviews, batches of %d, validated on %d reviews\n",
           run->options->epochs, steps, run->data.train.count, N, run->data.validation.count);
}

static void print_files(const char *verb, const struct training_run *run)
{
    printf("%s %s: model.keras, %shistory.csv, %srun.json, report.html\n", verb, run->directory.path,
           run->options->keep_best ? "best.keras, " : "",
           run->data.validation.count ? "predictions.csv, " : "");
}

static void print_plan(const struct training_run *run)
{
    const struct checkpoint *model = &run->session->model;
    summary_write(stdout, &model->spec, &model->table, model->has_slots, 80);
    training_memory_print(stdout, run);
    print_steps(run);
    print_files("Would write", run);
}

/* The model that the options name. */
static enum cli_status prepare_model(struct training_run *run, struct error *error)
{
    return run->options->resume ? resume_open(run, error) : training_open_model(run, error);
}

/* The log must not take the place of what the command reads. */
static bool check_log(const struct options *options, struct error *error)
{
    const char *const read[] = {options->model, options->data, options->table.test, options->word_index};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (output_file_would_replace(options->log, read[i]))
            return error_set(error, "--log %s: is a file that is read; give the log another name",
                             options->log);
    return true;
}

/* Of the reviews that are validated on, for the files that one rank writes. */
static enum kept_texts kept_texts(const struct options *options)
{
    if (ranks_own(options) != 0)
        return KEEP_NO_TEXTS;
    switch (options->validation) {
    case VALIDATION_TEST:
        return KEEP_TEST_TEXTS;
    case VALIDATION_FRACTION:
        return KEEP_TRAINING_TEXTS;
    case VALIDATION_NONE:
        break;
    }
    return KEEP_NO_TEXTS;
}

/* The reviews, and what is to be done with them. */
static enum cli_status prepare_data(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    struct session *session = run->session;
    const double before = clock_seconds();
    if (!session_open_data(session, options, false, kept_texts(options), error))
        return CLI_FAILED;
    run->wall.data += clock_seconds() - before;
    if (!training_data_split(&run->data, &session->data, options, error))
        return CLI_USAGE;
    training_data_mark(run->data_mark, &run->data);
    if (options->resume && !resume_check_data(run, error))
        return CLI_FAILED;
    return training_take_data(run, error);
}

/* Beside the settings those that end or save a run: all ranks do it at the same steps. */
static bool mark_options(char mark[static RANK_MARK_BYTES], const struct training_run *run,
                         struct error *error)
{
    json_t *all = json_pack("{s:o, s:o, s:i, s:b}", "settings", run_settings(run), "options",
                            recorded_options_json(run->options, options_of_run), "parts",
                            ranks_sharing(run->options).parts, "dry run", run->options->dry_run);
    char *text = all ? json_dumps(all, JSON_SORT_KEYS) : NULL;
    json_decref(all);
    if (!text)
        return error_memory(error, "the settings", 0);
    rank_mark_text(mark, text);
    free(text);
    return true;
}

/* Whether all ranks begin alike. */
static bool ranks_are_alike(const struct training_run *run, struct error *error)
{
    const struct checkpoint *model = &run->session->model;
    struct rank_mark mark = rank_mark_of(run->session->backend);
    snprintf(mark.reviews, sizeof mark.reviews, "%s", run->data_mark);
    rank_mark_state(mark.weights, &model->table, &model->state);
    return mark_options(mark.options, run, error) && ranks_agree(run->options, &mark, error);
}

/* Everything that can be refused is looked at here, before the first step. */
static enum cli_status prepare(struct training_run *run, struct error *error)
{
    struct session *session = run->session;
    machine_read(&run->machine);
    enum cli_status opened = prepare_model(run, error);
    if (opened != CLI_DONE)
        return opened;
    const struct options *options = run->options;
    const bool writes = ranks_own(options) == 0;
    if (!ranks_check(options, error) || !training_check_validation(options, error) ||
        !check_log(options, error))
        return CLI_USAGE;
    bool has_weights = options->resume || (!options->fresh && model_kind(options->model) == MODEL_KERAS);
    if (!session_open_backend(session, options, error) ||
        !session_choose_engine(session, training_rows(run), PASS_TRAIN, error) ||
        !training_memory_check(run, error))
        return session_failure(session, error);
    if ((!has_weights && !session_new_weights(session, options, error)) ||
        !training_optimizer_open(run, error) ||
        (writes &&
         !run_directory_choose(&run->directory, options->out, options->model, options->seed, error)))
        return CLI_FAILED;
    enum cli_status status = prepare_data(run, error);
    return status != CLI_DONE || ranks_are_alike(run, error) ? status : CLI_FAILED;
}

static void print_end(struct training_run *run)
{
    const int done = run->position.epochs_done, best = trainer_best_epoch(run->records, done) + 1;
    if (done < run->options->epochs)
        printf("Ended after epoch %d: the validation accuracy was best in epoch %d, and --patience is %d\n",
               done, best, run->options->patience);
    print_files("Wrote", run);
}

static enum cli_status train(struct training_run *run, struct error *error)
{
    enum cli_status status = prepare(run, error);
    if (status != CLI_DONE)
        return status;
    if (!run->options->quiet) {
        session_print_data(run->session);
        session_print_loading(run->session);
        training_ngrams_print(run);
        if (run->data.kind != run->options->validation)
            printf("Validation: on the last fifth of the training reviews, as there are no test reviews; "
                   "%s\n",
                   run->session->data.is_ranks ? "--validation chooses others"
                                               : "--test or --validation choose others");
        session_print_model(run->session);
        const struct adam_spec *adam = &run->session->model.spec.adam;
        if (run->options->dry_run || adam_has_schedule(adam) || adam_has_average(adam))
            training_optimizer_print(stdout, adam);
        session_print_device(run->session);
        const struct sharing sharing = ranks_sharing(run->options);
        ranks_print(&sharing, run->options->batch_size);
        if (run->options->resume)
            resume_print(run);
        fflush(stdout);
    }
    if (run->options->dry_run && !run->options->quiet)
        print_plan(run);
    if (!training_memory_check(run, error))
        return CLI_FAILED;
    if (run->options->dry_run)
        return CLI_DONE;
    const struct sharing sharing = ranks_sharing(run->options);
    if (!session_open_network(run->session, &sharing, training_rows(run), run->options->seed, error))
        return session_failure(run->session, error);
    status = training_run(run, error);
    if (status == CLI_DONE && !run->options->quiet)
        print_end(run);
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
    struct options completed = *options;
    training_options_complete(&completed);
    if (ranks_own(options) != 0) { /* the first one prints and writes for all */
        completed.quiet = true;
        completed.log = NULL;
    }
    struct training_run run = {.options = &completed, .session = &session, .began = clock_seconds()};
    enum cli_status status = train(&run, error);
    training_run_close(&run);
    session_end(&session, status);
    return status;
}
