#include "text_table.h"

#include "matinee/page.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *cell(const struct text_table *table, int row, int column)
{
    return table->cells[row * table->columns + column];
}

bool text_table_row(struct text_table *table, struct error *error)
{
    const size_t columns = (size_t)table->columns, bytes = ((size_t)table->rows + 1) * columns * CELL_BYTES;
    assert(table->columns <= TABLE_COLUMNS_MAX);
    void *cells = realloc(table->cells, bytes);
    if (!cells)
        return error_memory(error, "a table", bytes);
    table->cells = cells;
    memset(table->cells[(size_t)table->rows * columns], 0, columns * CELL_BYTES);
    table->rows++;
    table->filled = 0;
    return true;
}

void text_table_put(struct text_table *table, const char *format, ...)
{
    va_list arguments;
    assert(table->filled < table->columns);
    va_start(arguments, format);
    vsnprintf(table->cells[(table->rows - 1) * table->columns + table->filled++], CELL_BYTES, format,
              arguments);
    va_end(arguments);
}

/* Characters of UTF-8: bytes that do not continue one. */
static int characters(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static void put_padded(FILE *stream, const char *text, int width, bool left)
{
    const int pad = width - characters(text);
    if (left)
        fprintf(stream, "%s%*s", text, pad, "");
    else
        fprintf(stream, "%*s%s", pad, "", text);
}

void text_table_print(FILE *stream, const struct text_table *table)
{
    int widths[TABLE_COLUMNS_MAX];
    for (int k = 0; k < table->columns; k++) {
        widths[k] = characters(table->headings[k]);
        for (int i = 0; i < table->rows; i++)
            if (characters(cell(table, i, k)) > widths[k])
                widths[k] = characters(cell(table, i, k));
    }
    for (int i = -1; i < table->rows; i++) {
        for (int k = 0; k < table->columns; k++) {
            fputs(k ? "  " : "", stream);
            put_padded(stream, i < 0 ? table->headings[k] : cell(table, i, k), widths[k], k == 0);
        }
        fputc('\n', stream);
    }
}

static void put_markdown(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*_`\\<", *text))
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

void text_table_markdown(FILE *stream, const struct text_table *table)
{
    for (int i = -1; i < table->rows; i++) {
        for (int k = 0; k < table->columns; k++) {
            fputs(k ? " | " : "| ", stream);
            put_markdown(stream, i < 0 ? table->headings[k] : cell(table, i, k));
        }
        fputs(" |\n", stream);
        for (int k = 0; i < 0 && k < table->columns; k++)
            fputs(k ? "---:|" : "|---|", stream);
        if (i < 0)
            fputc('\n', stream);
    }
}

void text_table_page(FILE *stream, const struct text_table *table, const char *caption)
{
    page_table_begin(stream, caption, table->columns, table->headings);
    for (int i = 0; i < table->rows; i++) {
        const char *cells[TABLE_COLUMNS_MAX];
        for (int k = 0; k < table->columns; k++)
            cells[k] = cell(table, i, k);
        page_row(stream, table->columns, cells);
    }
    page_table_end(stream);
}

void text_table_close(struct text_table *table)
{
    free(table->cells);
    table->cells = NULL;
    table->rows = 0;
}

void csv_text(FILE *stream, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}
