#include "ngram_pairs.h"

#include "parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_REVIEWS = 256 };

/* The distinct keys of one review after the other. */
struct key_set {
    uint64_t mask;
    uint64_t *keys;  /* (mask + 1) */
    int32_t *owners; /* (mask + 1) the review whose key it is, from 1 */
};

struct work {
    const struct ngram_training *training;
    struct ngram_pairs *pairs;
    int k, turns;
    uint64_t *found;  /* pairs as the reviews have them; later scratch */
    int64_t *starts;  /* (turns + 1) where a turn's begin in found, with room for all words of its reviews */
    int64_t *counts;  /* (turns)  that it has found */
    int64_t *offsets; /* (turns, NGRAM_PARTS) how many of each part; then where they go */
    atomic_bool failed;
};

static int part_of(uint64_t pair)
{
    return (int)((pair >> NGRAM_PAIR_BITS) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - NGRAM_PART_BITS));
}

static bool key_set_open(struct key_set *set, int T)
{
    uint64_t slots = 2;
    while (slots < 2 * (uint64_t)T)
        slots *= 2;
    *set = (struct key_set){.mask = slots - 1,
                            .keys = calloc(slots, sizeof *set->keys),
                            .owners = calloc(slots, sizeof *set->owners)};
    return set->keys != NULL && set->owners != NULL;
}

static void key_set_close(struct key_set *set)
{
    free(set->keys);
    free(set->owners);
}

/* False if the owner has the key already. */
static bool key_set_add(struct key_set *set, int32_t owner, uint64_t key)
{
    uint64_t slot = (key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & set->mask;
    for (; set->owners[slot] == owner; slot = (slot + 1) & set->mask)
        if (set->keys[slot] == key)
            return false;
    set->owners[slot] = owner;
    set->keys[slot] = key;
    return true;
}

static void turn_range(const struct work *work, int turn, int *first, int *end)
{
    const int count = work->training->reviews->count;
    *first = TURN_REVIEWS * turn;
    *end = count - *first < TURN_REVIEWS ? count : *first + TURN_REVIEWS;
}

/* Appends the pairs of one review to `out`, and counts them by part. */
static uint64_t *find_pairs(const struct work *work, int n, struct key_set *set, int64_t *parts,
                            uint64_t *out)
{
    const struct ngram_training *training = work->training;
    const struct reviews *reviews = training->reviews;
    const size_t row = (size_t)n * (size_t)reviews->T;
    const uint64_t mark = (uint64_t)training->folds[n] << 1 | reviews->labels[n];
    for (int t = reviews->pads[n]; t + work->k <= reviews->T; t++) {
        int32_t words[NGRAMS_MAX];
        for (int k = 0; k < work->k; k++)
            words[k] = reviews_token(reviews, row + (size_t)(t + k));
        const uint64_t key = ngram_key(words, work->k, training->V);
        if (!key_set_add(set, n + 1, key))
            continue;
        *out = key << NGRAM_PAIR_BITS | mark;
        parts[part_of(*out++)]++;
    }
    return out;
}

static void find_turn(void *context, int turn)
{
    struct work *work = context;
    uint64_t *const found = work->found + work->starts[turn], *out = found;
    struct key_set set;
    int first, end;
    turn_range(work, turn, &first, &end);
    if (key_set_open(&set, work->training->reviews->T))
        for (int n = first; n < end; n++)
            out = find_pairs(work, n, &set, work->offsets + (int64_t)turn * NGRAM_PARTS, out);
    else
        atomic_store(&work->failed, true);
    work->counts[turn] = out - found;
    key_set_close(&set);
}

/* Turns the counts of parts into places: part by part, and in a part turn by turn. */
static void lay_out(struct work *work)
{
    int64_t sum = 0;
    for (int part = 0; part < NGRAM_PARTS; part++) {
        work->pairs->part_starts[part] = sum;
        for (int turn = 0; turn < work->turns; turn++) {
            int64_t *offset = &work->offsets[(int64_t)turn * NGRAM_PARTS + part], count = *offset;
            *offset = sum;
            sum += count;
        }
    }
    work->pairs->part_starts[NGRAM_PARTS] = sum;
}

static void scatter_turn(void *context, int turn)
{
    struct work *work = context;
    const uint64_t *from = work->found + work->starts[turn];
    int64_t *next = work->offsets + (int64_t)turn * NGRAM_PARTS;
    for (int64_t i = 0; i < work->counts[turn]; i++)
        work->pairs->items[next[part_of(from[i])]++] = from[i];
}

static void sort_part(void *context, int part)
{
    struct work *work = context;
    const int64_t start = work->pairs->part_starts[part];
    ngram_sort(work->pairs->items + start, work->found + start, work->pairs->part_starts[part + 1] - start);
}

static bool work_open(struct work *work, struct error *error)
{
    const struct reviews *reviews = work->training->reviews;
    const size_t turns = (size_t)work->turns;
    int first, end;
    int64_t room = 0;
    work->starts = malloc((turns + 1) * sizeof *work->starts);
    work->counts = malloc((turns + 1) * sizeof *work->counts);
    work->offsets = calloc(turns + 1, NGRAM_PARTS * sizeof *work->offsets);
    if (work->starts == NULL || work->counts == NULL || work->offsets == NULL)
        return error_memory(error, "the n-grams", turns * NGRAM_PARTS * sizeof *work->offsets);
    for (int turn = 0; turn < work->turns; turn++) {
        work->starts[turn] = room;
        turn_range(work, turn, &first, &end);
        for (int n = first; n < end; n++)
            room += reviews->T - reviews->pads[n];
    }
    const size_t bytes = ((size_t)room + 1) * sizeof *work->found;
    work->found = malloc(bytes);
    return work->found != NULL || error_memory(error, "the n-grams", bytes);
}

static bool distribute(struct work *work, struct error *error)
{
    lay_out(work);
    const size_t bytes = ((size_t)work->pairs->part_starts[NGRAM_PARTS] + 1) * sizeof *work->pairs->items;
    work->pairs->items = malloc(bytes);
    return work->pairs->items != NULL || error_memory(error, "the n-grams", bytes);
}

bool ngram_pairs_open(struct ngram_pairs *pairs, const struct ngram_training *training, int k,
                      struct error *error)
{
    const int threads = parallel_threads(training->threads);
    struct work work = {.training = training,
                        .pairs = pairs,
                        .k = k,
                        .turns = (training->reviews->count + TURN_REVIEWS - 1) / TURN_REVIEWS};
    *pairs = (struct ngram_pairs){.items = NULL};
    bool ok = work_open(&work, error);
    if (ok) {
        parallel_for(threads, work.turns, find_turn, &work);
        ok = !atomic_load(&work.failed) || error_memory(error, "the n-grams of a review", 0);
    }
    ok = ok && distribute(&work, error);
    if (ok) {
        parallel_for(threads, work.turns, scatter_turn, &work);
        parallel_for(threads, NGRAM_PARTS, sort_part, &work);
    }
    free(work.found);
    free(work.starts);
    free(work.counts);
    free(work.offsets);
    return ok;
}

void ngram_pairs_close(struct ngram_pairs *pairs)
{
    free(pairs->items);
    pairs->items = NULL;
}

int64_t ngram_pairs_group(const struct ngram_pairs *pairs, int part, int64_t first, struct ngram_group *group)
{
    const int64_t end = pairs->part_starts[part + 1];
    int64_t i = first;
    *group = (struct ngram_group){.key = pairs->items[first] >> NGRAM_PAIR_BITS};
    for (; i < end && pairs->items[i] >> NGRAM_PAIR_BITS == group->key; i++) {
        const int label = (int)(pairs->items[i] & 1),
                  fold = (int)(pairs->items[i] >> 1) & ((1 << NGRAM_FOLD_BITS) - 1);
        group->all[label]++;
        group->folds[fold][label]++;
    }
    return i;
}
