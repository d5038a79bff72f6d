/* A table of short texts, which can be shown in several forms. */
#ifndef MATINEE_CAMPAIGN_TEXT_TABLE_H
#define MATINEE_CAMPAIGN_TEXT_TABLE_H

#include "matinee/error.h"

#include <stdio.h>

enum { CELL_BYTES = 160, TABLE_COLUMNS_MAX = 16 };

struct text_table {
    int columns;                 /* at most TABLE_COLUMNS_MAX */
    const char *const *headings; /* (columns) must outlive the table */
    int rows;
    char (*cells)[CELL_BYTES]; /* (rows, columns) UTF-8 */
    int filled;                /* cells of the last row */
};

/* Begins a row, whose cells are empty until table_put has filled them from the left. */
bool text_table_row(struct text_table *table, struct error *error);
void text_table_put(struct text_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Columns under one another, the first to the left and the others to the right; a table of Markdown; one of page.h. */
void text_table_print(FILE *stream, const struct text_table *table);
void text_table_markdown(FILE *stream, const struct text_table *table);
void text_table_page(FILE *stream, const struct text_table *table, const char *caption);

void text_table_close(struct text_table *table);

/* A field of a CSV file (RFC 4180): in quotes where it must be. */
void csv_text(FILE *stream, const char *text);

#endif
