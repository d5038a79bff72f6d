#include "matinee/json_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_joined(json_t *first, json_t *second)
{
    bool joined = first && second && json_object_update(first, second) == 0;
    json_decref(second);
    if (joined)
        return first;
    json_decref(first);
    return NULL;
}

json_t *json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    char *copy = value ? NULL : strdup(text);
    if (!copy)
        return value;
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *json_epoch(const struct epoch_record *record)
{
    json_t *value =
        json_pack("{s:i, s:i, s:o, s:o}", "epoch", record->epoch, "steps", record->steps, "accuracy",
                  json_number(record->train.accuracy), "loss", json_number(record->train.loss));
    int failed = 0;
    if (value && record->validated)
        failed = json_object_set_new(value, "val_accuracy", json_number(record->validation.accuracy)) ||
                 json_object_set_new(value, "val_loss", json_number(record->validation.loss));
    failed = failed || json_object_set_new(value, "seconds", json_number(record->seconds)) ||
             json_object_set_new(value, "validation_seconds", json_number(record->validation_seconds));
    if (!failed)
        return value;
    json_decref(value);
    return NULL;
}
