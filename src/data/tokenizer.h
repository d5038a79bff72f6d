/* Words as the Tokenizer of Keras 1 found them under Python 2: in bytes, not in characters.
 *
 * A to Z become lower case (no other letter does), ASCII punctuation but the apostrophe, tab and line feed become
 * spaces, and only the space separates: "<br />" gives the word "br", and a carriage return stays inside a word.
 */
#ifndef MATINEE_DATA_TOKENIZER_H
#define MATINEE_DATA_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    const char *text; /* not zero-terminated */
    size_t bytes;
};

struct tokenizer {
    const char *next, *end;
};

/* Folds the text in place, and starts at its first word. The words point into it. */
struct tokenizer tokenizer_open(char *text, size_t bytes);

/* The next word; false at the end. */
bool tokenizer_next(struct tokenizer *tokenizer, struct word *word);

#endif
