#include "json_file.h"

#include "matinee/output_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

json_t *json_file_read(const char *path)
{
    enum { BYTES_MAX = 64 << 20 };
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > BYTES_MAX)
        return NULL;
    return json_load_file(path, 0, NULL);
}

bool json_file_write(const char *path, json_t *value, struct error *error)
{
    struct output_file file;
    char *text = value ? json_dumps(value, JSON_REAL_PRECISION(15) | JSON_INDENT(2)) : NULL;
    json_decref(value);
    if (!text)
        return error_memory(error, path, 0);
    bool written = output_file_open(&file, path, error);
    if (written) {
        fprintf(file.stream, "%s\n", text); /* a failure is reported by the commit */
        written = output_file_commit(&file, error);
    }
    free(text);
    return written;
}

double json_member_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

json_t *json_finite(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_words(const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    return value ? value : json_null();
}

json_t *json_sample(const struct sample *sample)
{
    if (sample->count == 0)
        return json_null();
    return json_pack("{s:i, s:o, s:o, s:o, s:o}", "count", sample->count, "mean", json_finite(sample->mean),
                     "deviation", json_finite(sample->deviation), "low", json_finite(sample->interval.low),
                     "high", json_finite(sample->interval.high));
}

json_t *json_ratio(const struct sample *sample)
{
    if (sample->count == 0)
        return json_null();
    return json_pack("{s:i, s:o, s:o, s:o}", "count", sample->count, "ratio", json_finite(sample->mean),
                     "low", json_finite(sample->interval.low), "high", json_finite(sample->interval.high));
}
