/* A command, and how its command line is read. */
#ifndef MATINEE_CLI_COMMAND_H
#define MATINEE_CLI_COMMAND_H

#include "matinee/cli.h"
#include "matinee/options.h"

/* Of a command that a launcher has started several processes of. */
enum command_ranks {
    RANKS_REFUSED, /* they would do the same work, and write the same files, over each other */
    RANKS_APART,   /* each does as if it were alone */
    RANKS_TOGETHER,
};

struct command {
    const char *name;
    const char *arguments;         /* for the usage line */
    const char *summary;           /* one line for `matinee --help` */
    const char *details;           /* further lines of `--help`, or NULL */
    const enum option_id *options; /* ends with OPTION_END */
    int arguments_min, arguments_max;
    enum command_ranks ranks;
    enum exit_status (*run)(const struct options *options, struct error *error);
};

/* Parses the arguments after the command's name. False with one line that names the option and what it takes.
 * Reorders argv: options first. */
bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   struct error *error);

/* Prints the command's --help on standard output. */
void options_help(const struct command *command);

#endif
