#include "recorded_options.h"
#include "training_run.h"
#include "versions.h"

#include "matinee/clock.h"
#include "matinee/json_values.h"
#include "matinee/output_file.h"
#include "matinee/ranks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static json_t *epochs_json(const struct training_run *run)
{
    json_t *list = json_array();
    for (int i = 0; list && i < run->training.position.epochs_done; i++)
        if (json_array_append_new(list, json_epoch(&run->training.records[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *wall_json(const struct training_run *run)
{
    const struct wall_times *wall = &run->wall;
    return json_pack("{s:o, s:o, s:o, s:o}", "total", json_number(wall->total + clock_seconds() - run->began),
                     "data", json_number(wall->data), "setup", json_number(wall->setup), "saving",
                     json_number(wall->saving));
}

static json_t *position_json(const struct trainer_position *position)
{
    return json_pack("{s:i, s:i, s:o}", "epochs_done", position->epochs_done, "step", position->step,
                     "seconds", json_number(position->seconds));
}

/* Data that nobody named are recorded as they were found: the next shell may find others. */
static json_t *machine_options_json(const struct training_run *run)
{
    struct options options = *run->training.options;
    char found[DATA_PATH_BYTES];
    if (!options.data) {
        (void)dataset_locate(found, sizeof found);
        options.data = run->training.session->data.is_sample ? dataset_sample_name : found;
    }
    const enum option_id *const lists[] = {options_of_data, options_of_device, options_of_log};
    json_t *all = json_object();
    for (size_t i = 0; all && i < sizeof lists / sizeof *lists; i++) {
        json_t *some = recorded_options_json(&options, lists[i]);
        if (json_object_update(all, some) != 0) {
            json_decref(all);
            all = NULL;
        }
        json_decref(some);
    }
    return all;
}

static json_t *run_json(const struct training_run *run, const char *status)
{
    const struct session *s = run->training.session;
    const int done = run->training.position.epochs_done,
              best = trainer_best_epoch(run->training.records, done);
    const struct epoch_record *last = done ? &run->training.records[done - 1] : NULL;
    const struct sharing sharing = ranks_sharing(run->training.options);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:I, "
                     "s:I, s:o, s:o, "
                     "s:o, s:o, s:o}",                                                            //
                     "status", status, "started", run->started,                                   //
                     "settings", training_settings(&run->training), "versions", versions_json(),  //
                     "options", machine_options_json(run),                                        //
                     "device", json_text(s->backend->description), "engine", json_text(s->engine), "graph",
                     s->on_gpu ? json_boolean(!run->training.options->no_graph) : json_null(), "threads",
                     s->backend->threads,  //
                     "ranks", sharing_ranks(&sharing), "parts", sharing.parts, "communicator",
                     json_text(sharing_ranks(&sharing) > 1 ? sharing.communicator->description : NULL),
                     "no_gpu", json_text(s->no_gpu[0] ? s->no_gpu : NULL),       //
                     "data", json_text(s->data.source),                          //
                     "train_reviews", run->training.data.train.count,            //
                     "validation_reviews", run->training.data.validation.count,  //
                     "parameters", (json_int_t)s->model.table.total_count,       //
                     "iterations", (json_int_t)s->model.state.iterations,        //
                     "position", position_json(&run->training.position), "best_epoch",
                     best < 0 ? json_null() : json_integer(best + 1),  //
                     "epochs", epochs_json(run), "wall", wall_json(run), "result",
                     last ? json_epoch(last) : json_null());
}

bool run_json_write(const struct training_run *run, const char *status, struct error *error)
{
    char path[RUN_PATH_BYTES];
    run_directory_file(&run->directory, "run.json", path);
    json_t *value = run_json(run, status);
    char *text = value ? json_dumps(value, JSON_PRECISION | JSON_INDENT(2)) : NULL;
    json_decref(value);
    if (!text)
        return error_memory(error, "run.json", 0);
    struct output_file file;
    bool written = output_file_open(&file, path, error);
    if (written) {
        fprintf(file.stream, "%s\n", text); /* a failure is reported by the commit */
        written = output_file_commit(&file, error);
    }
    free(text);
    return written;
}

json_t *run_json_read(const char *directory, struct error *error)
{
    static const char remedy[] = "name the directory of a run";
    enum { BYTES_MAX = 64 << 20 };
    char path[RUN_PATH_BYTES];
    struct stat status;
    json_error_t reason;
    if (snprintf(path, sizeof path, "%s/run.json", directory) >= (int)sizeof path)
        error_set(error, "%.500s: the path is too long; go there and name it from there", directory);
    else if (stat(path, &status) != 0)
        error_set(error, "%s: %s; %s", path, strerror(errno), remedy);
    else if (!S_ISREG(status.st_mode) || status.st_size > BYTES_MAX)
        error_set(error, "%s: is no file that a run has written; %s", path, remedy);
    else {
        json_t *value = json_load_file(path, 0, &reason);
        if (json_is_object(value))
            return value;
        error_set(error, "%s: line %d: %s; use the file as it was written", path, value ? 1 : reason.line,
                  value ? "is no object" : reason.text);
        json_decref(value);
    }
    return NULL;
}
