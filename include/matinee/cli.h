/* The commands of the program, as main.c sees them. Commands print their results on standard output; errors, the exit
 * status and everything on standard error belong to main. */
#ifndef MATINEE_CLI_H
#define MATINEE_CLI_H

#include "matinee/error.h"
#include "matinee/status.h"

struct command;

/* NULL if there is no such command. */
const struct command *command_find(const char *name);
const char *command_name(const struct command *command);

/* Runs a command on the arguments after its name, among the ranks of its launcher or with the processes that it is
 * asked for: communicator.h says how such a process is to end. Every status but STATUS_DONE comes with a message; it is
 * empty where there is nothing to tell, see flush_output, or another process does. */
enum exit_status command_run(const struct command *command, int argc, char **argv, struct error *error);

/* Prints what `matinee COMMAND --help` does. */
void command_help(const struct command *command);

/* "train, evaluate, ...", for messages. */
const char *command_names(void);

/* The text of `matinee --help`. */
void commands_help(void);

/* Flushes standard output; false with the reason if any of it could not be written. The message is empty if the
 * reader has closed the pipe (`| head`), who then knows and wants no more. */
bool flush_output(struct error *error);

/* Makes a text fit for one line of a terminal, in place: blanks for tabs and line ends, '?' for all other control
 * characters (below U+0020, U+007F to U+009F) and for bytes that are not UTF-8. */
void make_printable(char *text);

#endif
