/* Completion for bash: the driver of completion.bash, and functions that set the array `offer` for it. */
#include "manual.h"
#include "value.h"

#include "matinee/command_facts.h"

#include <string.h>

extern const char completion_bash[]; /* the file, with a zero byte behind it */

static void print_offer(FILE *out, const struct value *value)
{
    fprintf(out, "offer=(%s", value->words);
    const char *blank = value->words[0] ? " " : "";
    if (value->list)
        fprintf(out, "%s'<list>'", blank);
    if (value->files)
        fprintf(out, "%s'<files>'", blank);
    if (value->directories)
        fprintf(out, "%s'<directories>'", blank);
    fputs(")", out);
}

static void print_commands(FILE *out)
{
    struct command_facts facts;
    fputs("\n_matinee_commands() {\n    offer=(", out);
    for (int i = 0; command_facts(i, &facts); i++)
        fprintf(out, "%s%s", i ? " " : "", facts.name);
    fputs(")\n}\n", out);
}

static void print_options(FILE *out)
{
    struct command_facts facts;
    struct option_facts option;
    fputs("\n# The options of command $1.\n_matinee_options() {\n    case $1 in\n", out);
    for (int i = 0; command_facts(i, &facts); i++) {
        fprintf(out, "    %s)\n        offer=(", facts.name);
        for (int o = 0; command_option_facts(i, o, &option); o++)
            fprintf(out, "%s%s", o ? " " : "", option.name);
        fputs(")\n        ;;\n", out);
    }
    fputs("    esac\n}\n", out);
}

/* The options that take a value with nothing to offer for it. */
static void print_open_values(FILE *out, int command)
{
    struct option_facts option;
    const char *between = "        ";
    for (int i = 0; command_option_facts(command, i, &option); i++) {
        if (!option.argument)
            continue;
        struct value value = value_of_option(&option);
        if (!value_is_open(&value))
            continue;
        fprintf(out, "%s%s", between, option.name);
        between = " | ";
    }
    if (strcmp(between, " | ") == 0)
        fputs(") offer=() ;;\n", out);
}

static void print_values(FILE *out)
{
    struct command_facts facts;
    struct option_facts option;
    fputs("\n# What option $2 of command $1 takes; fails if it takes nothing.\n_matinee_value() {\n    case "
          "$1 in\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++) {
        fprintf(out, "    %s)\n        case $2 in\n", facts.name);
        for (int o = 0; command_option_facts(i, o, &option); o++) {
            if (!option.argument)
                continue;
            struct value value = value_of_option(&option);
            if (value_is_open(&value))
                continue;
            fprintf(out, "        %s) ", option.name);
            print_offer(out, &value);
            fputs(" ;;\n", out);
        }
        print_open_values(out, i);
        fputs("        *) return 1 ;;\n        esac\n        ;;\n", out);
    }
    fputs("    *) return 1 ;;\n    esac\n}\n", out);
}

static void print_arguments(FILE *out)
{
    struct command_facts facts;
    fputs("\n# What command $1 takes behind $2 arguments.\n_matinee_argument() {\n    offer=()\n    case "
          "$1:$2 in\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++) {
        struct arguments arguments = arguments_of_command(&facts);
        for (int a = 0; a < arguments.count; a++) {
            bool last_repeats = arguments.repeats && a + 1 == arguments.count;
            if (value_is_open(&arguments.values[a]))
                continue;
            if (last_repeats)
                fprintf(out, "    %s:*) ", facts.name);
            else
                fprintf(out, "    %s:%d) ", facts.name, a);
            print_offer(out, &arguments.values[a]);
            fputs(" ;;\n", out);
        }
    }
    fputs("    esac\n}\n", out);
}

void manual_bash(FILE *out)
{
    fputs(completion_bash, out);
    print_commands(out);
    print_options(out);
    print_values(out);
    print_arguments(out);
}
