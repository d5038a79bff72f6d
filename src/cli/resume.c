#include "recorded_options.h"
#include "training_run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool check_directory(const char *name, struct error *error)
{
    char path[RUN_PATH_BYTES];
    struct stat status;
    if (stat(name, &status) == 0 && !S_ISDIR(status.st_mode))
        return error_set(
            error,
            "--resume %s: is no directory; name the one of the run, or go on from the model with --model",
            name);
    if (strlen(name) >= sizeof((const struct run_directory *)NULL)->path)
        return error_set(error, "--resume %s: the path is too long; go there and name it from there", name);
    snprintf(path, sizeof path, "%s/model.keras", name);
    if (stat(path, &status) != 0)
        return error_set(
            error,
            "--resume %s: there is no model.keras; name the directory of a run, or train it again if it "
            "ended before it had saved anything",
            name);
    return true;
}

/* They go into run.json again. */
static bool check_settings(const struct checkpoint *model, struct error *error)
{
    enum { BYTES_MAX = 1 << 20 };
    bool readable = model->settings && strlen(model->settings) <= BYTES_MAX;
    json_t *settings = readable ? json_loads(model->settings, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool good = json_is_object(settings);
    json_decref(settings);
    return good ||
           error_set(error, "matinee/settings.json is missing or damaged; use the file as it was saved");
}

static bool read_model(struct training_run *run, const char *path, struct error *error)
{
    struct checkpoint *model = &run->training.session->model;
    struct resumed_run *resumed = &run->resumed;
    if (!checkpoint_load(model, path, error))
        return false;
    if (!model->trainer || !model->has_slots)
        return error_set(
            error, "%s: has no state of a run; go on from its weights and optimizer with --model", path);
    if (!trainer_state_from_json(&resumed->state, model->trainer, error))
        return error_within(error, "%s: matinee/trainer.json", path);
    if (!check_settings(model, error))
        return error_within(error, "%s", path);
    return recorded_options_restore(&resumed->options, options_of_run, resumed->state.options, error) ||
           error_within(error, "%s: matinee/trainer.json", path);
}

/* Data that are named are read as is said with them, and a device that is named has the engine that is named with it. */
static bool take_machine(struct training_run *run, struct error *error)
{
    struct resumed_run *resumed = &run->resumed;
    struct options *options = &resumed->options;
    const json_t *recorded = json_object_get(resumed->record, "options");
    const char *started = json_string_value(json_object_get(resumed->record, "started"));
    snprintf(run->started, sizeof run->started, "%s", started ? started : "");
    return ((option_given(options, OPTION_DATA) ||
             recorded_options_restore(options, options_of_data, recorded, error)) &&
            (option_given(options, OPTION_DEVICE) ||
             recorded_options_restore(options, options_of_device, recorded, error))) ||
           error_within(error, "%s/run.json", run->training.options->resume);
}

/* As if the run had just begun with the options of now: whether it is complete. */
static bool is_complete(const struct resumed_run *resumed)
{
    struct trainer_options options = {.epochs = resumed->options.epochs,
                                      .patience = resumed->options.patience};
    return trainer_is_complete(&options, resumed->state.records, resumed->state.position.epochs_done);
}

/* Neither fewer epochs than there are, nor an end before an epoch that has begun. */
static bool check_end(const struct training_run *run, struct error *error)
{
    const struct resumed_run *resumed = &run->resumed;
    const struct trainer_position *position = &resumed->state.position;
    int begun = position->epochs_done + (position->step > 0);
    if (resumed->options.epochs < begun)
        return error_set(error, "--epochs %d: %s is in epoch %d already; ask for more",
                         resumed->options.epochs, run->training.options->resume, begun);
    if (position->step > 0 && is_complete(resumed))
        return error_set(error, "--patience %d: was over before epoch %d, which %s has begun; ask for more",
                         resumed->options.patience, begun, run->training.options->resume);
    return true;
}

enum exit_status resume_open(struct training_run *run, struct error *error)
{
    struct resumed_run *resumed = &run->resumed;
    const char *directory = run->training.options->resume;
    char path[RUN_PATH_BYTES];
    resumed->options = *run->training.options;
    if (!recorded_options_check(run->training.options, error))
        return STATUS_USAGE;
    if (!check_directory(directory, error))
        return STATUS_FAILED;
    snprintf(path, sizeof path, "%s/model.keras", directory);
    struct error unread; /* whatever run.json lacks is done without */
    resumed->record = run_json_read(directory, &unread);
    if (!read_model(run, path, error) || !take_machine(run, error))
        return STATUS_FAILED;
    if (!check_end(run, error))
        return STATUS_USAGE;
    run->training.position = resumed->state.position;
    resumed->options.out = directory;
    run->training.options = &resumed->options;
    run->training.begun_with = resumed->state.data;
    return training_check(run->training.options, error) ? STATUS_DONE : STATUS_USAGE;
}

static double seconds_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key)); /* 0 where there is none */
}

void resume_take_history(struct training_run *run)
{
    const struct resumed_run *resumed = &run->resumed;
    const json_t *epochs = json_object_get(resumed->record, "epochs");
    const json_t *position = json_object_get(resumed->record, "position");
    const int done = run->training.position.epochs_done;
    for (int i = 0; i < done; i++) {
        const json_t *epoch = json_array_get(epochs, (size_t)i);
        run->training.records[i] = resumed->state.records[i];
        run->training.records[i].seconds = seconds_of(epoch, "seconds");
        run->training.records[i].validation_seconds = seconds_of(epoch, "validation_seconds");
    }
    const json_t *wall = json_object_get(resumed->record, "wall");
    run->wall.total += seconds_of(wall, "total");
    run->wall.data += seconds_of(wall, "data");
    run->wall.setup += seconds_of(wall, "setup");
    run->wall.saving += seconds_of(wall, "saving");
    if (run->training.position.step > 0 &&
        json_integer_value(json_object_get(position, "epochs_done")) == done)
        run->training.position.seconds = seconds_of(position, "seconds");
}

/* More epochs would be refused where the learning rate of a schedule has fallen to 0. */
static const char *what_is_left(const struct training_run *run)
{
    const struct checkpoint *model = &run->training.session->model;
    const struct adam_spec *adam = &model->spec.adam;
    if (!is_complete(&run->resumed))
        return "";
    if (adam_has_schedule(adam) && adam->cosine.alpha == 0 &&
        model->state.iterations >= adam_scheduled_updates(adam))
        return "; nothing is left to do, and its schedule is over; more would be another run, with --model "
               "and "
               "--schedule";
    return "; nothing is left to do, more --epochs or --patience would be";
}

void resume_print(const struct training_run *run)
{
    const struct options *options = run->training.options;
    const struct trainer_position *position = &run->training.position;
    const int N = options->batch_size,
              steps = run->training.data.train.count / N + (run->training.data.train.count % N != 0);
    const char *device = json_string_value(json_object_get(run->resumed.record, "device"));
    printf("Going on with %s: %d of %d epochs done", options->resume, position->epochs_done, options->epochs);
    if (position->step > 0)
        printf(", and %d of %d steps of the next", position->step, steps);
    puts(what_is_left(run));
    if (device && strcmp(device, run->training.session->backend->description) != 0)
        printf("Note: until now the device was: %s\n", device);
    if (options->dropout_masks == MASKS_CUDNN)
        puts("Note: cuDNN draws its masks from the beginning again: the numbers are not those of a run "
             "without a break");
}

void resume_close(struct training_run *run)
{
    trainer_state_close(&run->resumed.state);
    json_decref(run->resumed.record);
}
