/* The processes that run a command together: how they come about. */
#ifndef MATINEE_CLI_COMMAND_RANKS_H
#define MATINEE_CLI_COMMAND_RANKS_H

#include "command.h"

/* Under a launcher the process becomes one of its ranks, unless the command is for each process apart; otherwise
 * *communicator is NULL. STATUS_USAGE for a command that is for one process. */
enum exit_status ranks_join(const struct communicator **communicator, const struct command *command,
                            struct error *error);

/* After the options are known, and before anything else is opened: checks them, and for --gpus makes the processes,
 * each with options->communicator. *is_parent: this one has only waited for them, the status is theirs, and they have
 * said why. */
enum exit_status ranks_start(struct options *options, bool *is_parent, struct error *error);

#endif
