/* One entry per command; each is in the file of its name. */
#ifndef MATINEE_CLI_COMMANDS_H
#define MATINEE_CLI_COMMANDS_H

#include "command.h"

extern const struct command command_train;
extern const struct command command_evaluate;
extern const struct command command_predict;
extern const struct command command_summary;
extern const struct command command_convert;
extern const struct command command_data;
extern const struct command command_doctor;
extern const struct command command_neighbors;
extern const struct command command_compare;
extern const struct command command_bench;
extern const struct command command_report;

/* In the order of `matinee --help`, from 0; NULL beyond the last. */
const struct command *command_number(int number);

#endif
