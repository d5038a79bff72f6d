#include "predictions.h"
#include "recorded_options.h"
#include "training_run.h"

#include "matinee/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* matinee/trainer.json as of the position. What took the place of a default is recorded: the default may be refused
 * once it is asked for. */
static bool renew_trainer_state(struct training_run *run, struct error *error)
{
    struct checkpoint *model = &run->training.session->model;
    struct options options = *run->training.options;
    options.validation = run->training.data.kind;
    options.validation_fraction = run->training.data.fraction;
    struct trainer_state state = {.position = run->training.position,
                                  .records = run->training.records,
                                  .options = recorded_options_json(&options, options_of_run)};
    memcpy(state.data, run->training.data_mark, sizeof state.data);
    free(model->trainer);
    model->trainer = state.options ? trainer_state_to_json(&state) : NULL;
    json_decref(state.options);
    return model->trainer || error_memory(error, "the state of the run", 0);
}

/* best.keras is no run's to go on with: it has no trainer state. */
static bool save_best(const struct training_run *run, bool is_first, struct error *error)
{
    const struct trainer_position *position = &run->training.position;
    const int best = trainer_best_epoch(run->training.records, position->epochs_done);
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "best.keras", path);
    if (!run->training.options->keep_best || best < 0) {
        if (is_first)
            (void)unlink(path); /* of a run that this one takes the place of */
        return true;
    }
    if (best + 1 != position->epochs_done || position->step > 0)
        return true;
    struct checkpoint model = run->training.session->model;
    model.trainer = NULL;
    return checkpoint_save(&model, path, error);
}

/* Those of the epoch that has just ended. */
static bool save_predictions(struct training_run *run, struct error *error)
{
    const struct reviews *validation = &run->training.data.validation,
                         *all = &run->training.session->data.test;
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "predictions.csv", path);
    if (!run->predictions_due)
        return true;
    if (run->training.data.kind == VALIDATION_FRACTION)
        all = &run->training.session->data.train;
    const struct predicted_reviews predicted = {.reviews = validation,
                                                .probabilities = run->training.probabilities,
                                                .texts = run->training.session->data.texts,
                                                .first = (int)(validation->labels - all->labels),
                                                .vocabulary = run->training.session->model.vocabulary,
                                                .ngrams = run->training.session->model.ngram_order};
    if (!predictions_write(path, &predicted, error))
        return false;
    run->predictions_due = false;
    return true;
}

/* What this run does not replace at once must not be taken for its own. */
static void remove_files_of_another(const struct training_run *run)
{
    static const char *const names[] = {"predictions.csv", "report.html"};
    char path[RUN_PATH_BYTES];
    for (size_t i = 0; !run->training.begun_with && i < sizeof names / sizeof *names; i++) {
        run_directory_file(&run->directory, names[i], path);
        (void)remove(path);
    }
}

static bool follow(struct training_run *run, const char *status, struct error *error)
{
    const bool is_first = !run->saved;
    char path[RUN_PATH_BYTES];
    run->saved = true; /* model.keras is: should another file fail, run.json is to tell of this one */
    run->saved_position = run->training.position;
    run->saved_iterations = run->training.session->model.state.iterations;
    if (is_first)
        remove_files_of_another(run);
    if (!save_best(run, is_first, error) || !save_predictions(run, error))
        return false;
    run_directory_file(&run->directory, "history.csv", path);
    return history_write(path, run->training.records, run->training.position.epochs_done, error) &&
           run_json_write(run, status, error);
}

static bool save(struct training_run *run, const char *status, struct error *error)
{
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "model.keras", path);
    return renew_trainer_state(run, error) && checkpoint_save(&run->training.session->model, path, error) &&
           follow(run, status, error);
}

static bool timed(bool (*part)(struct training_run *run, const char *status, struct error *error),
                  struct training_run *run, const char *status, struct error *error)
{
    const double before = clock_seconds();
    const bool done = part(run, status, error);
    run->wall.saving += clock_seconds() - before;
    return done;
}

bool training_files_follow(struct training_run *run, const char *status, struct error *error)
{
    return timed(follow, run, status, error);
}

bool training_files_save(struct training_run *run, const char *status, struct error *error)
{
    return timed(save, run, status, error);
}
