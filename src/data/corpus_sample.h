#ifndef MATINEE_DATA_CORPUS_SAMPLE_H
#define MATINEE_DATA_CORPUS_SAMPLE_H

#include "corpus.h"

/* Reviews of the built-in sample; half of each split is positive. */
enum { SAMPLE_TRAIN_REVIEWS = 4000, SAMPLE_TEST_REVIEWS = 2000 };

/* Appends the sample's reviews to a corpus: the same bytes on every machine. Fails only where corpus_add does. */
bool corpus_sample_read(struct corpus *corpus, struct error *error);

#endif
