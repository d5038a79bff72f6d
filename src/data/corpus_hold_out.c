#include "corpus.h"

#include <math.h>
#include <string.h>

/* Parts the reviews: of those of each class that come first stay kept[positive], the others go. */
static bool move_rest(struct corpus *corpus, const int kept[2], struct error *error)
{
    struct corpus_part *train = &corpus->parts[CORPUS_TRAIN], *test = &corpus->parts[CORPUS_TEST];
    int seen[2] = {0, 0}, stay = 0;
    for (int i = 0; i < train->count; i++) {
        struct corpus_review review = train->reviews[i];
        if (seen[review.positive]++ < kept[review.positive])
            train->reviews[stay++] = review;
        else if (!corpus_part_append(test, &review, error))
            return false;
    }
    train->count = stay;
    train->positive = kept[1];
    return true;
}

bool corpus_hold_out(struct corpus *corpus, double fraction, struct error *error)
{
    struct corpus_part *train = &corpus->parts[CORPUS_TRAIN], *test = &corpus->parts[CORPUS_TEST];
    const int all[2] = {train->count - train->positive, train->positive};
    int kept[2];
    for (int label = 0; label < 2; label++) {
        kept[label] = all[label] - (int)floor(all[label] * fraction + 0.5);
        if (kept[label] == 0 && all[label] > 0)
            return error_set(error, "%s: --test %.10g leaves none of %d %s reviews to train on; take less",
                             train->table, fraction, all[label], label == 1 ? "positive" : "negative");
    }
    if (kept[0] + kept[1] == train->count)
        return error_set(error, "%s: --test %.10g leaves none of %d reviews to test on; take more",
                         train->table, fraction, train->count);
    test->table = strdup(train->table);
    if (test->table == NULL)
        return error_memory(error, "a path", strlen(train->table) + 1);
    return move_rest(corpus, kept, error);
}
