/* What reviews are called and what they say, after the corpus is gone. */
#ifndef MATINEE_DATA_REVIEW_TEXTS_H
#define MATINEE_DATA_REVIEW_TEXTS_H

#include "corpus.h"
#include "matinee/data.h"

/* For the texts of a corpus that is going to be read. */
struct kept_corpus_texts review_texts_file(enum kept_texts which);

struct review_texts_options {
    enum corpus_split split;
    const char *path; /* of the data; NULL: an .npz, whose reviews have numbers and no texts */
    const struct table_options *table; /* of them; what it points to must outlive the texts */
    int32_t *order; /* (count) row k of the encoded reviews is review order[k]; taken over */
    int count;
};

/* corpus: as it was read, with its kept texts, which are taken over; NULL: the reviews are from the cache, and
 * another thread reads the corpus until review_texts_prepare. */
bool review_texts_open(struct review_texts **texts, const struct review_texts_options *options,
                       struct corpus *corpus, struct error *error);

void review_texts_close(struct review_texts *texts);

#endif
