#include "run_result.h"

#include "json_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct run_cost no_cost = {NAN, NAN, 0, {NAN, NAN}};

static void path_in(char path[static CAMPAIGN_PATH_BYTES], const char *directory, const char *name)
{
    snprintf(path, CAMPAIGN_PATH_BYTES, "%s/%s", directory, name);
}

static struct score score_of(const json_t *object, const char *loss, const char *accuracy)
{
    return (struct score){json_member_number(object, loss), json_member_number(object, accuracy)};
}

static bool read_epochs(struct run_result *result, const json_t *list, struct error *error)
{
    const size_t count = json_array_size(list);
    result->epochs = calloc(count ? count : 1, sizeof *result->epochs);
    if (!result->epochs)
        return error_memory(error, "the epochs of a run", count * sizeof *result->epochs);
    for (size_t i = 0; i < count; i++) {
        const json_t *epoch = json_array_get(list, i);
        result->epochs[i] = (struct epoch_record){
            .epoch = (int)i + 1,
            .steps = (int)json_integer_value(json_object_get(epoch, "steps")),
            .train = score_of(epoch, "loss", "accuracy"),
            .validated = json_object_get(epoch, "val_loss") != NULL,
            .validation = score_of(epoch, "val_loss", "val_accuracy"),
            .seconds = json_member_number(epoch, "seconds"),
            .validation_seconds = json_member_number(epoch, "validation_seconds"),
        };
    }
    result->epoch_count = (int)count;
    return true;
}

static void copy_text(char *text, size_t bytes, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    snprintf(text, bytes, "%s", value ? value : "");
}

static bool take_run(struct run_result *result, const json_t *run, struct error *error)
{
    result->parameters = json_integer_value(json_object_get(run, "parameters"));
    result->train_reviews = (int)json_integer_value(json_object_get(run, "train_reviews"));
    result->validation_reviews = (int)json_integer_value(json_object_get(run, "validation_reviews"));
    copy_text(result->device, sizeof result->device, run, "device");
    copy_text(result->engine, sizeof result->engine, run, "engine");
    return read_epochs(result, json_object_get(run, "epochs"), error);
}

/* False if there is no such file. */
static bool read_cost(struct run_cost *cost, const char *directory)
{
    char path[CAMPAIGN_PATH_BYTES];
    path_in(path, directory, "cost.json");
    json_t *file = json_file_read(path);
    *cost = no_cost;
    if (!json_is_object(file)) {
        json_decref(file);
        return false;
    }
    cost->wall_seconds = json_member_number(file, "wall_seconds");
    cost->cpu_seconds = json_member_number(file, "cpu_seconds");
    cost->peak_bytes = json_integer_value(json_object_get(file, "peak_bytes"));
    cost->test = score_of(json_object_get(file, "test"), "loss", "accuracy");
    json_decref(file);
    return true;
}

bool run_result_read(struct run_result *result, enum run_stage *stage, const char *directory,
                     struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    struct stat model;
    *result = (struct run_result){.cost = no_cost};
    path_in(path, directory, "model.keras");
    *stage = stat(path, &model) == 0 ? RUN_BEGUN : RUN_ABSENT;
    if (*stage == RUN_ABSENT)
        return true;
    const bool has_cost = read_cost(&result->cost, directory);
    path_in(path, directory, "run.json");
    json_t *run = json_file_read(path);
    const char *status = json_string_value(json_object_get(run, "status"));
    bool read = true;
    if (has_cost && status && strcmp(status, "done") == 0)
        read = take_run(result, run, error);
    json_decref(run);
    if (result->epoch_count > 0)
        *stage = RUN_COMPLETE;
    return read;
}

void run_result_close(struct run_result *result)
{
    free(result->epochs);
    *result = (struct run_result){.cost = no_cost};
}

bool run_cost_write(const struct run_cost *cost, const char *directory, struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    path_in(path, directory, "cost.json");
    json_t *test = isnan(cost->test.accuracy) ? json_null()
                                              : json_pack("{s:o, s:o}", "loss", json_finite(cost->test.loss),
                                                          "accuracy", json_finite(cost->test.accuracy));
    return json_file_write(path,
                           json_pack("{s:o, s:o, s:I, s:o}", "wall_seconds", json_finite(cost->wall_seconds),
                                     "cpu_seconds", json_finite(cost->cpu_seconds), "peak_bytes",
                                     (json_int_t)cost->peak_bytes, "test", test),
                           error);
}

void run_cost_remove(const char *directory)
{
    char path[CAMPAIGN_PATH_BYTES];
    path_in(path, directory, "cost.json");
    (void)unlink(path);
}

double run_epoch_seconds(const struct run_result *result)
{
    double seconds = 0;
    for (int i = 0; i < result->epoch_count; i++)
        seconds += result->epochs[i].seconds;
    return seconds / result->epoch_count;
}

struct score run_last_validation(const struct run_result *result)
{
    const struct score none = {NAN, NAN};
    return result->epoch_count ? result->epochs[result->epoch_count - 1].validation : none;
}

double run_accuracy(const struct run_result *result)
{
    const double accuracy = result->cost.test.accuracy;
    return isnan(accuracy) ? run_last_validation(result).accuracy : accuracy;
}

bool run_cost_take_score(struct run_cost *cost, const char *text, struct error *error)
{
    json_t *object = json_loads(text, 0, NULL);
    cost->test = score_of(object, "loss", "accuracy");
    json_decref(object);
    return !isnan(cost->test.accuracy) || error_set(error, "matinee evaluate has printed no accuracy");
}
