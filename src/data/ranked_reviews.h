/* The reviews of a split as the ranks of their words, in the order of the corpus: what Keras keeps in imdb.npz before
 * load_data shuffles and encodes it. Words without a rank are gone. */
#ifndef MATINEE_DATA_RANKED_REVIEWS_H
#define MATINEE_DATA_RANKED_REVIEWS_H

#include "corpus.h"
#include "word_index.h"

struct ranked_reviews {
    int count;
    int64_t *starts; /* (count + 1) review i owns ranks[starts[i]] .. ranks[starts[i + 1] - 1] */
    int32_t *ranks;  /* from 1 */
    int64_t room;    /* of ranks */
    int64_t dropped; /* words without a rank */
};

/* Both take the text of a part of the corpus, which is folded on the way, and fill a zeroed struct. They fail with the
 * review's name if none of its words has a rank. */

/* Ranks the words of this split itself. */
bool ranked_reviews_learn(struct ranked_reviews *ranked, struct word_index **index,
                          const struct corpus *corpus, enum corpus_split split, struct error *error);

/* Ranks by a table in which the word of rank r has number r - 1. */
bool ranked_reviews_look_up(struct ranked_reviews *ranked, const struct word_table *words,
                            const struct corpus *corpus, enum corpus_split split, struct error *error);

void ranked_reviews_close(struct ranked_reviews *ranked);

#endif
