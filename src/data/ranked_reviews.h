/* The reviews of a split as the ranks of their words, in the order of the corpus: what Keras keeps in imdb.npz before
 * load_data shuffles and encodes it. */
#ifndef MATINEE_DATA_RANKED_REVIEWS_H
#define MATINEE_DATA_RANKED_REVIEWS_H

#include "corpus.h"
#include "word_index.h"

struct ranked_reviews {
    int count, positive;
    uint8_t *labels;            /* (count) 1 positive, 0 negative */
    int64_t *starts;            /* (count + 1) review i owns ranks[starts[i]] .. ranks[starts[i + 1] - 1] */
    int32_t *ranks;             /* from 1 */
    struct mapped_file *mapped; /* where the ranks are, of the cache only to be read; NULL: in memory */
    int32_t largest;            /* rank that occurs; only of an imdb.npz */
};

/* An empty split is fine for all of these. */

/* Whether each rank has a word in the index; errors name `path`, which is the index's. */
bool ranked_reviews_check(const struct ranked_reviews *ranked, const struct word_index *index,
                          const char *path, struct error *error);

/* Adds to the index's counts. */
void ranked_reviews_count(const struct ranked_reviews *ranked, struct word_index *index);

/* Puts ranks[r - 1] in the place of each rank r, and drops those that become 0. */
void ranked_reviews_translate(struct ranked_reviews *ranked, const int32_t *ranks);

void ranked_reviews_close(struct ranked_reviews *ranked);

#endif
