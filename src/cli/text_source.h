/* The texts that `predict` reads: its arguments, the lines of a file, or a column of a table. */
#ifndef MATINEE_CLI_TEXT_SOURCE_H
#define MATINEE_CLI_TEXT_SOURCE_H

#include "texts.h"

#include "matinee/options.h"

struct text_source {
    struct texts texts;            /* unless it is a table */
    const struct options *options; /* arguments after the first, --file, and how a table is read */
};

/* False if the file cannot be opened; of a table reading tells. The options must outlive it. */
bool text_source_open(struct text_source *source, const struct options *options, struct error *error);
void text_source_close(struct text_source *source);

/* Hands over every text in turn, with its number from 1, in a file that of its line, until one is refused: false then,
 * with where it stands in front of the reason. */
struct text_reader {
    bool (*handle)(void *context, long number, const char *text, size_t bytes, struct error *error);
    void *context;
};
bool text_source_read(struct text_source *source, const struct text_reader *reader, struct error *error);

#endif
