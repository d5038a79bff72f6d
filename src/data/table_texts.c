/* The texts of a table, for whoever needs no labels. */
#include "matinee/data.h"

#include "table_columns.h"
#include "table_file.h"

struct reading {
    const struct table_options *options;
    const struct table_texts_reader *reader;
    const char *name;
    struct table_columns columns; /* count 0: no row has come */
    bool found;
};

static bool handle_row(void *context, const struct csv_row *row, struct error *error)
{
    struct reading *reading = context;
    const struct table_columns *columns = &reading->columns;
    bool is_first = columns->count == 0;
    if (is_first ? !table_text_column_find(&reading->columns, row, reading->options, error)
                 : !table_columns_check(columns, row, error))
        return error_within(error, "%s: line %ld", reading->name, row->line);
    if (is_first && columns->has_header)
        return true;
    reading->found = true;
    const struct table_text text = {.file = reading->name,
                                    .line = row->line,
                                    .text = csv_cell(row, columns->text),
                                    .bytes = csv_cell_bytes(row, columns->text)};
    return reading->reader->handle(reading->reader->context, &text, error);
}

bool table_is_name(const char *path)
{
    return corpus_is_table_name(path);
}

bool table_texts_read(const char *path, const struct table_options *options,
                      const struct table_texts_reader *reader, struct error *error)
{
    struct reading reading = {.options = options, .reader = reader};
    const struct csv_rows_options rows = {
        .no_quotes = options->no_quotes, .handle = handle_row, .context = &reading};
    struct table_file file;
    bool ok = table_file_open(&file, path, error);
    reading.name = file.name;
    ok = ok && table_file_read(&file, rows, error) && (reading.found || table_file_is_empty(&file, error));
    table_file_close(&file);
    return ok;
}
