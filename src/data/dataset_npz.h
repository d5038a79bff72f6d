#ifndef MATINEE_DATA_DATASET_NPZ_H
#define MATINEE_DATA_DATASET_NPZ_H

#include "corpus.h"
#include "ranked_reviews.h"

/* Reads an imdb.npz and the word index that belongs to it, if there is one; makes of these the data set's word index
 * and vocabulary, or, with an encoder, the encoder's ranks of the reviews'. Sets the data set's sources. */
bool dataset_npz_read(struct dataset *dataset, struct ranked_reviews ranked[CORPUS_SPLITS], const char *path,
                      const struct dataset_options *options, struct error *error);

#endif
