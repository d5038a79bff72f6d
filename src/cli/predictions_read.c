#include "predictions.h"

#include <csv.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME, LABEL, PROBABILITY, TEXT, COLUMNS };

static const char *const headings[COLUMNS] = {"review", "label", "probability", "text"};
static const char remedy[] = "use the file as it was written";

struct reading {
    struct predictions *predictions;
    const char *path;
    long row;            /* from 1 */
    int column;          /* that the next cell is in */
    struct error *error; /* once `failed` */
    bool failed;
};

static void fail(struct reading *reading, const char *what)
{
    reading->failed = true;
    error_set(reading->error, "%s: row %ld: %s; %s", reading->path, reading->row, what, remedy);
}

static bool grow(void **array, size_t room, size_t item_bytes)
{
    void *larger = realloc(*array, room * item_bytes);
    if (larger)
        *array = larger;
    return larger != NULL;
}

/* A row more, of which nothing is known. */
static bool begin_row(struct predictions *p)
{
    if (p->count == p->room) {
        const int room = p->room ? 2 * p->room : 1024;
        if (p->count > INT_MAX / 4 ||
            !grow((void **)&p->probabilities, (size_t)room, sizeof *p->probabilities) ||
            !grow((void **)&p->labels, (size_t)room, sizeof *p->labels) ||
            !grow((void **)&p->names, (size_t)room, sizeof *p->names) ||
            !grow((void **)&p->texts, (size_t)room, sizeof *p->texts))
            return false;
        p->room = room;
    }
    p->probabilities[p->count] = 0;
    p->labels[p->count] = 0;
    p->names[p->count] = p->texts[p->count] = 0;
    return true;
}

static bool keep(struct predictions *p, const char *text, size_t bytes, size_t *place)
{
    if (p->characters_room - p->characters_bytes < bytes + 1) {
        const size_t room = 2 * p->characters_room + bytes + 1;
        if (!grow((void **)&p->characters, room, 1))
            return false;
        p->characters_room = room;
    }
    *place = p->characters_bytes;
    memcpy(p->characters + *place, text, bytes);
    p->characters[*place + bytes] = '\0';
    p->characters_bytes += bytes + 1;
    return true;
}

static void take_cell(struct reading *reading, const char *text, size_t bytes)
{
    struct predictions *p = reading->predictions;
    const int row = p->count;
    char *end;
    if (reading->column == NAME && !begin_row(p)) {
        fail(reading, "out of memory");
    } else if (reading->column == NAME || reading->column == TEXT) {
        if (!keep(p, text, bytes, reading->column == NAME ? &p->names[row] : &p->texts[row]))
            fail(reading, "out of memory");
    } else if (reading->column == LABEL) {
        p->labels[row] = text[0] == '1';
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            fail(reading, "the label is neither 0 nor 1");
    } else {
        p->probabilities[row] = strtof(text, &end);
        if (end == text || *end != '\0' || p->probabilities[row] < 0 || p->probabilities[row] > 1)
            fail(reading, "the probability is no number from 0 to 1");
    }
}

static void handle_cell(void *text, size_t bytes, void *context)
{
    struct reading *reading = context;
    const char *cell = text ? text : "";
    if (reading->failed)
        return;
    if (reading->column >= COLUMNS)
        fail(reading, "has more than 4 cells");
    else if (reading->row > 1)
        take_cell(reading, cell, bytes);
    else if (strcmp(cell, headings[reading->column]) != 0)
        fail(reading, "the columns are not review, label, probability and text");
    reading->column++;
}

static void handle_row(int ending, void *context)
{
    (void)ending;
    struct reading *reading = context;
    if (!reading->failed && reading->column < COLUMNS)
        fail(reading, "has fewer than 4 cells");
    if (!reading->failed && reading->row > 1)
        reading->predictions->count++;
    reading->row++;
    reading->column = NAME;
}

static bool read_stream(struct reading *reading, FILE *stream, struct csv_parser *parser)
{
    char block[1 << 16];
    size_t bytes;
    while (!reading->failed && (bytes = fread(block, 1, sizeof block, stream)) > 0)
        if (csv_parse(parser, block, bytes, handle_cell, handle_row, reading) != bytes && !reading->failed)
            fail(reading, csv_strerror(csv_error(parser)));
    if (!reading->failed && ferror(stream))
        fail(reading, strerror(errno));
    if (!reading->failed && csv_fini(parser, handle_cell, handle_row, reading) != 0 && !reading->failed)
        fail(reading, "a quote is not closed");
    return !reading->failed;
}

bool predictions_read(struct predictions *predictions, const char *path, struct error *error)
{
    struct reading reading = {.predictions = predictions, .path = path, .row = 1, .error = error};
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(error, "%s: is no regular file; %s", path, remedy);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return error_set(error, "%s: cannot read: %s", path, strerror(errno));
    struct csv_parser parser;
    bool good = csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0 ||
                error_memory(error, "the predictions", 0);
    if (good) {
        good = read_stream(&reading, stream, &parser);
        csv_free(&parser);
    }
    fclose(stream);
    return good;
}

void predictions_close(struct predictions *predictions)
{
    free(predictions->probabilities);
    free(predictions->labels);
    free(predictions->names);
    free(predictions->texts);
    free(predictions->characters);
    *predictions = (struct predictions){.count = 0};
}
