#include "option_values.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
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

/* The number of the word that `text` is; NULL ends the words. The message lists them: "must be per-gate or shared". */
static bool choose(const char *name, const char *text, const char *const *words, int *chosen,
                   struct error *error)
{
    char list[128] = "";
    for (int i = 0; words[i]; i++) {
        size_t used = strlen(list);
        if (strcmp(text, words[i]) == 0) {
            *chosen = i;
            return true;
        }
        snprintf(list + used, sizeof list - used, "%s%s",
                 i == 0         ? ""
                 : words[i + 1] ? ", "
                                : " or ",
                 words[i]);
    }
    return error_set(error, "%s %s: must be %s", name, text, list);
}

const char *const recurrent_activations[] = {"sigmoid", "hard_sigmoid", "hard_sigmoid_keras1", NULL};
static const double hard_sigmoid_slopes[] = {0, 1.0 / 6, 0.2};

bool option_recurrent_activation(const char *name, const char *text, double *hard_sigmoid_slope,
                                 struct error *error)
{
    int chosen;
    if (!choose(name, text, recurrent_activations, &chosen, error))
        return false;
    *hard_sigmoid_slope = hard_sigmoid_slopes[chosen];
    return true;
}

const char *recurrent_activation_name(double hard_sigmoid_slope)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof hard_sigmoid_slopes / sizeof hard_sigmoid_slopes[0]; i++)
        if (hard_sigmoid_slopes[i] == hard_sigmoid_slope)
            name = recurrent_activations[i];
    assert(name);
    return name;
}

const char *const gate_masks_names[] = {
    [GATE_MASKS_PER_GATE] = "per-gate", [GATE_MASKS_SHARED] = "shared", NULL};
const char *const global_pooling_names[] = {
    [GLOBAL_POOLING_NONE] = "none", [GLOBAL_POOLING_MAX] = "max", [GLOBAL_POOLING_AVERAGE] = "average", NULL};
const char *const initializers_names[] = {
    [INITIALIZERS_KERAS] = "keras", [INITIALIZERS_KERAS1] = "keras1", NULL};
const char *const engine_names[] = {[ENGINE_AUTO] = "auto",
                                    [ENGINE_FUSED] = "fused",
                                    [ENGINE_CUDNN] = "cudnn",
                                    [ENGINE_GENERIC] = "generic",
                                    NULL};
const char *const map_reviews_names[] = {
    [MAP_REVIEWS_AUTO] = "auto", [MAP_REVIEWS_ALWAYS] = "always", [MAP_REVIEWS_NEVER] = "never", NULL};
const char *const precision_names[] = {[PRECISION_FP32] = "fp32", [PRECISION_TF32] = "tf32", NULL};
const char *const mask_source_names[] = {[MASKS_COUNTER] = "counter", [MASKS_CUDNN] = "cudnn", NULL};

bool option_gate_masks(const char *name, const char *text, enum gate_masks *masks, struct error *error)
{
    int chosen;
    if (!choose(name, text, gate_masks_names, &chosen, error))
        return false;
    *masks = (enum gate_masks)chosen;
    return true;
}

const char *gate_masks_name(enum gate_masks masks)
{
    return gate_masks_names[masks];
}

bool option_global_pooling(const char *name, const char *text, enum global_pooling *pooling,
                           struct error *error)
{
    int chosen;
    if (!choose(name, text, global_pooling_names, &chosen, error))
        return false;
    *pooling = (enum global_pooling)chosen;
    return true;
}

const char *const schedule_names[] = {[SCHEDULE_CONSTANT] = "constant", [SCHEDULE_COSINE] = "cosine", NULL};

bool option_schedule(const char *name, const char *text, enum schedule_kind *schedule, struct error *error)
{
    int chosen;
    if (!choose(name, text, schedule_names, &chosen, error))
        return false;
    *schedule = (enum schedule_kind)chosen;
    return true;
}

const char *schedule_name(enum schedule_kind schedule)
{
    return schedule_names[schedule];
}

bool option_initializers(const char *name, const char *text, enum initializers *initializers,
                         struct error *error)
{
    int chosen;
    if (!choose(name, text, initializers_names, &chosen, error))
        return false;
    *initializers = (enum initializers)chosen;
    return true;
}

const char *initializers_name(enum initializers initializers)
{
    return initializers_names[initializers];
}

bool option_engine(const char *name, const char *text, enum engine_choice *engine, struct error *error)
{
    int chosen;
    if (!choose(name, text, engine_names, &chosen, error))
        return false;
    *engine = (enum engine_choice)chosen;
    return true;
}

const char *engine_name(enum engine_choice engine)
{
    return engine_names[engine];
}

bool option_map_reviews(const char *name, const char *text, enum map_reviews *map, struct error *error)
{
    int chosen;
    if (!choose(name, text, map_reviews_names, &chosen, error))
        return false;
    *map = (enum map_reviews)chosen;
    return true;
}

bool option_precision(const char *name, const char *text, enum precision *precision, struct error *error)
{
    int chosen;
    if (!choose(name, text, precision_names, &chosen, error))
        return false;
    *precision = (enum precision)chosen;
    return true;
}

const char *precision_name(enum precision precision)
{
    return precision_names[precision];
}

bool option_dropout_masks(const char *name, const char *text, enum mask_source *masks, struct error *error)
{
    int chosen;
    if (!choose(name, text, mask_source_names, &chosen, error))
        return false;
    *masks = (enum mask_source)chosen;
    return true;
}

const char *mask_source_name(enum mask_source masks)
{
    return mask_source_names[masks];
}

const char *const validation_names[] = {"test", "none", NULL};

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

bool option_test(const char *name, const char *text, const char **path, double *fraction, struct error *error)
{
    double number;
    bool is_number = number_from(text, &number);
    *path = is_number ? NULL : text;
    *fraction = is_number ? number : 0;
    if (text[0] && (!is_number || (number > 0 && number < 1)))
        return true;
    return error_set(error, "%s %s: must be a file, or a fraction above 0 and below 1", name, text);
}

void option_validation_text(enum validation_kind kind, double fraction, char text[static OPTION_TEXT_BYTES])
{
    if (kind == VALIDATION_FRACTION)
        snprintf(text, OPTION_TEXT_BYTES, "%.17g", fraction);
    else
        snprintf(text, OPTION_TEXT_BYTES, "%s", kind == VALIDATION_TEST ? "test" : "none");
}

const char *const device_names[] = {"auto", "cpu", "cuda", NULL};

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

const char *const cpu_kernels_names[] = {"auto", "avx512", "avx2", "sse2", "native", NULL};

bool option_cpu_kernels(const char *name, const char *text, const char **kernels, struct error *error)
{
    int chosen;
    if (!choose(name, text, cpu_kernels_names, &chosen, error))
        return false;
    *kernels = cpu_kernels_names[chosen];
    return true;
}

const char *const backend_names[] = {"theano", "tensorflow", NULL};

bool option_backend(const char *name, const char *text, const char **backend, struct error *error)
{
    int chosen;
    if (!choose(name, text, backend_names, &chosen, error))
        return false;
    *backend = backend_names[chosen];
    return true;
}
