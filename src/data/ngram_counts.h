#ifndef MATINEE_DATA_NGRAM_COUNTS_H
#define MATINEE_DATA_NGRAM_COUNTS_H

#include "ngram_table.h"

struct ngram_counts {
    struct ngrams *ngrams; /* NULL once it was taken */
    /* [k - 1] (slots of the table, NGRAM_FOLDS) the token of a slot's key without each fold */
    uint8_t *without[NGRAMS_MAX];
};

/* Of a k-gram that so many positive and negative reviews contain: NGRAM_UNSEEN, or NGRAM_FIRST_BUCKET and more. */
int ngram_token(int positive, int negative);

#endif
