/* The texts that `predict` reads: arguments, or the lines of a file. */
#ifndef MATINEE_CLI_TEXTS_H
#define MATINEE_CLI_TEXTS_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct texts {
    char **arguments; /* NULL: lines of the stream */
    int argument_count;
    FILE *stream;
    const char *name; /* of the file, for messages */
    bool owned;       /* the stream is closed with it */
    char *line;       /* (line_room) the latest line */
    size_t line_room;
    bool found;  /* a line that is not empty */
    long number; /* of the latest text, from 1; in a file that of its line */
};

/* With `file` ("-" is standard input) its lines, else the arguments, which must outlive it. */
bool texts_open(struct texts *texts, const char *file, char **arguments, int argument_count,
                struct error *error);

/* The next text, without its line end, valid until the next call; *text is NULL at the end. Empty lines of a file are
 * skipped. False if the file cannot be read or has no other lines. */
bool texts_next(struct texts *texts, const char **text, size_t *bytes, struct error *error);

/* Puts where the latest text stands in front of the message. Always returns false. */
bool texts_error_within(const struct texts *texts, struct error *error);

void texts_close(struct texts *texts);

/* Room for a text's beginning, with the dots and the zero byte after it. */
enum { TEXT_SHOWN_BYTES = 60 + 4 };

/* The beginning of a text, cut between characters, fit for a terminal. */
void text_shorten(char shown[TEXT_SHOWN_BYTES], const char *text, size_t bytes);

/* A copy that is fit for one line of a terminal, as make_printable; free() it. NULL without memory. */
char *text_printable(const char *text, size_t bytes);

#endif
