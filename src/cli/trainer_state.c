#include "trainer_state.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 1,
    TEXT_BYTES_MAX = 32 << 20, /* twice what the most epochs take */
};

static json_t *record_to_json(const struct epoch_record *record)
{
    json_t *object = json_pack("{s:i, s:f, s:f}", "steps", record->steps, "accuracy", record->train.accuracy,
                               "loss", record->train.loss);
    if (object && record->validated &&
        (json_object_set_new(object, "val_accuracy", json_real(record->validation.accuracy)) != 0 ||
         json_object_set_new(object, "val_loss", json_real(record->validation.loss)) != 0)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *history_to_json(const struct trainer_state *state)
{
    json_t *list = json_array();
    for (int i = 0; list && i < state->position.epochs_done; i++)
        if (json_array_append_new(list, record_to_json(&state->records[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

char *trainer_state_to_json(const struct trainer_state *state)
{
    const struct trainer_position *position = &state->position;
    json_t *object = json_pack("{s:i, s:O, s:s, s:i, s:f, s:I, s:I, s:o}", "version", VERSION, "options",
                               state->options, "data", state->data, "step", position->step, "loss",
                               position->sums.loss, "correct", (json_int_t)position->sums.correct, "examples",
                               (json_int_t)position->sums.count, "history", history_to_json(state));
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    return text;
}

static bool damaged(const char *what, struct error *error)
{
    return error_set(error, "%s; use the file as it was saved", what);
}

static bool read_count(const json_t *object, const char *key, int64_t high, int64_t *count,
                       struct error *error)
{
    const json_t *value = json_object_get(object, key);
    *count = json_integer_value(value);
    if (json_is_integer(value) && *count >= 0 && *count <= high)
        return true;
    return error_set(error, "\"%s\" is no whole number from 0 to %lld; use the file as it was saved", key,
                     (long long)high);
}

static bool read_number(const json_t *object, const char *key, double *number, struct error *error)
{
    const json_t *value = json_object_get(object, key);
    *number = json_number_value(value);
    if (json_is_number(value) && isfinite(*number) && *number >= 0)
        return true;
    return error_set(error, "\"%s\" is no number from 0; use the file as it was saved", key);
}

static bool read_record(struct epoch_record *record, const json_t *object, struct error *error)
{
    int64_t steps;
    record->validated = json_object_get(object, "val_accuracy") != NULL;
    if (!read_count(object, "steps", INT_MAX, &steps, error) ||
        !read_number(object, "accuracy", &record->train.accuracy, error) ||
        !read_number(object, "loss", &record->train.loss, error))
        return false;
    record->steps = (int)steps;
    return !record->validated || (read_number(object, "val_accuracy", &record->validation.accuracy, error) &&
                                  read_number(object, "val_loss", &record->validation.loss, error));
}

static bool read_history(struct trainer_state *state, const json_t *list, struct error *error)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > INT_MAX)
        return damaged("\"history\" is no list", error);
    state->records = calloc(count + 1, sizeof *state->records);
    if (!state->records)
        return error_memory(error, "the history", (count + 1) * sizeof *state->records);
    for (size_t i = 0; i < count; i++) {
        state->records[i].epoch = (int)i + 1;
        if (!read_record(&state->records[i], json_array_get(list, i), error))
            return error_within(error, "epoch %zu", i + 1);
    }
    state->position.epochs_done = (int)count;
    return true;
}

static bool read_position(struct trainer_position *position, const json_t *object, struct error *error)
{
    int64_t step;
    if (!read_count(object, "step", INT_MAX, &step, error) ||
        !read_number(object, "loss", &position->sums.loss, error) ||
        !read_count(object, "examples", INT_MAX, &position->sums.count, error) ||
        !read_count(object, "correct", position->sums.count, &position->sums.correct, error))
        return false;
    position->step = (int)step;
    return true;
}

static bool read_all(struct trainer_state *state, const json_t *object, struct error *error)
{
    const char *data = json_string_value(json_object_get(object, "data"));
    json_t *options = json_object_get(object, "options");
    if (json_integer_value(json_object_get(object, "version")) != VERSION)
        return error_set(error, "is of another version; go on with the program that saved the file");
    if (!data || strlen(data) >= sizeof state->data)
        return damaged("\"data\" is no mark of the data", error);
    strcpy(state->data, data);
    if (!json_is_object(options))
        return damaged("\"options\" are missing", error);
    state->options = json_incref(options);
    return read_position(&state->position, object, error) &&
           read_history(state, json_object_get(object, "history"), error);
}

bool trainer_state_from_json(struct trainer_state *state, const char *text, struct error *error)
{
    *state = (struct trainer_state){.records = NULL};
    json_error_t place;
    size_t bytes = strlen(text);
    if (bytes > TEXT_BYTES_MAX)
        return error_set(error, "has more than %d bytes; use the file as it was saved", TEXT_BYTES_MAX);
    json_t *object = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &place);
    if (!object)
        return error_set(error, "not JSON at byte %d: %s; use the file as it was saved", place.position,
                         place.text);
    bool read = read_all(state, object, error);
    json_decref(object);
    if (!read)
        trainer_state_close(state);
    return read;
}

void trainer_state_close(struct trainer_state *state)
{
    json_decref(state->options);
    free(state->records);
    *state = (struct trainer_state){.records = NULL};
}
