#include "ngram_counts.h"

#include "ngram_pairs.h"
#include "parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ngram_token(int positive, int negative)
{
    static const double width = 0.15;
    enum { LARGEST = NGRAM_BUCKETS / 2 };
    if (positive + negative < NGRAM_MIN_REVIEWS)
        return NGRAM_UNSEEN;
    const long bucket = lround(log((positive + 1.0) / (negative + 1.0)) / width);
    const long clipped = bucket < -LARGEST ? -LARGEST : bucket > LARGEST ? LARGEST : bucket;
    return NGRAM_FIRST_BUCKET + (int)clipped + LARGEST;
}

/* One k-gram that is kept. */
struct counted {
    uint64_t packed; /* a table's slot */
    uint8_t without[NGRAM_FOLDS];
};

struct keeping {
    const struct ngram_pairs *pairs;
    int64_t starts[NGRAM_PARTS + 1]; /* of a part's in `kept` */
    struct counted *kept;
};

static struct counted count_group(const struct ngram_group *group)
{
    const int token = ngram_token(group->all[1], group->all[0]);
    struct counted counted = {.packed = group->key << NGRAM_TOKEN_BITS | (uint64_t)token};
    for (int fold = 0; fold < NGRAM_FOLDS; fold++) {
        const int32_t *own = group->folds[fold];
        const bool is_there = own[0] + own[1] > 0; /* most are in few folds, and a logarithm takes its time */
        counted.without[fold] =
            (uint8_t)(is_there ? ngram_token(group->all[1] - own[1], group->all[0] - own[0]) : token);
    }
    return counted;
}

/* Calls nothing twice: the first pass counts what is kept, the second, with room for it, keeps it. */
static void keep_part(void *context, int part)
{
    struct keeping *keeping = context;
    const struct ngram_pairs *pairs = keeping->pairs;
    struct counted *out = keeping->kept != NULL ? keeping->kept + keeping->starts[part] : NULL;
    int64_t count = 0;
    for (int64_t i = pairs->part_starts[part]; i < pairs->part_starts[part + 1];) {
        struct ngram_group group;
        i = ngram_pairs_group(pairs, part, i, &group);
        if (group.all[0] + group.all[1] < NGRAM_MIN_REVIEWS)
            continue;
        if (out != NULL)
            *out++ = count_group(&group);
        count++;
    }
    if (keeping->kept == NULL)
        keeping->starts[part] = count;
}

static bool keep(struct keeping *keeping, int threads, struct error *error)
{
    int64_t sum = 0;
    parallel_for(threads, NGRAM_PARTS, keep_part, keeping);
    for (int part = 0; part <= NGRAM_PARTS; part++) {
        const int64_t count = part < NGRAM_PARTS ? keeping->starts[part] : 0;
        keeping->starts[part] = sum;
        sum += count;
    }
    const size_t bytes = ((size_t)sum + 1) * sizeof *keeping->kept;
    keeping->kept = malloc(bytes);
    if (keeping->kept == NULL)
        return error_memory(error, "the n-grams", bytes);
    parallel_for(threads, NGRAM_PARTS, keep_part, keeping);
    return true;
}

/* The table of the k-grams that are kept, and the tokens beside it. */
static bool make_table(struct ngram_table *table, uint8_t **without, const struct counted *kept,
                       int64_t count, struct error *error)
{
    const size_t bytes = ((size_t)count + 1) * sizeof(uint64_t);
    uint64_t *packed = malloc(bytes);
    if (packed == NULL)
        return error_memory(error, "the n-grams", bytes);
    for (int64_t i = 0; i < count; i++)
        packed[i] = kept[i].packed;
    bool ok = ngram_table_open(table, packed, count, error);
    free(packed);
    if (!ok)
        return false;
    const size_t slots_bytes = (table->mask + 1) * NGRAM_FOLDS;
    *without = malloc(slots_bytes);
    if (*without == NULL)
        return error_memory(error, "the n-grams", slots_bytes);
    for (int64_t i = 0; i < count; i++) {
        const int64_t slot = ngram_table_slot(table, kept[i].packed >> NGRAM_TOKEN_BITS);
        memcpy(*without + slot * NGRAM_FOLDS, kept[i].without, NGRAM_FOLDS);
    }
    return true;
}

static bool count_order(struct ngram_counts *counts, const struct ngram_training *training, int k,
                        struct error *error)
{
    struct ngram_pairs pairs;
    struct keeping keeping = {.pairs = &pairs};
    bool ok = ngram_pairs_open(&pairs, training, k, error) &&
              keep(&keeping, parallel_threads(training->threads), error);
    ngram_pairs_close(&pairs);
    ok = ok && make_table(&counts->ngrams->tables[k - 1], &counts->without[k - 1], keeping.kept,
                          keeping.starts[NGRAM_PARTS], error);
    free(keeping.kept);
    return ok;
}

bool ngram_counts_open(struct ngram_counts **counts, const struct ngram_training *training,
                       struct error *error)
{
    struct ngram_counts *opened = calloc(1, sizeof *opened);
    bool ok = opened != NULL && (opened->ngrams = calloc(1, sizeof *opened->ngrams)) != NULL;
    if (!ok)
        error_memory(error, "the n-grams", sizeof *opened);
    else
        *opened->ngrams = (struct ngrams){.n = training->n, .V = training->V};
    for (int k = 1; ok && k <= training->n; k++)
        ok = count_order(opened, training, k, error);
    if (!ok) {
        ngram_counts_close(opened);
        return false;
    }
    *counts = opened;
    return true;
}

struct ngrams *ngram_counts_take(struct ngram_counts *counts)
{
    struct ngrams *ngrams = counts->ngrams;
    counts->ngrams = NULL;
    return ngrams;
}

void ngram_counts_close(struct ngram_counts *counts)
{
    if (counts == NULL)
        return;
    ngrams_close(counts->ngrams);
    for (int k = 0; k < NGRAMS_MAX; k++)
        free(counts->without[k]);
    free(counts);
}
