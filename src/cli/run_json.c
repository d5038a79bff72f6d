#include "json_values.h"
#include "model_json.h"
#include "option_values.h"
#include "ranks.h"
#include "recorded_options.h"
#include "training_run.h"
#include "versions.h"

#include "matinee/clock.h"
#include "matinee/output_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static json_t *validation_json(const struct training_data *data)
{
    if (data->kind == VALIDATION_FRACTION)
        return json_number(data->fraction);
    return json_string(data->kind == VALIDATION_TEST ? "test" : "none");
}

/* How the data were read, if they are a table; test is a file, a fraction or null. */
static json_t *table_json(const struct table_options *table)
{
    json_t *test = table->test_fraction > 0 ? json_number(table->test_fraction) : json_text(table->test);
    return json_pack("{s:o, s:o, s:o, s:b}", "test", test, "text_column", json_text(table->text_column),
                     "label_column", json_text(table->label_column), "no_quotes", table->no_quotes);
}

/* Those that the run began with, and its epochs of now. */
static json_t *resumed_settings(const struct training_run *run)
{
    json_t *settings = json_loads(run->session->model.settings, 0, NULL);
    if (settings && json_object_set_new(settings, "epochs", json_integer(run->options->epochs)) != 0) {
        json_decref(settings);
        return NULL;
    }
    return settings;
}

json_t *run_settings(const struct training_run *run)
{
    if (run->resumed.is_one)
        return resumed_settings(run);
    const struct options *o = run->options;
    const struct checkpoint *model = &run->session->model;
    const struct spec *spec = &model->spec;
    bool fresh = o->fresh || model_kind(o->model) != MODEL_KERAS;
    json_t *initializers = fresh ? json_string(initializers_name(spec->initializers)) : json_null();
    const struct layer_spec *lstm = first_lstm(spec);
    json_t *units = lstm ? json_integer(lstm->units) : json_null();
    json_t *course = json_pack("{s:o, s:b, s:i, s:o, s:i, s:i}",                                  //
                               "model", json_text(o->model), "fresh", fresh, "train_reviews",     //
                               run->data.train.count, "validation", validation_json(&run->data),  //
                               "epochs", o->epochs, "batch_size", o->batch_size);
    json_t *rest = json_pack("{s:o, s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:o, s:o, s:b, s:o, s:b}",      //
                             "initializers", initializers, "precision", precision_name(o->precision),  //
                             "dropout_masks", mask_source_name(o->dropout_masks),                      //
                             "seed", (json_int_t)o->seed,                                              //
                             "vocabulary", checkpoint_words(model), "maxlen", checkpoint_length(model),
                             "ngrams", model->ngram_order,                                               //
                             "embedding", spec->layers[0].units, "units", units,                         //
                             "layers", model_layers_json(spec), "sample", run->session->data.is_sample,  //
                             "table", table_json(&o->table), "exact_ranks", o->exact_ranks);
    return json_joined(json_joined(course, training_optimizer_json(&spec->adam)), rest);
}

static json_t *epochs_json(const struct training_run *run)
{
    json_t *list = json_array();
    for (int i = 0; list && i < run->position.epochs_done; i++)
        if (json_array_append_new(list, json_epoch(&run->records[i])) != 0) {
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
    struct options options = *run->options;
    char found[DATA_PATH_BYTES];
    if (!options.data) {
        (void)dataset_locate(found, sizeof found);
        options.data = run->session->data.is_sample ? dataset_sample_name : found;
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
    const struct session *s = run->session;
    const int done = run->position.epochs_done, best = trainer_best_epoch(run->records, done);
    const struct epoch_record *last = done ? &run->records[done - 1] : NULL;
    const struct sharing sharing = ranks_sharing(run->options);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:I, "
                     "s:I, s:o, s:o, "
                     "s:o, s:o, s:o}",                                            //
                     "status", status, "started", run->started,                   //
                     "settings", run_settings(run), "versions", versions_json(),  //
                     "options", machine_options_json(run),                        //
                     "device", json_text(s->backend->description), "engine", json_text(s->engine), "graph",
                     s->on_gpu ? json_boolean(!run->options->no_graph) : json_null(), "threads",
                     s->backend->threads,  //
                     "ranks", sharing_ranks(&sharing), "parts", sharing.parts, "communicator",
                     json_text(sharing_ranks(&sharing) > 1 ? sharing.communicator->description : NULL),
                     "no_gpu", json_text(s->no_gpu[0] ? s->no_gpu : NULL),  //
                     "data", json_text(s->data.source),                     //
                     "train_reviews", run->data.train.count,                //
                     "validation_reviews", run->data.validation.count,      //
                     "parameters", (json_int_t)s->model.table.total_count,  //
                     "iterations", (json_int_t)s->model.state.iterations,   //
                     "position", position_json(&run->position), "best_epoch",
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
