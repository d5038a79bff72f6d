/* The reviews of a split as the ranks of their words, in the order of the corpus: what Keras keeps in imdb.npz before
 * load_data shuffles and encodes it. Words without a rank are gone. */
#ifndef MATINEE_DATA_RANKED_REVIEWS_H
#define MATINEE_DATA_RANKED_REVIEWS_H

#include "corpus.h"
#include "word_index.h"

struct ranked_reviews {
    int count, positive;
    uint8_t *labels; /* (count) 1 positive, 0 negative */
    int64_t *starts; /* (count + 1) review i owns ranks[starts[i]] .. ranks[starts[i + 1] - 1] */
    int32_t *ranks;  /* from 1 */
    int64_t room;    /* of ranks */
    int64_t dropped; /* words without a rank */
    int32_t largest; /* rank that occurs; only of an imdb.npz */
};

/* Both take the text of a part of the corpus, which is folded on the way, and fill a zeroed struct. They fail with the
 * review's name if none of its words has a rank. */

/* Ranks the words of this split itself. */
bool ranked_reviews_learn(struct ranked_reviews *ranked, struct word_index **index,
                          const struct corpus *corpus, enum corpus_split split, struct error *error);

/* Ranks by a table in which the word of rank r has number r - 1. */
bool ranked_reviews_look_up(struct ranked_reviews *ranked, const struct word_table *words,
                            const struct corpus *corpus, enum corpus_split split, struct error *error);

/* The three below are of reviews that came as ranks; an empty split is fine. */

/* Whether each rank has a word in the index; errors name `path`, which is the index's. */
bool ranked_reviews_check(const struct ranked_reviews *ranked, const struct word_index *index,
                          const char *path, struct error *error);

/* Adds to the index's counts. */
void ranked_reviews_count(const struct ranked_reviews *ranked, struct word_index *index);

/* Turns ranks of an index that has been checked into those of another table, and drops words that it lacks. A
 * review may lose all; fails if all do. */
bool ranked_reviews_translate(struct ranked_reviews *ranked, const struct word_index *index,
                              const struct word_table *words, struct error *error);

void ranked_reviews_close(struct ranked_reviews *ranked);

#endif
