/* Reads the reviews that are the rows of a table. */
#include "corpus.h"

#include "table_columns.h"
#include "table_file.h"

#include <stdio.h>

struct table {
    struct corpus *corpus;
    enum corpus_split split;
    const struct table_options *options;
    struct table_columns columns; /* count 0: no row has come */
};

static bool handle_row(void *context, const struct csv_row *row, struct error *error)
{
    struct table *table = context;
    const struct table_columns *columns = &table->columns;
    const char *file = table->corpus->parts[table->split].table;
    bool is_first = columns->count == 0;
    if (is_first ? !table_columns_find(&table->columns, row, table->options, error)
                 : !table_columns_check(columns, row, error))
        return error_within(error, "%s: line %ld", file, row->line);
    if (is_first && columns->has_header)
        return true;
    enum table_label label = table_label(csv_cell(row, columns->label));
    char shown[CELL_SHOWN_BYTES], name[32];
    if (label == LABEL_UNKNOWN)
        return error_set(error,
                         "%s: line %ld: the label is %s; it must be 0 or 1, neg or pos, negative or positive",
                         file, row->line, table_cell_shown(shown, csv_cell(row, columns->label)));
    snprintf(name, sizeof name, "line %ld", row->line);
    return corpus_add(table->corpus, table->split, label == LABEL_POSITIVE, name,
                      csv_cell(row, columns->text), csv_cell_bytes(row, columns->text), error);
}

bool corpus_table_read(struct corpus *corpus, enum corpus_split split, const char *path,
                       const struct table_options *options, struct error *error)
{
    struct table table = {.corpus = corpus, .split = split, .options = options};
    const struct csv_rows_options rows = {
        .no_quotes = options->no_quotes, .handle = handle_row, .context = &table};
    struct corpus_part *part = &corpus->parts[split];
    struct table_file file;
    bool ok = table_file_open(&file, path, error);
    if (ok) {
        part->table = file.name;
        ok = table_file_read(&file, rows, error) && (part->count > 0 || table_file_is_empty(&file, error));
        file.name = NULL; /* the part's now */
    }
    table_file_close(&file);
    return ok;
}
