/* Dispatches to the commands. The only place that prints errors and chooses the exit status. */
#include "matinee/cli.h"
#include "matinee/communicator.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Writing to a closed pipe, or past a limit on file sizes, is then an error like a full disk, and not an end without
 * a word. */
static void ignore_write_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void print_error(const char *command, struct error *error)
{
    make_printable(error->message); /* one line whatever a file name in the message holds */
    fprintf(stderr, "matinee%s%s: %s\n", command ? " " : "", command ? command : "", error->message);
}

/* `matinee help [COMMAND]`. */
static enum exit_status help(const char *name, struct error *error)
{
    const struct command *command = name ? command_find(name) : NULL;
    if (command)
        command_help(command);
    else if (!name)
        commands_help();
    else
        error_set(error, "help %.64s: there is no such command; commands: %s", name, command_names());
    return command || !name ? STATUS_DONE : STATUS_USAGE;
}

static enum exit_status dispatch(int argc, char **argv, const char **usage_of, struct error *error)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct command *command = word ? command_find(word) : NULL;
    if (command) {
        enum exit_status status = command_run(command, argc - 1, argv + 1, error);
        *usage_of = status == STATUS_USAGE ? command_name(command) : NULL;
        return status;
    }
    if (word && strcmp(word, "help") == 0)
        return help(argv[2], error); /* argv ends with NULL */
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0))
        return help(NULL, error);
    if (word && strcmp(word, "--version") == 0) {
        puts("matinee " MATINEE_VERSION);
        return STATUS_DONE;
    }
    if (!word)
        error_set(error, "a command is missing; commands: %s; matinee --help says more", command_names());
    else
        error_set(error, "%.64s: there is no such %s; commands: %s; matinee --help says more", word,
                  word[0] == '-' ? "option" : "command", command_names());
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    struct error error = {.message = ""};
    const char *usage_of = NULL;
    ignore_write_signals();
    enum exit_status status = dispatch(argc, argv, &usage_of, &error);
    if (status == STATUS_DONE && !flush_output(&error))
        status = STATUS_FAILED;
    if (status != STATUS_DONE)
        communicator_prepare_failure((int)status, &error);
    if (status != STATUS_DONE && error.message[0])
        print_error(usage_of, &error);
    fflush(stdout); /* of a failed command: the next call may not return */
    communicator_leave((int)status);
    return (int)status;
}
