/* JSON in files and in small pieces. */
#ifndef MATINEE_CAMPAIGN_JSON_FILE_H
#define MATINEE_CAMPAIGN_JSON_FILE_H

#include "statistics.h"

#include "matinee/error.h"

#include <jansson.h>

/* NULL if there is no such file, none that is a regular file of at most 64 MiB, or no JSON in it. */
json_t *json_file_read(const char *path);

/* Writes the value, indented, and releases it; NULL: out of memory. */
bool json_file_write(const char *path, json_t *value, struct error *error);

/* The number of a member; NaN where there is none, null included. */
double json_member_number(const json_t *object, const char *key);

/* null unless finite. */
json_t *json_finite(double value);

/* null for a text that is NULL or not UTF-8. */
json_t *json_words(const char *text);

/* {"count": 5, "mean": ..., "deviation": ..., "low": ..., "high": ...}; null of no numbers. */
json_t *json_sample(const struct sample *sample);

/* {"count": 5, "ratio": ..., "low": ..., "high": ...}: of sample_of_ratios. */
json_t *json_ratio(const struct sample *sample);

#endif
