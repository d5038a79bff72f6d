/* The lines of a command's details: paragraphs, and lists of words and what they mean. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

struct block {
    const char *term; /* of a list; NULL in a paragraph */
    const char *text;
    size_t term_bytes, text_bytes;
};

/* The next line that is not empty of *details, which is moved behind it; false at the end. */
bool block_next(const char **details, struct block *block);

#endif
