#ifndef MATINEE_DATA_DATASET_TEXT_H
#define MATINEE_DATA_DATASET_TEXT_H

#include "ranked_corpus.h"

/* The words that number those of reviews that came as text: a model's, those of a word index, or the training split's
 * own. Makes the data set's word index and vocabulary of them. *ranks is NULL before, and then as struct imdb_coding
 * has it; free() it. */
bool dataset_text_words(struct dataset *dataset, const struct ranked_corpus *ranked,
                        const struct dataset_options *options, int32_t **ranks, struct error *error);

#endif
