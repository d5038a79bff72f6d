#ifndef MATINEE_TESTS_DATA_DATA_SET_COMPARE_H
#define MATINEE_TESTS_DATA_DATA_SET_COMPARE_H

#include "matinee/data.h"

/* Two data sets are equal to the byte: reviews, statistics, words, counts, vocabulary, kept ranks, names. A failure
 * fails the running test. */
void check_same_data(const struct dataset *a, const struct dataset *b);

#endif
