#include "training_run.h"

#include "json_values.h"
#include "stop_signal.h"

#include <stdlib.h>
#include <time.h>

enum { LOGGED_STEPS = 50 };

/* The first failure ends the run after the present step. */
static void check(struct training_run *run, bool succeeded, const struct error *error)
{
    if (succeeded || run->failed)
        return;
    run->failed = true;
    run->failure = *error;
    stop_signal_raise();
}

/* model.keras, history.csv and run.json, as of the last step. */
static bool save(struct training_run *run, const char *status, struct error *error)
{
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "model.keras", path);
    if (!checkpoint_save(&run->session->model, path, error))
        return false;
    run->saved_epochs = run->epochs_done;
    run->saved_iterations = run->session->model.state.iterations;
    run_directory_file(&run->directory, "history.csv", path);
    return history_write(path, run->records, run->epochs_done, error) && run_json_write(run, status, error);
}

static void on_epoch_begin(void *context, int epoch, int epochs)
{
    struct training_run *run = context;
    if (!run->options->quiet && !run->failed)
        progress_epoch_begin(&run->progress, epoch, epochs);
}

static void on_step(void *context, const struct step_progress *step)
{
    struct training_run *run = context;
    struct error error;
    if (!run->options->quiet)
        progress_step(&run->progress, step);
    if (!run->log.stream || step->step % LOGGED_STEPS != 0)
        return;
    json_t *members = json_pack("{s:i, s:i, s:i, s:o, s:o, s:o}", "epoch", step->epoch, "step", step->step,
                                "steps", step->steps, "accuracy", json_number(step->train.accuracy), "loss",
                                json_number(step->train.loss), "seconds", json_number(step->seconds));
    bool written = event_log_write(&run->log, "step", members, &error);
    check(run, written, &error);
}

static void on_epoch_end(void *context, const struct epoch_record *record)
{
    struct training_run *run = context;
    struct error error;
    if (!run->options->quiet)
        progress_epoch_end(&run->progress, record);
    if (run->failed)
        return;
    bool written = event_log_write(&run->log, "epoch", json_epoch(record), &error) &&
                   save(run, record->epoch == run->options->epochs ? "done" : "running", &error);
    check(run, written, &error);
}

static void set_started(struct training_run *run)
{
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool fit(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    struct trainer_options trainer = {
        .epochs = options->epochs,
        .batch_size = options->batch_size,
        .seed = options->seed,
        .stop = stop_signal_open(),
        .events = {
            .context = run, .epoch_begin = on_epoch_begin, .step = on_step, .epoch_end = on_epoch_end}};
    bool trained = trainer_fit(&run->session->network, &run->session->model.state, &run->data.train,
                               run->data.validation.count ? &run->data.validation : NULL, &trainer,
                               run->records, &run->epochs_done, &run->interrupted, error);
    stop_signal_close();
    if (!options->quiet)
        progress_close(&run->progress);
    if (run->failed)
        *error = run->failure;
    return trained && !run->failed;
}

static bool prepare(struct training_run *run, struct error *error)
{
    size_t bytes = (size_t)run->options->epochs * sizeof *run->records;
    set_started(run);
    run->progress = progress_open(stdout);
    run->records = malloc(bytes);
    if (!run->records)
        return error_memory(error, "the history", bytes);
    json_t *settings = run_settings(run);
    free(run->session->model.settings);
    run->session->model.settings = settings ? json_dumps(settings, JSON_PRECISION | JSON_INDENT(2)) : NULL;
    json_decref(settings);
    if (!run->session->model.settings)
        return error_memory(error, "the settings", 0);
    return run_directory_make(&run->directory, error) &&
           event_log_open(&run->log, run->options->log, error) &&
           event_log_write(&run->log, "start", run_settings(run), error);
}

/* model.keras is that of the last save that succeeded: run.json says so, if it still can be written. */
static enum cli_status fail(struct training_run *run, struct error *error)
{
    struct error second;
    run->epochs_done = run->saved_epochs;
    run->session->model.state.iterations = run->saved_iterations;
    if (run->saved_iterations > 0)
        (void)run_json_write(run, "failed", &second);
    enum cli_status status = session_failure(run->session, error);
    if (status == CLI_DEVICE_FAILED && run->saved_iterations > 0) {
        struct error device = *error;
        error_set(error, "%.700s; the model as of epoch %d is %.250s/model.keras", device.message,
                  run->saved_epochs, run->directory.path);
    }
    return status;
}

/* What is left to do after the last step. */
static enum cli_status finish(struct training_run *run, struct error *error)
{
    if (run->interrupted && !save(run, "interrupted", error))
        return fail(run, error);
    json_t *members = json_pack("{s:s, s:i}", "status", run->interrupted ? "interrupted" : "done", "epochs",
                                run->epochs_done);
    if (!event_log_write(&run->log, "end", members, error))
        return CLI_FAILED;
    if (!run->interrupted)
        return CLI_DONE;
    error_set(error, "interrupted after %d of %d epochs; the model as of the last step is %s/model.keras",
              run->epochs_done, run->options->epochs, run->directory.path);
    return CLI_INTERRUPTED;
}

enum cli_status training_run(struct training_run *run, struct error *error)
{
    enum cli_status status = CLI_FAILED;
    if (prepare(run, error))
        status = fit(run, error) ? finish(run, error) : fail(run, error);
    event_log_close(&run->log);
    run_directory_close(&run->directory);
    free(run->records);
    run->records = NULL;
    return status;
}
