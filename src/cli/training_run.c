#include "training_run.h"

#include "run_report.h"
#include "stop_signal.h"

#include "matinee/clock.h"
#include "matinee/json_values.h"
#include "matinee/ranks.h"

#include <stdio.h>
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

static void on_epoch_begin(void *context, int epoch, int epochs)
{
    struct training_run *run = context;
    if (!run->training.options->quiet && !run->failed)
        progress_epoch_begin(&run->progress, epoch, epochs);
}

static void on_step(void *context, const struct step_progress *step)
{
    struct training_run *run = context;
    struct error error;
    if (!run->training.options->quiet)
        progress_step(&run->progress, step);
    if (!run->log.stream || step->step % LOGGED_STEPS != 0)
        return;
    json_t *members = json_pack("{s:i, s:i, s:i, s:o, s:o, s:o}", "epoch", step->epoch, "step", step->step,
                                "steps", step->steps, "accuracy", json_number(step->train.accuracy), "loss",
                                json_number(step->train.loss), "seconds", json_number(step->seconds));
    bool written = event_log_write(&run->log, "step", members, &error);
    check(run, written, &error);
}

static void on_checkpoint(void *context)
{
    struct training_run *run = context;
    struct error error;
    if (!run->failed)
        check(run, training_files_save(run, "running", &error), &error);
}

/* Whether all epochs are done or the patience is over. */
static bool is_complete(const struct training_run *run)
{
    struct trainer_options options = {.epochs = run->training.options->epochs,
                                      .patience = run->training.options->patience};
    return trainer_is_complete(&options, run->training.records, run->training.position.epochs_done);
}

static void on_epoch_end(void *context, const struct epoch_record *record)
{
    struct training_run *run = context;
    struct error error;
    run->predictions_due = record->validated;
    if (!run->training.options->quiet)
        progress_epoch_end(&run->progress, record);
    if (run->failed)
        return;
    bool written = event_log_write(&run->log, "epoch", json_epoch(record), &error) &&
                   training_files_save(run, is_complete(run) ? "done" : "running", &error);
    check(run, written, &error);
}

static void set_started(struct training_run *run)
{
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* The first rank alone prints and writes. */
static bool writes(const struct training_run *run)
{
    return ranks_own(run->training.options) == 0;
}

static bool fit(struct training_run *run, struct error *error)
{
    const struct trainer_events events = {.context = run,
                                          .epoch_begin = on_epoch_begin,
                                          .step = on_step,
                                          .checkpoint = on_checkpoint,
                                          .epoch_end = on_epoch_end},
                                none = {.context = NULL};
    bool trained = training_fit(&run->training, writes(run) ? &events : &none, stop_signal_open(),
                                &run->interrupted, error);
    if (!run->training.options->quiet)
        progress_close(&run->progress);
    if (run->failed)
        *error = run->failure;
    return trained && !run->failed;
}

static bool log_start(struct training_run *run, struct error *error)
{
    const bool goes_on = run->training.begun_with != NULL;
    return event_log_open(&run->log, run->training.options->log, goes_on, error) &&
           event_log_write(&run->log, goes_on ? "resume" : "start", training_settings(&run->training), error);
}

/* Files that stand from the first step on: all that follows from a model.keras that is there; or, for who is to lose no
 * more than some updates, that of the beginning. */
static bool begin_files(struct training_run *run, struct error *error)
{
    if (!run->training.begun_with)
        return run->training.options->save_every == 0 || training_files_save(run, "running", error);
    run_directory_tidy(&run->directory);
    return training_files_follow(run, is_complete(run) ? "done" : "running", error);
}

static bool prepare(struct training_run *run, struct error *error)
{
    const size_t reviews = (size_t)run->training.data.validation.count;
    run->wall.data = run->training.data_seconds;
    run->wall.setup = clock_seconds() - run->began - run->wall.data;
    run->progress = progress_open(stdout);
    run->training.probabilities = reviews ? malloc(reviews * sizeof *run->training.probabilities) : NULL;
    if (reviews && !run->training.probabilities)
        return error_memory(error, "the predictions", reviews * sizeof *run->training.probabilities);
    if (run->training.begun_with)
        resume_take_history(run);
    else
        set_started(run);
    if (!writes(run))
        return true;
    return checkpoint_prepare_saves(&run->training.session->model, error) &&
           run_directory_make(&run->directory, error) && log_start(run, error) && begin_files(run, error);
}

enum { POSITION_TEXT_BYTES = 64 };

/* "epoch 2", "epoch 2 and 120 steps". */
static const char *position_text(char text[static POSITION_TEXT_BYTES],
                                 const struct trainer_position *position)
{
    int used = snprintf(text, POSITION_TEXT_BYTES, "epoch %d", position->epochs_done);
    if (position->step > 0)
        snprintf(text + used, POSITION_TEXT_BYTES - (size_t)used, " and %d steps", position->step);
    return text;
}

static bool write_report(const struct training_run *run, struct error *error)
{
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "report.html", path);
    return run_report_write(run->directory.path, path, error);
}

/* model.keras is that of the last save that succeeded: run.json says so, if it still can be written. */
static enum exit_status fail(struct training_run *run, struct error *error)
{
    struct error second;
    char place[POSITION_TEXT_BYTES];
    run->training.position = run->saved_position;
    run->training.session->model.state.iterations = run->saved_iterations;
    if (run->saved && run_json_write(run, "failed", &second))
        (void)write_report(run, &second);
    enum exit_status status = session_failure(run->training.session, error);
    if (status == STATUS_DEVICE_FAILED && run->saved) {
        struct error device = *error;
        error_set(error, "%.700s; the model as of %s is %.250s/model.keras", device.message,
                  position_text(place, &run->training.position), run->directory.path);
    }
    return status;
}

/* What is left to do after the last step; the other ranks have nothing to say of it. */
static enum exit_status finish(struct training_run *run, struct error *error)
{
    if (!writes(run)) {
        error->message[0] = '\0';
        return run->interrupted ? STATUS_INTERRUPTED : STATUS_DONE;
    }
    if (run->interrupted && !training_files_save(run, "interrupted", error))
        return fail(run, error);
    if (!write_report(run, error)) {
        error_prefix(error, "the run is saved, but not its report");
        return STATUS_FAILED;
    }
    json_t *members = json_pack("{s:s, s:i}", "status", run->interrupted ? "interrupted" : "done", "epochs",
                                run->training.position.epochs_done);
    if (!event_log_write(&run->log, "end", members, error))
        return STATUS_FAILED;
    if (!run->interrupted)
        return STATUS_DONE;
    error_set(
        error,
        "interrupted after %d of %d epochs; the model as of the last step is %.400s/model.keras; go on with "
        "matinee train --resume %.400s",
        run->training.position.epochs_done, run->training.options->epochs, run->directory.path,
        run->directory.path);
    return STATUS_INTERRUPTED;
}

enum exit_status training_run(struct training_run *run, struct error *error)
{
    enum exit_status status = STATUS_FAILED;
    if (prepare(run, error)) {
        status = fit(run, error) ? finish(run, error) : fail(run, error);
        stop_signal_close(); /* not before: a signal that another rank has heeded may still be on its way here */
    }
    event_log_close(&run->log);
    run_directory_close(&run->directory);
    return status;
}

void training_run_close(struct training_run *run)
{
    training_close(&run->training);
    resume_close(run);
}
