#include "matinee/summary.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 3, LINE_LONGEST = 88, LINE_SHORTEST = 36, CELL_BYTES = 160 };
enum side { LEFT, RIGHT };

struct summary_counts summary_count(const struct spec *spec, const struct parameter_table *table, bool slots)
{
    const int64_t trainable = (int64_t)table->total_count;
    const int arenas = adam_has_average(&spec->adam) ? 3 : 2,
              scalars = adam_has_schedule(&spec->adam) ? 1 : 2;
    return (struct summary_counts){.trainable = trainable,
                                   .optimizer = slots ? arenas * trainable + scalars : 0};
}

int64_t summary_layer_count(const struct parameter_table *table, int layer)
{
    int64_t count = 0;
    for (int p = 0; p < table->count; p++)
        if (table->items[p].layer == layer)
            count += (int64_t)table->items[p].count;
    return count;
}

void summary_memory(char *text, size_t text_bytes, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        size /= 1024;
    snprintf(text, text_bytes, "%.2f %s", size, units[unit]);
}

const char *summary_number(char text[SUMMARY_NUMBER_BYTES], int64_t number)
{
    char digits[SUMMARY_NUMBER_BYTES];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    char *end = text; /* 2^63 has 19 digits: with six commas and a sign there is room */
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            *end++ = ',';
        *end++ = digits[i];
    }
    *end = '\0';
    return text;
}

/* Terminal cells of UTF-8 text whose characters are all one cell wide. */
static int cells(const char *text, size_t bytes)
{
    int count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Bytes of the first `count` characters. */
static size_t prefix_bytes(const char *text, int count)
{
    size_t i = 0;
    while (text[i] && (count > 0 || ((unsigned char)text[i] & 0xC0) == 0x80)) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            count--;
        i++;
        while (((unsigned char)text[i] & 0xC0) == 0x80)
            i++;
    }
    return i;
}

/* Bytes of `text` that stand on the first line of a cell: whole words, or a piece of one that is wider than a line and
 * stands first. *next is where the following line begins. */
static size_t line_bytes(const char *text, int width, size_t *next)
{
    size_t end = 0, scan = 0;
    while (text[scan]) {
        size_t word_end = scan + strcspn(text + scan, " ");
        if (cells(text, word_end) > width)
            break;
        end = word_end;
        scan = word_end + strspn(text + word_end, " ");
    }
    *next = scan;
    if (end == 0 && text[0])
        *next = end = prefix_bytes(text, width);
    return end;
}

static void repeat(FILE *stream, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        fputs(text, stream);
}

/* A horizontal line; corners and joints are given from left to right, then the stroke. */
static void rule(FILE *stream, const int widths[COLUMNS], const char *const strokes[4])
{
    for (int c = 0; c < COLUMNS; c++) {
        fputs(strokes[c == 0 ? 0 : 1], stream);
        repeat(stream, strokes[3], widths[c]);
    }
    fprintf(stream, "%s\n", strokes[2]);
}

/* One table row; cells wider than their column continue on further lines. */
static void row(FILE *stream, const int widths[COLUMNS], const char *const contents[COLUMNS],
                const char *border)
{
    static const enum side sides[COLUMNS] = {LEFT, LEFT, RIGHT};
    const char *rest[COLUMNS] = {contents[0], contents[1], contents[2]};
    do {
        for (int c = 0; c < COLUMNS; c++) {
            size_t next, bytes = line_bytes(rest[c], widths[c] - 2, &next);
            int blanks = widths[c] - 2 - cells(rest[c], bytes);
            fprintf(stream, "%s ", border);
            repeat(stream, " ", sides[c] == RIGHT ? blanks : 0);
            fwrite(rest[c], 1, bytes, stream);
            repeat(stream, " ", sides[c] == LEFT ? blanks : 0);
            fputc(' ', stream);
            rest[c] += next;
        }
        fprintf(stream, "%s\n", border);
    } while (*rest[0] || *rest[1] || *rest[2]);
}

static void layer_row(FILE *stream, const int widths[COLUMNS], const struct spec *spec,
                      const struct parameter_table *table, int layer)
{
    char name[CELL_BYTES], shape[CELL_BYTES], count[CELL_BYTES];
    int dims[2];
    snprintf(name, sizeof name, "%s (%s)", spec->layers[layer].name, layer_class(&spec->layers[layer]));
    if (layer_output_shape(spec, layer, dims) == 2)
        snprintf(shape, sizeof shape, "(None, %d, %d)", dims[0], dims[1]);
    else
        snprintf(shape, sizeof shape, "(None, %d)", dims[0]);
    summary_number(count, summary_layer_count(table, layer));
    row(stream, widths, (const char *const[]){name, shape, count}, "│");
}

static void total_line(FILE *stream, const char *what, int64_t count)
{
    char number[CELL_BYTES], memory[CELL_BYTES];
    summary_number(number, count);
    summary_memory(memory, sizeof memory, 4 * count);
    fprintf(stream, " %s: %s (%s)\n", what, number, memory);
}

/* Keras asks for 45 %, 35 % and 20 % of the line and two blanks around each cell; rich then takes the 10 columns that
 * do not fit off the three columns as 3, 4 and 3. */
static void column_widths(int columns, int widths[COLUMNS])
{
    int line = columns - 4 < LINE_SHORTEST  ? LINE_SHORTEST
               : columns - 4 > LINE_LONGEST ? LINE_LONGEST
                                            : columns - 4;
    int first = line * 45 / 100, second = line * 80 / 100;
    widths[0] = first + 2 - 3;
    widths[1] = second - first + 2 - 4;
    widths[2] = line - second + 2 - 3;
}

void summary_write(FILE *stream, const struct spec *spec, const struct parameter_table *table, bool slots,
                   int columns)
{
    int widths[COLUMNS];
    column_widths(columns, widths);
    fprintf(stream, "Model: \"%s\"\n", spec->name);
    rule(stream, widths, (const char *const[]){"┏", "┳", "┓", "━"});
    row(stream, widths, (const char *const[]){"Layer (type)", "Output Shape", "Param #"}, "┃");
    rule(stream, widths, (const char *const[]){"┡", "╇", "┩", "━"});
    for (int layer = 0; layer < spec->layer_count; layer++) {
        if (layer > 0)
            rule(stream, widths, (const char *const[]){"├", "┼", "┤", "─"});
        layer_row(stream, widths, spec, table, layer);
    }
    rule(stream, widths, (const char *const[]){"└", "┴", "┘", "─"});

    struct summary_counts counts = summary_count(spec, table, slots);
    total_line(stream, "Total params", counts.trainable + counts.optimizer);
    total_line(stream, "Trainable params", counts.trainable);
    total_line(stream, "Non-trainable params", 0);
    if (slots)
        total_line(stream, "Optimizer params", counts.optimizer);
}
