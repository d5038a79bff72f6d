#include "option_values.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The strto functions accept leading blanks and hexadecimal; a command line should not. */
static bool plain(const char *text, const char *allowed)
{
    return text[0] && text[strspn(text, allowed)] == '\0';
}

bool option_whole(const char *name, const char *text, int low, int high, int *value, struct error *error)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (!plain(text, "+-0123456789") || *end || errno || number < low || number > high)
        return error_set(error, "%s %s: must be a whole number from %d to %d", name, text, low, high);
    *value = (int)number;
    return true;
}

bool option_seed(const char *name, const char *text, uint64_t *value, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!plain(text, "0123456789") || *end || errno || number > INT64_MAX)
        return error_set(error, "%s %s: must be a whole number from 0 to 9223372036854775807", name, text);
    *value = number;
    return true;
}

static bool number_from(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return plain(text, "+-.0123456789eE") && end != text && *end == '\0' && isfinite(*value);
}

bool option_positive(const char *name, const char *text, double high, double *value, struct error *error)
{
    double number;
    if (!number_from(text, &number) || !(number > 0) || number > high)
        return error_set(error, "%s %s: must be a number above 0 and at most %g", name, text, high);
    *value = number;
    return true;
}

bool option_rate(const char *name, const char *text, double *rate, struct error *error)
{
    double number;
    if (!number_from(text, &number) || !(number >= 0 && number < 1))
        return error_set(error, "%s %s: must be a number from 0 to below 1", name, text);
    *rate = number;
    return true;
}

static const struct {
    const char *name;
    double hard_sigmoid_slope;
} recurrent_activations[] = {{"sigmoid", 0}, {"hard_sigmoid", 1.0 / 6}, {"hard_sigmoid_keras1", 0.2}};

bool option_recurrent_activation(const char *name, const char *text, double *hard_sigmoid_slope,
                                 struct error *error)
{
    for (size_t i = 0; i < sizeof recurrent_activations / sizeof recurrent_activations[0]; i++)
        if (strcmp(text, recurrent_activations[i].name) == 0) {
            *hard_sigmoid_slope = recurrent_activations[i].hard_sigmoid_slope;
            return true;
        }
    return error_set(error, "%s %s: must be sigmoid, hard_sigmoid or hard_sigmoid_keras1", name, text);
}

const char *recurrent_activation_name(double hard_sigmoid_slope)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof recurrent_activations / sizeof recurrent_activations[0]; i++)
        if (recurrent_activations[i].hard_sigmoid_slope == hard_sigmoid_slope)
            name = recurrent_activations[i].name;
    assert(name);
    return name;
}

static const char *const gate_masks_names[] = {
    [GATE_MASKS_PER_GATE] = "per-gate", [GATE_MASKS_SHARED] = "shared"};

bool option_gate_masks(const char *name, const char *text, enum gate_masks *masks, struct error *error)
{
    if (strcmp(text, gate_masks_names[GATE_MASKS_PER_GATE]) == 0)
        *masks = GATE_MASKS_PER_GATE;
    else if (strcmp(text, gate_masks_names[GATE_MASKS_SHARED]) == 0)
        *masks = GATE_MASKS_SHARED;
    else
        return error_set(error, "%s %s: must be per-gate or shared", name, text);
    return true;
}

const char *gate_masks_name(enum gate_masks masks)
{
    return gate_masks_names[masks];
}

static const char *const initializers_names[] = {
    [INITIALIZERS_KERAS] = "keras", [INITIALIZERS_KERAS1] = "keras1"};

bool option_initializers(const char *name, const char *text, enum initializers *initializers,
                         struct error *error)
{
    if (strcmp(text, initializers_names[INITIALIZERS_KERAS]) == 0)
        *initializers = INITIALIZERS_KERAS;
    else if (strcmp(text, initializers_names[INITIALIZERS_KERAS1]) == 0)
        *initializers = INITIALIZERS_KERAS1;
    else
        return error_set(error, "%s %s: must be keras or keras1", name, text);
    return true;
}

const char *initializers_name(enum initializers initializers)
{
    return initializers_names[initializers];
}

bool option_validation(const char *name, const char *text, enum validation_kind *kind, double *fraction,
                       struct error *error)
{
    *fraction = 0;
    if (strcmp(text, "test") == 0) {
        *kind = VALIDATION_TEST;
        return true;
    }
    if (strcmp(text, "none") == 0) {
        *kind = VALIDATION_NONE;
        return true;
    }
    *kind = VALIDATION_FRACTION;
    if (!number_from(text, fraction) || !(*fraction > 0 && *fraction < 1))
        return error_set(error, "%s %s: must be test, none, or a fraction above 0 and below 1", name, text);
    return true;
}

bool option_device(const char *name, const char *text, const char **device, struct error *error)
{
    static const char indexed[] = "cuda:";
    *device = text;
    if (strcmp(text, "auto") == 0 || strcmp(text, "cpu") == 0 || strcmp(text, "cuda") == 0)
        return true;
    size_t prefix = sizeof indexed - 1;
    if (strncmp(text, indexed, prefix) == 0 && plain(text + prefix, "0123456789") &&
        strlen(text + prefix) <= 3)
        return true;
    return error_set(error, "%s %s: must be auto, cpu, cuda or cuda:I with I from 0", name, text);
}
