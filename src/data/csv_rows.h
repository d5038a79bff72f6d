/* The rows of a CSV or TSV text as RFC 4180 has them, and the physical lines on which they begin. */
#ifndef MATINEE_DATA_CSV_ROWS_H
#define MATINEE_DATA_CSV_ROWS_H

#include "corpus.h"

/* A field may be as large as a review, and a row as large as a few of them: what lies behind a quote that nobody closed
 * is not collected to the end of the file. */
enum {
    CSV_COLUMNS_MAX = 1024,
    CSV_FIELD_MAX_BYTES = REVIEW_MAX_BYTES,
    CSV_ROW_MAX_BYTES = 4 * REVIEW_MAX_BYTES
};

struct csv_row {
    long line; /* on which the row begins, from 1 */
    int count; /* of cells                        */
    const char *cells;
    const size_t *starts; /* (count + 1) into cells; a zero byte follows each cell */
};

static inline const char *csv_cell(const struct csv_row *row, int column)
{
    return row->cells + row->starts[column];
}

static inline size_t csv_cell_bytes(const struct csv_row *row, int column)
{
    return row->starts[column + 1] - row->starts[column] - 1;
}

struct csv_rows_options {
    const char *name; /* of the file, for messages; must outlive the rows */
    char delimiter;
    bool no_quotes; /* a quote is text like any other */
    /* Receives every row but blank lines; the row is valid until it returns. False ends the reading with its message,
     * to which nothing is added. */
    bool (*handle)(void *context, const struct csv_row *row, struct error *error);
    void *context;
};

struct csv_rows;

/* The text comes in pieces of any size, then csv_rows_end. A byte-order mark of UTF-8 is skipped; lines end in LF, CRLF
 * or CR. Refused, with file and line: zero bytes and UTF-16, a quote inside a field that is not quoted, text behind a
 * closing quote, a quote that is never closed, and more than the sizes above. */
bool csv_rows_open(struct csv_rows **rows, const struct csv_rows_options *options, struct error *error);
bool csv_rows_add(struct csv_rows *rows, const char *text, size_t bytes, struct error *error);
bool csv_rows_end(struct csv_rows *rows, struct error *error);
void csv_rows_close(struct csv_rows *rows);

#endif
