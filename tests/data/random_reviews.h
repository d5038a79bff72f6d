/* Reviews of random words, as files and as a table; those of the test split have words that no training review has. */
#ifndef TESTS_RANDOM_REVIEWS_H
#define TESTS_RANDOM_REVIEWS_H

#include "small_set.h"

enum { TRAIN = 40, TEST = 16, REVIEWS = TRAIN + TEST, TEXT_BYTES = 512 };

extern char random_texts[REVIEWS][TEXT_BYTES];
extern struct member random_reviews[REVIEWS]; /* the training reviews first */

/* Fills both. */
void random_reviews_make(void);

/* Writes reviews [first, end) as a table. */
void random_reviews_table(const char *path, int first, int end);

#endif
