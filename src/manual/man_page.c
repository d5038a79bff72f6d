/* Man pages in the macros of man(7). */
#include "blocks.h"
#include "flow.h"
#include "manual.h"
#include "notes.h"

#include "matinee/command_facts.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 78 };

/* A bare "-" may become another character than the reader can paste into a shell; so may the accents. */
static const char *roff_of(char c, bool begins)
{
    switch (c) {
    case '\\':
        return "\\(rs";
    case '-':
        return "\\-";
    case '~':
        return "\\(ti";
    case '^':
        return "\\(ha";
    case '`':
        return "\\(ga";
    case '"':
        return "\\(dq";
    case '.':
        return begins ? "\\&." : NULL;
    case '\'':
        return begins ? "\\&'" : NULL;
    default:
        return NULL;
    }
}

static void put_roff(struct flow *flow, const char *text, size_t length, bool line_begins)
{
    for (size_t i = 0; i < length; i++) {
        const char *escape = roff_of(text[i], line_begins && i == 0);
        flow_put(flow, escape ? escape : (char[]){text[i], '\0'});
    }
}

static const struct markup roff = {
    .text = put_roff, .option_begins = "\\fB", .option_ends = "\\fP", .sentence_ends_line = true};

static void print_roff(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char *escape = roff_of(text[i], i == 0);
        if (escape)
            fputs(escape, out);
        else
            fputc(text[i], out);
    }
}

void manual_roff_text(FILE *out, const char *text, size_t length)
{
    struct flow flow = flow_begin(out, &roff, WIDTH, "", 0);
    flow_text(&flow, text, length);
    flow_end(&flow);
}

static void print_bold(FILE *out, const char *text, size_t length)
{
    fputs("\\fB", out);
    print_roff(out, text, length);
    fputs("\\fP", out);
}

/* "PRESET|FILE.keras [TEXT...]": names in capitals are italic, words in small letters bold. */
static void print_arguments(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, " []|.");
        bool italic = isupper((unsigned char)text[0]);
        if (length > 0) {
            fputs(italic ? "\\fI" : "\\fB", out);
            print_roff(out, text, length);
            fputs("\\fP", out);
        }
        text += length;
        if (*text)
            fputc(*text++, out);
    }
}

static void print_heading(FILE *out, const char *command)
{
    fputs(".\\\" Made by make_manual of the tables of commands and options.\n.TH MATINEE", out);
    if (command) {
        fputs("\\-", out);
        for (const char *c = command; *c; c++)
            fputc(toupper((unsigned char)*c), out);
    }
    fputs(" 1 " MATINEE_DATE " \"Matinee " MATINEE_VERSION "\" \"Matinee\"\n.nh\n.ad l\n.SH NAME\nmatinee",
          out);
    if (command) {
        fputs("\\-", out);
        print_roff(out, command, strlen(command));
    }
    fputs(" \\- ", out);
}

static void print_notes(FILE *out, const char *title, const struct note *note, int command)
{
    bool any = false;
    for (; note->name; note++) {
        if (!note_concerns(note, command))
            continue;
        if (!any)
            fprintf(out, ".SH %s\n", title);
        any = true;
        fputs(".TP\n", out);
        print_bold(out, note->name, strlen(note->name));
        fputc('\n', out);
        manual_roff_text(out, note->text, strlen(note->text));
    }
}

static void print_see_also(FILE *out, int except)
{
    struct command_facts facts;
    fputs(".SH SEE ALSO\n", out);
    if (except >= 0)
        fputs(".BR matinee (1)", out);
    for (int i = 0; command_facts(i, &facts); i++) {
        if (i == except)
            continue;
        fputs(i == 0 && except < 0 ? ".BR matinee\\-" : ",\n.BR matinee\\-", out);
        print_roff(out, facts.name, strlen(facts.name));
        fputs(" (1)", out);
    }
    fputc('\n', out);
}

static void print_description(FILE *out, const struct command_facts *facts)
{
    struct block block;
    const char *rest = facts->details;
    fputs(".SH DESCRIPTION\n", out);
    print_roff(out, facts->summary, strlen(facts->summary));
    fputs(".\n", out);
    while (rest && block_next(&rest, &block)) {
        if (block.term) {
            fputs(".TP\n", out);
            print_bold(out, block.term, block.term_bytes);
            fputc('\n', out);
        } else {
            fputs(".PP\n", out);
        }
        manual_roff_text(out, block.text, block.text_bytes);
    }
}

static void print_options(FILE *out, int command)
{
    struct option_facts option;
    fputs(".SH OPTIONS\n", out);
    for (int i = 0; command_option_facts(command, i, &option); i++) {
        fputs(".TP\n", out);
        if (strcmp(option.name, "--help") == 0)
            fputs("\\fB\\-h\\fP, ", out);
        print_bold(out, option.name, strlen(option.name));
        if (option.argument) {
            fputc('=', out);
            print_arguments(out, option.argument);
        }
        fputc('\n', out);
        manual_roff_text(out, option.help, strlen(option.help));
    }
}

void manual_man_command(FILE *out, int command)
{
    struct command_facts facts;
    if (!command_facts(command, &facts))
        return;
    print_heading(out, facts.name);
    fputc(tolower((unsigned char)facts.summary[0]), out);
    print_roff(out, facts.summary + 1, strlen(facts.summary + 1));
    fputs("\n.SH SYNOPSIS\n\\fBmatinee ", out);
    print_roff(out, facts.name, strlen(facts.name));
    fputs("\\fP [\\fIOPTION\\fP...]", out);
    if (facts.arguments[0]) {
        fputc(' ', out);
        print_arguments(out, facts.arguments);
    }
    fputc('\n', out);
    print_description(out, &facts);
    print_options(out, command);
    print_notes(out, "EXIT STATUS", exit_statuses, command);
    print_notes(out, "ENVIRONMENT", environment_variables, command);
    print_notes(out, "FILES", files_used, command);
    print_see_also(out, command);
}

void manual_man_program(FILE *out)
{
    struct command_facts facts;
    print_heading(out, NULL);
    fputs("train the classic Keras text classifiers\n"
          ".SH SYNOPSIS\n"
          "\\fBmatinee\\fP \\fICOMMAND\\fP [\\fIOPTION\\fP...] [\\fIARGUMENT\\fP...]\n"
          ".SH DESCRIPTION\n"
          "Trains the text classifiers of the Keras tutorials on film reviews, on the\n"
          "processor or on an NVIDIA GPU, with the numbers and the files of Keras.\n"
          "Without data it trains on a built\\-in sample of generated reviews.\n"
          ".SH COMMANDS\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++) {
        fputs(".TP\n.BR matinee\\-", out);
        print_roff(out, facts.name, strlen(facts.name));
        fputs(" (1)\n", out);
        manual_roff_text(out, facts.summary, strlen(facts.summary));
    }
    fputs(".SH OPTIONS\n"
          ".TP\n\\fB\\-h\\fP, \\fB\\-\\-help\\fP\nPrint the commands; behind a command, its options.\n"
          ".TP\n\\fB\\-\\-version\\fP\nPrint the version.\n",
          out);
    print_notes(out, "EXIT STATUS", exit_statuses, -1);
    print_notes(out, "ENVIRONMENT", environment_variables, -1);
    print_notes(out, "FILES", files_used, -1);
    fputs(".SH EXAMPLES\n"
          "Train on the built\\-in sample, evaluate the model, and ask it:\n"
          ".PP\n.nf\n.RS\n"
          "matinee train \\-\\-data sample \\-\\-out runs/first\n"
          "matinee evaluate runs/first/model.keras \\-\\-data sample\n"
          "matinee predict runs/first/model.keras \\(dqA dull plot.\\(dq\n"
          ".RE\n.fi\n",
          out);
    print_see_also(out, -1);
}
