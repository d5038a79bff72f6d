/* The built-in sample: reviews that the program makes up itself where no data is at hand. They are named as
 * aclImdb's are, number_rating.txt, with ratings from 1 to 4 and from 7 to 10. */
#include "corpus_sample.h"

#include "sample_review.h"

#include <stdio.h>

enum { RATINGS = 4, LOWEST_NEGATIVE = 1, LOWEST_POSITIVE = 7, NAME_BYTES = 32 };

/* Adds `count` reviews, of which `first` is the number of the first one in the whole sample. */
static bool add_reviews(struct corpus *corpus, enum corpus_split split, bool positive, uint32_t first,
                        uint32_t count, struct error *error)
{
    struct sample_writer writer;
    char name[NAME_BYTES];
    for (uint32_t i = 0; i < count; i++) {
        sample_review(&writer, first + i, positive);
        uint32_t rating = (positive ? LOWEST_POSITIVE : LOWEST_NEGATIVE) + (i + 2) % RATINGS;
        snprintf(name, sizeof name, "%u_%u.txt", (unsigned)i, (unsigned)rating);
        if (!corpus_add(corpus, split, positive, name, writer.text, writer.bytes, error))
            return false;
    }
    return true;
}

bool corpus_sample_read(struct corpus *corpus, struct error *error)
{
    static const uint32_t halves[CORPUS_SPLITS] = {SAMPLE_TRAIN_REVIEWS / 2, SAMPLE_TEST_REVIEWS / 2};
    uint32_t first = 0;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        for (int positive = 1; positive >= 0; positive--, first += halves[split])
            if (!add_reviews(corpus, split, positive, first, halves[split], error))
                return false;
    }
    return true;
}
