#ifndef MATINEE_DATA_CORPUS_SAMPLE_H
#define MATINEE_DATA_CORPUS_SAMPLE_H

#include "corpus.h"

/* Appends the sample's reviews to a corpus: deterministic. */
bool corpus_sample_read(struct corpus *corpus, struct error *error);

#endif
