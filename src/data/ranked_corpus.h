/* All that encoding needs of a corpus, whatever the options: the words of both splits, and the reviews as ranks of
 * them. It is what the cache keeps. */
#ifndef MATINEE_DATA_RANKED_CORPUS_H
#define MATINEE_DATA_RANKED_CORPUS_H

#include "corpus.h"
#include "ranked_reviews.h"
#include "word_finder.h"
#include "word_index.h"

struct ranked_corpus {
    struct ranked_reviews splits[CORPUS_SPLITS];
    bool skipped[CORPUS_SPLITS]; /* has a count of reviews and nothing else */
    bool rows[CORPUS_SPLITS];    /* of a table, of which a review may be without words */
    /* Words of ranks 1 to ranked are those of the training split, as Keras ranks them. Larger ranks, in the order of
     * first occurrence, are of words of the test split alone: Keras drops them, but another index may know them. */
    int32_t ranked;
    struct word_texts words; /* (all ranks) count 0: the reviews came as ranks, without words */
    int64_t *counts;         /* (ranked) occurrences in the training split; NULL without words */
};

/* Ranks the words of a corpus that was read with this finder. Fills a zeroed struct, the same whatever the number of
 * the finder's threads. */
bool ranked_corpus_open(struct ranked_corpus *ranked, const struct corpus *corpus,
                        const struct word_finder *finder, int threads, struct error *error);

/* How many ranks there are: those of all words, or the largest of a review. */
int32_t ranked_corpus_ranks(const struct ranked_corpus *ranked);

void ranked_corpus_close(struct ranked_corpus *ranked);

#endif
