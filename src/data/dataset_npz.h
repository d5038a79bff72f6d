#ifndef MATINEE_DATA_DATASET_NPZ_H
#define MATINEE_DATA_DATASET_NPZ_H

#include "ranked_corpus.h"

/* The words of an imdb.npz whose reviews have been read: those of a word index, if there is one. Makes of it the data
 * set's word index and vocabulary, or, with an encoder, translates. Sets the data set's sources. *ranks is NULL before,
 * and then as struct imdb_coding has it; free() it. */
bool dataset_npz_words(struct dataset *dataset, const struct ranked_corpus *ranked, const char *path,
                       const struct dataset_options *options, int32_t **ranks, struct error *error);

#endif
