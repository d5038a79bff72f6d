/* Which columns of a table are the text and the label, and what a label may say. */
#ifndef MATINEE_DATA_TABLE_COLUMNS_H
#define MATINEE_DATA_TABLE_COLUMNS_H

#include "csv_rows.h"
#include "matinee/data.h"

enum table_label { LABEL_NEGATIVE, LABEL_POSITIVE, LABEL_UNKNOWN };

/* 0, neg and negative; 1, pos and positive; blanks around it and the case of letters do not matter. */
enum table_label table_label(const char *text);

/* For messages: the beginning of a cell, in single quotes, on one line. */
enum { CELL_SHOWN_BYTES = 48 };
const char *table_cell_shown(char shown[CELL_SHOWN_BYTES], const char *cell);

struct table_columns {
    int count, text, label; /* text, label: from 0        */
    bool has_header;        /* the first row is no review */
    long line;              /* of the first row           */
};

/* Decides from the first row. A name that is asked for must be in it, and it is then a header; so it is if it has one
 * of the known names. Without a header the columns come from numbers, or, of two, the label from what the row has
 * there. False, with the remedy and without the place, for whatever could be meant in two ways. */
bool table_columns_find(struct table_columns *columns, const struct csv_row *first,
                        const struct table_options *options, struct error *error);

/* The same for texts without labels: the column by its name, and then the first row is a header; by its number, and
 * then it is none; or the only one. */
bool table_text_column_find(struct table_columns *columns, const struct csv_row *first,
                            const struct table_options *options, struct error *error);

/* Whether a row has as many columns as the first one. */
bool table_columns_check(const struct table_columns *columns, const struct csv_row *row, struct error *error);

#endif
