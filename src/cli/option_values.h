/* Texts of option values to numbers, with refusals that say what is allowed. */
#ifndef MATINEE_CLI_OPTION_VALUES_H
#define MATINEE_CLI_OPTION_VALUES_H

#include "options.h"

/* `name` is for the message: "--epochs". */
bool option_whole(const char *name, const char *text, int low, int high, int *value, struct error *error);

/* 0 to 2^63 - 1, what JSON readers take for a whole number. */
bool option_seed(const char *name, const char *text, uint64_t *value, struct error *error);

/* A finite number above 0 and at most `high`. */
bool option_positive(const char *name, const char *text, double high, double *value, struct error *error);

/* test, none, or a number above 0 and below 1. */
bool option_validation(const char *name, const char *text, enum validation_kind *kind, double *fraction,
                       struct error *error);

/* auto, cpu, cuda or cuda:I. */
bool option_device(const char *name, const char *text, const char **device, struct error *error);

#endif
