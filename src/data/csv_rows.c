/* libcsv takes the text apart but knows no lines: it is fed one at a time, and what it reports tells whether a row
 * ended with it. Its buffer for a field grows through a function of ours that knows the limit.
 */
#include "csv_rows.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

/* A field too large by one byte still fits, with the closing quote that libcsv keeps behind it for a while. */
enum { FIELD_ROOM_BYTES = CSV_FIELD_MAX_BYTES + 2, FIELD_GROWTH_BYTES = 1 << 16 };

static const char byte_order_mark[] = "\xEF\xBB\xBF";
enum { MARK_BYTES = sizeof byte_order_mark - 1 };

struct csv_rows {
    struct csv_rows_options options;
    struct csv_parser parser;
    size_t mark_bytes; /* of the byte-order mark that have come; MARK_BYTES: that is decided */
    long line;         /* that the next byte is on */
    long row_line;
    bool in_row;    /* the row at row_line goes on */
    bool row_ended; /* while libcsv works: in the present piece */
    bool after_return;
    int count; /* of cells */
    char *cells;
    size_t cells_bytes, cells_room;
    size_t starts[CSV_COLUMNS_MAX + 1];
    bool refused; /* while libcsv works, which cannot be stopped: *error is set */
    struct error *error;
};

/* libcsv asks for less when it is refused, until it stands at the limit. */
static void *grow_field(void *buffer, size_t bytes)
{
    return bytes > FIELD_ROOM_BYTES ? NULL : realloc(buffer, bytes);
}

static bool refuse(struct csv_rows *rows, const char *what)
{
    rows->refused = true;
    return error_set(rows->error, "%s: line %ld: %s", rows->options.name, rows->row_line, what);
}

static void add_cell(void *text, size_t bytes, void *context)
{
    struct csv_rows *rows = context;
    if (rows->refused)
        return;
    if (rows->count == CSV_COLUMNS_MAX) {
        (void)refuse(rows, "the row has more than 1024 columns; name a table of texts and labels");
        return;
    }
    size_t needed = rows->cells_bytes + bytes + 1;
    if (needed > CSV_ROW_MAX_BYTES) {
        (void)refuse(rows, "the row is larger than 4194304 bytes; shorten it, or close its quote");
        return;
    }
    if (needed > rows->cells_room) {
        char *larger = realloc(rows->cells, 2 * needed);
        if (larger == NULL) {
            rows->refused = true;
            (void)error_memory(rows->error, "a row of a table", 2 * needed);
            return;
        }
        rows->cells = larger;
        rows->cells_room = 2 * needed;
    }
    if (bytes > 0)
        memcpy(rows->cells + rows->cells_bytes, text, bytes);
    rows->cells[needed - 1] = '\0';
    rows->cells_bytes = needed;
    rows->starts[++rows->count] = needed;
}

static void end_row(int terminator, void *context)
{
    (void)terminator;
    struct csv_rows *rows = context;
    rows->row_ended = true;
    struct csv_row row = {
        .line = rows->row_line, .count = rows->count, .cells = rows->cells, .starts = rows->starts};
    rows->count = 0;
    rows->cells_bytes = 0;
    if (row.count > 0 && !rows->refused)
        rows->refused = !rows->options.handle(rows->options.context, &row, rows->error);
}

static bool refuse_syntax(struct csv_rows *rows)
{
    if (csv_error(&rows->parser) == CSV_EPARSE)
        return refuse(
            rows,
            rows->parser.quoted
                ? "text follows a closing quote; write a quote within quotes twice, or give --no-quotes if "
                  "no field is in quotes"
                : "a quote stands inside a field without quotes; put the field in quotes and write the "
                  "quotes in it twice, or give --no-quotes if no field is in quotes");
    if (csv_get_buffer_size(&rows->parser) < FIELD_ROOM_BYTES)
        return error_memory(rows->error, "a field of a table", FIELD_ROOM_BYTES);
    return refuse(rows, "a field is larger than 1048576 bytes; shorten it, or close its quote");
}

/* A line with its end, or a part of one: what ends it can only be the last byte. */
static bool add_piece(struct csv_rows *rows, const char *text, size_t bytes)
{
    if (!rows->in_row)
        rows->row_line = rows->line;
    if (memchr(text, '\0', bytes) != NULL)
        return error_set(rows->error, "%s: line %ld: has a zero byte; save the table as UTF-8 text",
                         rows->options.name, rows->line);
    rows->row_ended = false;
    size_t taken = csv_parse(&rows->parser, text, bytes, add_cell, end_row, rows);
    if (rows->refused)
        return false;
    if (taken < bytes)
        return refuse_syntax(rows);

    rows->in_row = !rows->row_ended;
    char last = text[bytes - 1];
    bool ends_pair = rows->after_return && text[0] == '\n';
    rows->after_return = last == '\r';
    if (last == '\r' || (last == '\n' && !ends_pair))
        rows->line++;
    return true;
}

static bool add_text(struct csv_rows *rows, const char *text, size_t bytes)
{
    for (size_t used = 0; used < bytes;) {
        size_t end = used;
        while (end < bytes && text[end] != '\n' && text[end] != '\r')
            end++;
        end += end < bytes;
        if (!add_piece(rows, text + used, end - used))
            return false;
        used = end;
    }
    return true;
}

/* What began like a byte-order mark and was none is text. */
static bool end_mark(struct csv_rows *rows)
{
    size_t begun = rows->mark_bytes;
    rows->mark_bytes = MARK_BYTES;
    return begun == MARK_BYTES || add_text(rows, byte_order_mark, begun);
}

bool csv_rows_open(struct csv_rows **rows, const struct csv_rows_options *options, struct error *error)
{
    _Static_assert(CSV_COLUMNS_MAX == 1024 && CSV_ROW_MAX_BYTES == 4194304 && CSV_FIELD_MAX_BYTES == 1048576,
                   "the messages name them");
    struct csv_rows *made = calloc(1, sizeof *made);
    if (made == NULL || csv_init(&made->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        free(made);
        return error_memory(error, "reading a table", sizeof *made);
    }
    csv_set_delim(&made->parser, (unsigned char)options->delimiter);
    if (options->no_quotes)
        csv_set_quote(&made->parser, '\0'); /* never comes: add_piece refuses it */
    csv_set_realloc_func(&made->parser, grow_field);
    csv_set_blk_size(&made->parser, FIELD_GROWTH_BYTES);
    made->options = *options;
    made->line = made->row_line = 1;
    *rows = made;
    return true;
}

bool csv_rows_add(struct csv_rows *rows, const char *text, size_t bytes, struct error *error)
{
    rows->error = error;
    if (rows->mark_bytes == 0 && bytes > 0 && (text[0] == '\xFF' || text[0] == '\xFE'))
        return error_set(error, "%s: line 1: is not UTF-8, but perhaps UTF-16; save the table as UTF-8 text",
                         rows->options.name);
    while (rows->mark_bytes < MARK_BYTES && bytes > 0 && *text == byte_order_mark[rows->mark_bytes]) {
        rows->mark_bytes++;
        text++;
        bytes--;
    }
    if (bytes > 0 && !end_mark(rows))
        return false;
    return add_text(rows, text, bytes);
}

bool csv_rows_end(struct csv_rows *rows, struct error *error)
{
    rows->error = error;
    if (!end_mark(rows))
        return false;
    if (csv_fini(&rows->parser, add_cell, end_row, rows) != 0)
        return refuse(rows,
                      "its quote is never closed; close it, or give --no-quotes if no field is in quotes");
    return !rows->refused;
}

void csv_rows_close(struct csv_rows *rows)
{
    if (rows == NULL)
        return;
    csv_free(&rows->parser);
    free(rows->cells);
    free(rows);
}
