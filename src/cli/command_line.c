/* Reads a command line with argp, and says what is wrong with one. */
#include "command.h"

#include <argp.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_KEY = 256, HELP_KEY = 'h' }; /* beyond the characters, so that only --help has a short form */

static struct argp_option describe(enum option_id id, int key)
{
    return (struct argp_option){.name = option_name(id) + strlen("--"),
                                .key = key,
                                .arg = option_argument(id),
                                .doc = option_meaning(id)};
}

/* The options of a command as argp wants them, --help last. */
static void argp_options(const struct command *command, struct argp_option list[OPTION_END + 1])
{
    int count = 0;
    for (const enum option_id *id = command->options; *id != OPTION_END; id++)
        list[count++] = describe(*id, FIRST_KEY + (int)*id);
    list[count] = describe(OPTION_HELP, HELP_KEY);
    list[count++].group = -1;
    list[count] = (struct argp_option){0};
}

struct parsing {
    struct options *options;
    struct error *error;
    bool refused; /* the error is set */
    int next;     /* where getopt stood when it stopped */
};

static error_t parse_key(int key, char *text, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    if (key == ARGP_KEY_ARGS) {
        parsing->options->arguments = state->argv + state->next;
        parsing->options->argument_count = state->argc - state->next;
        return 0;
    }
    if (key == ARGP_KEY_ERROR)
        parsing->next = state->next;
    if (key == HELP_KEY)
        key = FIRST_KEY + OPTION_HELP;
    if (key < FIRST_KEY || key >= FIRST_KEY + OPTION_END)
        return ARGP_ERR_UNKNOWN;
    if (option_set(parsing->options, (enum option_id)(key - FIRST_KEY), text, parsing->error))
        return 0;
    parsing->refused = true;
    return EINVAL;
}

/* The word that getopt refused: the one before `next`, or, as getopt stays on a word of several short options, the one
 * there. */
static const char *culprit(int argc, char **argv, int next)
{
    bool cluster = next < argc && argv[next][0] == '-' && argv[next][1] != '-' && strlen(argv[next]) > 2;
    return argv[cluster || next < 1 ? next : next - 1];
}

/* Says what getopt did not like about `text`, which it refuses without a reason. */
static bool refuse_option(const struct argp_option *list, const char *text, struct error *error)
{
    size_t length = strcspn(text, "=");
    const struct argp_option *match = NULL;
    for (const struct argp_option *o = list; length > 2 && text[1] == '-' && o->name; o++) {
        if (strncmp(o->name, text + 2, length - 2) != 0)
            continue;
        if (match && strlen(o->name) != length - 2)
            return error_set(error, "%s: may be --%s or --%s", text, match->name, o->name);
        match = o;
    }
    if (match && match->arg && !text[length])
        return error_set(error, "--%s: needs a value, --%s=%s", match->name, match->name, match->arg);
    if (match && !match->arg && text[length])
        return error_set(error, "--%s: takes no value", match->name);
    return error_set(error, "%s: there is no such option; --help lists them", text);
}

static bool check_arguments(const struct options *options, const struct command *command, struct error *error)
{
    if (!options_check(options, error))
        return false;
    if (options->argument_count < command->arguments_min)
        return error_set(error, "an argument is missing: %s %s", command->name, command->arguments);
    if (options->argument_count > command->arguments_max && command->arguments_max == 0)
        return error_set(error, "%s: %s takes no arguments", options->arguments[0], command->name);
    if (options->argument_count > command->arguments_max)
        return error_set(error, "%s: one argument too many; expected is %s %s",
                         options->arguments[command->arguments_max], command->name, command->arguments);
    return true;
}

static void print_note(char *text)
{
    make_printable(text);
    fprintf(stderr, "matinee: %s\n", text);
}

bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   struct error *error)
{
    struct argp_option list[OPTION_END + 1];
    argp_options(command, list);
    struct argp argp = {.options = list, .parser = parse_key};
    struct parsing parsing = {.options = options, .error = error};
    *options = option_defaults;
    options->note = print_note;
    unsigned flags = ARGP_NO_ERRS | ARGP_NO_HELP;
    error_t failed = argp_parse(&argp, argc, argv, flags, NULL, &parsing);
    if (options->help)
        return true;
    if (parsing.refused)
        return false;
    if (failed == ENOMEM)
        return error_memory(error, "the options", 0);
    if (failed)
        return refuse_option(list, culprit(argc, argv, parsing.next), error);
    return check_arguments(options, command, error);
}

void options_help(const struct command *command)
{
    struct argp_option list[OPTION_END + 1];
    argp_options(command, list);
    char documentation[2048], name[64];
    snprintf(documentation, sizeof documentation, "%s\v%s", command->summary,
             command->details ? command->details : "");
    snprintf(name, sizeof name, "matinee %s", command->name);
    struct argp argp = {.options = list,
                        .parser = parse_key,
                        .args_doc = command->arguments[0] ? command->arguments : NULL,
                        .doc = documentation};
    argp_help(&argp, stdout, ARGP_HELP_LONG | ARGP_HELP_USAGE | ARGP_HELP_DOC, name);
    putchar('\n');
}
