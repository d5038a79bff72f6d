#include "option_values.h"

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
