#include "commands.h"
#include "recorded_options.h"
#include "session_text.h"
#include "training_run.h"
#include "training_text.h"

#include "matinee/clock.h"
#include "matinee/output_file.h"
#include "matinee/summary.h"

#include <stdio.h>
#include <stdlib.h>

static enum exit_status run_train(const struct options *options, struct error *error);

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
    .options = options_of_training,
    .ranks = RANKS_TOGETHER,
    .run = run_train,
};

static void print_steps(const struct training_run *run)
{
    int N = run->training.options->batch_size,
        steps = run->training.data.train.count / N + (run->training.data.train.count % N != 0);
    printf("Steps: %d epochs of %d steps on %d reviews, batches of %d, validated on %d reviews\n",
           run->training.options->epochs, steps, run->training.data.train.count, N,
           run->training.data.validation.count);
}

static void print_files(const char *verb, const struct training_run *run)
{
    printf("%s %s: model.keras, %shistory.csv, %srun.json, report.html\n", verb, run->directory.path,
           run->training.options->keep_best ? "best.keras, " : "",
           run->training.data.validation.count ? "predictions.csv, " : "");
}

static void print_plan(const struct training_run *run)
{
    const struct checkpoint *model = &run->training.session->model;
    summary_write(stdout, &model->spec, &model->table, model->has_slots, 80);
    training_memory_print(stdout, &run->training);
    print_steps(run);
    print_files("Would write", run);
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

/* Beside the settings those that end or save a run: all ranks do it at the same steps. */
static bool mark_options(char mark[static RANK_MARK_BYTES], const struct training_run *run,
                         struct error *error)
{
    json_t *all =
        json_pack("{s:o, s:o, s:i, s:b}", "settings", training_settings(&run->training), "options",
                  recorded_options_json(run->training.options, options_of_run), "parts",
                  ranks_sharing(run->training.options).parts, "dry run", run->training.options->dry_run);
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
    const struct checkpoint *model = &run->training.session->model;
    struct rank_mark mark = rank_mark_of(run->training.session->backend);
    snprintf(mark.reviews, sizeof mark.reviews, "%s", run->training.data_mark);
    rank_mark_state(mark.weights, &model->table, &model->state);
    return mark_options(mark.options, run, error) && ranks_agree(run->training.options, &mark, error);
}

/* Everything that can be refused is looked at here, before the first step. */
static enum exit_status prepare(struct training_run *run, struct error *error)
{
    struct training *training = &run->training;
    enum exit_status opened =
        training->options->resume ? resume_open(run, error) : training_open_model(training, error);
    if (opened != STATUS_DONE)
        return opened;
    const struct options *options = training->options;
    if (!check_log(options, error))
        return STATUS_USAGE;
    if (ranks_own(options) == 0 &&
        !run_directory_choose(&run->directory, options->out, options->model, options->seed, error))
        return STATUS_FAILED;
    enum exit_status status = training_prepare(training, kept_texts(options), error);
    return status != STATUS_DONE || ranks_are_alike(run, error) ? status : STATUS_FAILED;
}

static void print_end(struct training_run *run)
{
    const int done = run->training.position.epochs_done,
              best = trainer_best_epoch(run->training.records, done) + 1;
    if (done < run->training.options->epochs)
        printf("Ended after epoch %d: the validation accuracy was best in epoch %d, and --patience is %d\n",
               done, best, run->training.options->patience);
    print_files("Wrote", run);
}

static void print_beginning(const struct training_run *run)
{
    const struct training *training = &run->training;
    const struct session *session = training->session;
    const struct options *options = training->options;
    session_print_data(session);
    session_print_loading(session);
    training_ngrams_print(training);
    if (training->data.kind != options->validation)
        printf("Validation: on the last fifth of the training reviews, as there are no test reviews; %s\n",
               session->data.is_ranks ? "--validation chooses others"
                                      : "--test or --validation choose others");
    session_print_model(session);
    const struct adam_spec *adam = &session->model.spec.adam;
    if (options->dry_run || adam_has_schedule(adam) || adam_has_average(adam))
        training_optimizer_print(stdout, adam);
    session_print_device(session);
    const struct sharing sharing = ranks_sharing(options);
    ranks_print(&sharing, options->batch_size);
    if (options->resume)
        resume_print(run);
    fflush(stdout);
    if (options->dry_run)
        print_plan(run);
}

static enum exit_status train(struct training_run *run, struct error *error)
{
    struct training *training = &run->training;
    enum exit_status status = prepare(run, error);
    if (status != STATUS_DONE)
        return status;
    const struct options *options = training->options;
    if (!options->quiet)
        print_beginning(run);
    if (options->dry_run)
        return training_memory_check(training, error) ? STATUS_DONE : STATUS_FAILED;
    if (!training_open_network(training, error))
        return session_failure(training->session, error);
    status = training_run(run, error);
    if (status == STATUS_DONE && !options->quiet)
        print_end(run);
    if (status != STATUS_DONE || flush_output(error))
        return status;
    /* Without a reader, too: nobody would know that the run is whole. */
    struct error cause = *error;
    error_set(error, "%.500s; the run is complete in %.400s",
              cause.message[0] ? cause.message : "standard output: its reader has closed the pipe",
              run->directory.path);
    return STATUS_FAILED;
}

static enum exit_status run_train(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    struct options completed = *options;
    if (ranks_own(options) != 0) { /* the first one prints and writes for all */
        completed.quiet = true;
        completed.log = NULL;
    }
    struct training_run run = {.began = clock_seconds()};
    training_open(&run.training, &session, &completed);
    enum exit_status status = train(&run, error);
    training_run_close(&run);
    session_end(&session, status);
    return status;
}
