#ifndef MATINEE_DATA_VOCABULARY_H
#define MATINEE_DATA_VOCABULARY_H

#include "matinee/data.h"
#include "word_table.h"

/* All words of the training split, also those without an id of their own: Keras gives those id 2, but drops words that
 * are not in the table, and a model must be evaluated as it was trained. */
struct vocabulary {
    int num_words, maxlen;
    struct word_table words; /* the word of rank r has number r - 1 */
};

bool vocabulary_open(struct vocabulary **vocabulary, const struct word_table *words, int num_words,
                     int maxlen, struct error *error);

#endif
