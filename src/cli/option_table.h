/* What options there are, for the reader of command lines. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "options.h"

#include <argp.h>

/* Before anything is given. */
extern const struct options option_defaults;

/* An option as argp wants it. */
void option_describe(enum option_id id, int key, struct argp_option *option);

/* The words that the option's value can be, perhaps beside others; ends with NULL. NULL: none is fixed. */
const char *const *option_words(enum option_id id);

#endif
