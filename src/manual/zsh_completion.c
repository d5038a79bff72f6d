/* Completion for zsh: a function for each command, in the words of its _arguments. */
#include "manual.h"
#include "value.h"

#include "matinee/command_facts.h"

#include <string.h>

/* In single quotes, within a specification, where ':' and brackets divide. */
static void print_quoted(FILE *out, const char *text, size_t length, const char *divide)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'')
            fputs("'\\'", out);
        else if (text[i] == '\\' || strchr(divide, text[i]))
            fputc('\\', out);
        fputc(text[i], out);
    }
}

/* The beginning of a help text that fits beside an option: to where it goes into detail. */
static size_t brief(const char *help)
{
    static const char *const ends[] = {";", " (default", ". ", NULL};
    size_t length = strlen(help);
    for (const char *const *end = ends; *end; end++) {
        const char *found = strstr(help, *end);
        if (found && (size_t)(found - help) < length)
            length = (size_t)(found - help);
    }
    return length;
}

/* The action for a value: ":name:what to offer". */
static void print_action(FILE *out, const char *name, const struct value *value)
{
    fputc(':', out);
    print_quoted(out, name, strlen(name), ":");
    fputc(':', out);
    if (value->list)
        fprintf(out, "_sequence compadd - %s", value->words);
    else if (value->words[0] && (value->files || value->directories))
        fprintf(out, " _matinee_words_or_files %s", value->words);
    else if (value->words[0])
        fprintf(out, "(%s)", value->words);
    else if (value->files)
        fputs("_files", out);
    else if (value->directories)
        fputs("_files -/", out);
    else
        fputc(' ', out);
}

static void print_command(FILE *out, int command, const struct command_facts *facts)
{
    struct option_facts option;
    fprintf(out, "\n_matinee_%s() {\n    _arguments", facts->name);
    for (int i = 0; command_option_facts(command, i, &option); i++) {
        if (strcmp(option.name, "--help") == 0) {
            fputs(" \\\n        '(- *)'{-h,--help}'[", out);
        } else {
            fprintf(out, " \\\n        '%s%s[", option.name, option.argument ? "=" : "");
        }
        print_quoted(out, option.help, brief(option.help), "[]:");
        fputc(']', out);
        if (option.argument) {
            struct value value = value_of_option(&option);
            print_action(out, option.argument, &value);
        }
        fputc('\'', out);
    }
    struct arguments arguments = arguments_of_command(facts);
    for (int i = 0; i < arguments.count; i++) {
        bool repeats = arguments.repeats && i + 1 == arguments.count;
        if (repeats)
            fputs(" \\\n        '*", out);
        else
            fprintf(out, " \\\n        '%d", i + 1);
        print_action(out, arguments.names[i], &arguments.values[i]);
        fputc('\'', out);
    }
    fputs("\n}\n", out);
}

void manual_zsh(FILE *out)
{
    struct command_facts facts;
    fputs("#compdef matinee\n"
          "# zsh completion for matinee, made of the program's tables of commands and options.\n\n"
          "_matinee_commands() {\n    local -a commands=(\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++) {
        fprintf(out, "        '%s:", facts.name);
        print_quoted(out, facts.summary, strlen(facts.summary), "");
        fputs("'\n", out);
    }
    fputs("        'help:Print the commands or the options of one'\n    )\n"
          "    _describe command commands\n}\n\n"
          "_matinee_words_or_files() {\n    _alternative \"words:word:($*)\" 'files:file:_files'\n}\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++)
        print_command(out, i, &facts);
    fputs(
        "\n_matinee() {\n"
        "    local context state state_descr line\n"
        "    typeset -A opt_args\n"
        "    _arguments -C '(- *)'{-h,--help}'[Print the commands]' '(- *)--version[Print the version]' \\\n"
        "        '1:command:_matinee_commands' '*::argument:->rest' && return\n"
        "    [[ $state == rest ]] || return\n"
        "    case $line[1] in\n"
        "    help) ((CURRENT == 2)) && _matinee_commands ;;\n"
        "    *) ((! $+functions[_matinee_$line[1]])) || _matinee_$line[1] ;;\n"
        "    esac\n}\n\n"
        "_matinee \"$@\"\n",
        out);
}
