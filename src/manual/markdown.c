/* docs/commands.md. */
#include "blocks.h"
#include "flow.h"
#include "manual.h"
#include "notes.h"

#include "matinee/command_facts.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 120 };

/* What would begin a list, a heading or a quotation at the beginning of a line. */
static bool begins_a_block(const char *text, size_t length)
{
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits < length)
        return digits + 1 == length && (text[digits] == '.' || text[digits] == ')');
    return text[0] == '#' || text[0] == '>' || (length == 1 && strchr("-+*", text[0]));
}

static void put_markdown(struct flow *flow, const char *text, size_t length, bool line_begins)
{
    bool escape_first = length > 0 && line_begins && begins_a_block(text, length);
    size_t escaped = isdigit((unsigned char)text[0]) ? length - 1 : 0;
    for (size_t i = 0; i < length; i++) {
        bool between = i > 0 && i + 1 < length && isalnum((unsigned char)text[i - 1]) &&
                       isalnum((unsigned char)text[i + 1]);
        if (strchr("\\`*<[]", text[i]) || (text[i] == '_' && !between) || (escape_first && i == escaped))
            flow_put(flow, "\\");
        flow_put(flow, (char[]){text[i], '\0'});
    }
}

static const struct markup markdown = {.text = put_markdown, .option_begins = "`", .option_ends = "`"};

void manual_markdown_text(FILE *out, const char *text, size_t length)
{
    struct flow flow = flow_begin(out, &markdown, WIDTH, "", 0);
    flow_text(&flow, text, length);
    flow_end(&flow);
}

/* "- `TERM`: text". */
static void print_item(FILE *out, const char *term, size_t term_bytes, const char *argument, const char *text,
                       size_t length)
{
    int column =
        fprintf(out, "- `%.*s%s%s`:", (int)term_bytes, term, argument ? " " : "", argument ? argument : "");
    struct flow flow = flow_begin(out, &markdown, WIDTH, "  ", column);
    flow_text(&flow, text, length);
    flow_end(&flow);
}

static void print_notes(FILE *out, const char *title, const struct note *note)
{
    fprintf(out, "\n## %s\n\n", title);
    for (; note->name; note++)
        print_item(out, note->name, strlen(note->name), NULL, note->text, strlen(note->text));
}

static void print_details(FILE *out, const char *details)
{
    struct block block;
    bool in_list = false;
    while (details && block_next(&details, &block)) {
        if (in_list && !block.term)
            fputc('\n', out);
        in_list = block.term != NULL;
        if (in_list) {
            print_item(out, block.term, block.term_bytes, NULL, block.text, block.text_bytes);
        } else {
            manual_markdown_text(out, block.text, block.text_bytes);
            fputc('\n', out);
        }
    }
    if (in_list)
        fputc('\n', out);
}

static void print_command(FILE *out, int command, const struct command_facts *facts)
{
    struct option_facts option;
    fprintf(out, "\n## %s\n\n```text\nmatinee %s [OPTION...]%s%s\n```\n\n", facts->name, facts->name,
            facts->arguments[0] ? " " : "", facts->arguments);
    struct flow flow = flow_begin(out, &markdown, WIDTH, "", 0);
    flow_text(&flow, facts->summary, strlen(facts->summary));
    fputs(".\n\n", out);
    print_details(out, facts->details);
    for (int i = 0; command_option_facts(command, i, &option); i++) {
        const char *name = strcmp(option.name, "--help") == 0 ? "-h, --help" : option.name;
        print_item(out, name, strlen(name), option.argument, option.help, strlen(option.help));
    }
}

void manual_markdown(FILE *out)
{
    struct command_facts facts;
    fputs("# Commands\n\n"
          "What `matinee COMMAND --help` and the man pages say, on one page. It is made of the program's own "
          "tables, "
          "and a test\nholds it to them; after a change there it is made again:\n\n"
          "    build/default/manual/make_manual markdown >docs/commands.md\n\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++)
        fprintf(out, "- [matinee %s](#%s): %s\n", facts.name, facts.name, facts.summary);
    fputs("\nAn option's value stands behind it or behind `=`: `--epochs 3` or `--epochs=3`. `matinee "
          "--version` prints "
          "the version.\n",
          out);
    for (int i = 0; command_facts(i, &facts); i++)
        print_command(out, i, &facts);
    print_notes(out, "Exit status", exit_statuses);
    print_notes(out, "Environment", environment_variables);
    print_notes(out, "Files", files_used);
}
