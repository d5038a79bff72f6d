#include "commands.h"

#include "command_ranks.h"

#include "matinee/ranks.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_train,   &command_evaluate, &command_predict, &command_neighbors,
    &command_summary, &command_convert,  &command_data,    &command_doctor,
    &command_compare, &command_bench,    &command_report,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

const struct command *command_find(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

const struct command *command_number(int number)
{
    return number >= 0 && number < COMMAND_COUNT ? commands[number] : NULL;
}

const char *command_name(const struct command *command)
{
    return command->name;
}

enum exit_status command_run(const struct command *command, int argc, char **argv, struct error *error)
{
    struct options options;
    const struct communicator *communicator;
    bool is_parent;
    enum exit_status status = ranks_join(&communicator, command, error);
    if (status != STATUS_DONE)
        return status;
    if (!options_parse(&options, command, argc, argv, error))
        return STATUS_USAGE;
    options.communicator = communicator;
    if (options.help) {
        if (ranks_own(&options) == 0)
            command_help(command);
        return STATUS_DONE;
    }
    status = ranks_start(&options, &is_parent, error);
    return status == STATUS_DONE && !is_parent ? command->run(&options, error) : status;
}

void command_help(const struct command *command)
{
    options_help(command);
}

const char *command_names(void)
{
    static char names[256];
    size_t used = 0;
    for (int i = 0; i < COMMAND_COUNT; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", commands[i]->name);
    return names;
}

void commands_help(void)
{
    puts("Usage: matinee COMMAND [OPTION...]\n"
         "Trains the classic Keras text classifiers, on real reviews or on a built-in sample.\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n  -h, --help Print this help; matinee COMMAND --help or matinee help COMMAND says more\n"
         "  --version  Print the version\n\n"
         "Exit status: 0 done, 1 failed, 2 wrong command line, 70 a device failed, 130 interrupted after "
         "saving.");
}
