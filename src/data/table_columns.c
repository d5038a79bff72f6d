#include "table_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NONE = -1, NUMBER_DIGITS_MAX = 4 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether a cell is this word, blanks around it and the case of ASCII letters aside. */
static bool is_word(const char *cell, const char *word)
{
    size_t bytes = strlen(word);
    while (is_blank(*cell))
        cell++;
    if (strncasecmp(cell, word, bytes) != 0)
        return false;
    cell += bytes;
    while (is_blank(*cell))
        cell++;
    return *cell == '\0';
}

enum table_label table_label(const char *text)
{
    static const char *const words[LABEL_UNKNOWN][3] = {
        [LABEL_NEGATIVE] = {"0", "neg", "negative"},
        [LABEL_POSITIVE] = {"1", "pos", "positive"},
    };
    for (enum table_label label = LABEL_NEGATIVE; label < LABEL_UNKNOWN; label++)
        for (int i = 0; i < 3; i++)
            if (is_word(text, words[label][i]))
                return label;
    return LABEL_UNKNOWN;
}

const char *table_cell_shown(char shown[CELL_SHOWN_BYTES], const char *cell)
{
    enum { KEPT_BYTES = 40 };
    int used = snprintf(shown, CELL_SHOWN_BYTES, "'%.*s%s'", KEPT_BYTES, cell,
                        strlen(cell) > KEPT_BYTES ? "..." : "");
    for (int i = 0; i < used; i++)
        if ((unsigned char)shown[i] < ' ')
            shown[i] = ' ';
    return shown;
}

/* What is looked for in a column. */
struct role {
    const char *option;   /* that names it */
    const char *asked;    /* the option's value, or NULL */
    const char *known[2]; /* names without the option */
};

/* The first columns of a row: 'id', 'stars', 'body' and 4 more. */
static const char *list_columns(char list[256], const struct csv_row *row)
{
    enum { LISTED = 4 };
    char shown[CELL_SHOWN_BYTES];
    size_t used = 0;
    for (int i = 0; i < row->count && i < LISTED; i++)
        used += (size_t)snprintf(list + used, 256 - used, "%s%s", i == 0 ? "" : ", ",
                                 table_cell_shown(shown, csv_cell(row, i)));
    if (row->count > LISTED)
        snprintf(list + used, 256 - used, " and %d more", row->count - LISTED);
    return list;
}

/* *column receives the one column of this name, or NONE; false if there are two. */
static bool find_name(const struct csv_row *row, const char *name, const struct role *role, int *column,
                      struct error *error)
{
    for (int i = 0; i < row->count; i++) {
        if (!is_word(csv_cell(row, i), name))
            continue;
        if (*column != NONE)
            return error_set(error,
                             "columns %d and %d could both be meant; choose one by its number, as %s %d",
                             *column + 1, i + 1, role->option, i + 1);
        *column = i;
    }
    return true;
}

/* Whether an option's value is a number and not a name: 1 to 9999. */
static bool is_number(const char *value)
{
    size_t bytes = strlen(value);
    return bytes <= NUMBER_DIGITS_MAX && strspn(value, "0123456789") == bytes;
}

/* *column: what the option or a known name says, or NONE. *named: it was found by a name, so the row is a header. */
static bool find_role(const struct csv_row *row, const struct role *role, int *column, bool *named,
                      struct error *error)
{
    char list[256];
    *column = NONE;
    if (role->asked == NULL) {
        for (int i = 0; i < 2; i++)
            if (!find_name(row, role->known[i], role, column, error))
                return false;
        *named = *named || *column != NONE;
        return true;
    }
    if (is_number(role->asked)) {
        *column = (int)strtol(role->asked, NULL, 10) - 1;
        if (*column >= 0 && *column < row->count)
            return true;
        return error_set(error, "%s %s: the row has %d column%s; give 1 to %d, or a name in the header",
                         role->option, role->asked, row->count, row->count == 1 ? "" : "s", row->count);
    }
    if (!find_name(row, role->asked, role, column, error))
        return false;
    *named = true;
    if (*column != NONE)
        return true;
    return error_set(error, "%s %s: no column has this name; the first row has %s", role->option, role->asked,
                     list_columns(list, row));
}

static bool refuse_unknown(const struct csv_row *row, const struct role *role, struct error *error)
{
    char list[256];
    if (row->count == 1)
        return error_set(error,
                         "has one column, %s, and two are needed; columns are separated by commas, or in a "
                         ".tsv by tabs",
                         list_columns(list, row));
    return error_set(error, "no column is named %s or %s (the row has %s); say which one it is with %s",
                     role->known[0], role->known[1], list_columns(list, row), role->option);
}

/* Without a header, and without options: of two columns, the label is the one that holds one. */
static bool tell_from_values(struct table_columns *columns, const struct csv_row *row,
                             const struct role *text, struct error *error)
{
    if (row->count != 2)
        return refuse_unknown(row, text, error);
    bool labels[] = {table_label(csv_cell(row, 0)) != LABEL_UNKNOWN,
                     table_label(csv_cell(row, 1)) != LABEL_UNKNOWN};
    char list[256];
    if (labels[0] == labels[1])
        return error_set(error,
                         "cannot tell text and label in %s; write the header text,label above, or give "
                         "--text-column and --label-column",
                         list_columns(list, row));
    columns->label = labels[0] ? 0 : 1;
    columns->text = 1 - columns->label;
    return true;
}

/* A number was given for one or both: then the first row may be a header or a review, and its label tells. */
static bool tell_header(const struct table_columns *columns, const struct csv_row *row, struct error *error)
{
    char shown[CELL_SHOWN_BYTES];
    if (table_label(csv_cell(row, columns->label)) != LABEL_UNKNOWN)
        return true;
    return error_set(error,
                     "%s in column %d is no label (0 or 1, neg or pos, negative or positive); if it is the "
                     "header, give --label-column a name in it",
                     table_cell_shown(shown, csv_cell(row, columns->label)), columns->label + 1);
}

static bool check_header(const struct table_columns *columns, const struct csv_row *row,
                         const struct table_options *options, struct error *error)
{
    const char *text = options->text_column, *label = options->label_column;
    bool asked = (text != NULL && !is_number(text)) || (label != NULL && !is_number(label));
    char shown[2][CELL_SHOWN_BYTES];
    if (asked || table_label(csv_cell(row, columns->label)) == LABEL_UNKNOWN)
        return true;
    return error_set(error,
                     "%s reads as a header and %s as a label; write the header text,label above, or give "
                     "--text-column a number",
                     table_cell_shown(shown[0], csv_cell(row, columns->text)),
                     table_cell_shown(shown[1], csv_cell(row, columns->label)));
}

bool table_columns_find(struct table_columns *columns, const struct csv_row *first,
                        const struct table_options *options, struct error *error)
{
    const struct role text = {"--text-column", options->text_column, {"text", "review"}};
    const struct role label = {"--label-column", options->label_column, {"label", "sentiment"}};
    bool named = false;
    *columns = (struct table_columns){.count = first->count, .line = first->line};
    if (!find_role(first, &text, &columns->text, &named, error) ||
        !find_role(first, &label, &columns->label, &named, error))
        return false;
    columns->has_header = named;
    if (columns->text == NONE && columns->label == NONE)
        return tell_from_values(columns, first, &text, error);
    if (!named && first->count == 2) {
        if (columns->text == NONE)
            columns->text = 1 - columns->label;
        if (columns->label == NONE)
            columns->label = 1 - columns->text;
    }
    if (columns->text == NONE || columns->label == NONE)
        return refuse_unknown(first, columns->text == NONE ? &text : &label, error);
    if (columns->text == columns->label)
        return error_set(error,
                         "column %d cannot be both text and label; give --text-column and "
                         "--label-column two columns",
                         columns->text + 1);
    return named ? check_header(columns, first, options, error) : tell_header(columns, first, error);
}

bool table_text_column_find(struct table_columns *columns, const struct csv_row *first,
                            const struct table_options *options, struct error *error)
{
    const struct role text = {"--text-column", options->text_column, {"text", "review"}};
    *columns = (struct table_columns){.count = first->count, .label = NONE, .line = first->line};
    if (!find_role(first, &text, &columns->text, &columns->has_header, error))
        return false;
    if (columns->text == NONE && first->count == 1)
        columns->text = 0;
    return columns->text != NONE || refuse_unknown(first, &text, error);
}

bool table_columns_check(const struct table_columns *columns, const struct csv_row *row, struct error *error)
{
    if (row->count == columns->count)
        return true;
    return error_set(error, "has %d column%s where line %ld has %d; %s", row->count,
                     row->count == 1 ? "" : "s", columns->line, columns->count,
                     row->count < columns->count ? "restore the row or remove it"
                                                 : "put a text that has the separator in it in quotes");
}
