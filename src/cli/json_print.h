/* JSON as what a command prints. */
#ifndef MATINEE_CLI_JSON_PRINT_H
#define MATINEE_CLI_JSON_PRINT_H

#include "matinee/json_values.h"

/* Prints a value with a newline on standard output and releases it; `value` may be NULL: out of memory. */
bool json_print(json_t *value, struct error *error);

#endif
