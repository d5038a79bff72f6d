/* The options that a run remembers, so that --resume goes on with them. */
#ifndef MATINEE_CLI_RECORDED_OPTIONS_H
#define MATINEE_CLI_RECORDED_OPTIONS_H

#include "matinee/options.h"

#include <jansson.h>

/* Lists that end with OPTION_END. Of the run: what its numbers and its course follow from, beside the model; kept in
 * model.keras. Of the machine: where data and device are, and the log, which no other run goes on with; kept in
 * run.json. */
extern const enum option_id options_of_run[], options_of_data[], options_of_device[], options_of_log[];

/* {"epochs": "3", "validation": "test"}: the values as the command line takes them. NULL without memory. */
json_t *recorded_options_json(const struct options *options, const enum option_id *ids);

/* Takes over the values of an object that the json function made, but for options that were given. The object must
 * outlive the options. A value that the command line would refuse is an error. */
bool recorded_options_restore(struct options *options, const enum option_id *ids, const json_t *recorded,
                              struct error *error);

/* Refuses by name an option that was given with --resume and would change the run. */
bool recorded_options_check(const struct options *options, struct error *error);

#endif
