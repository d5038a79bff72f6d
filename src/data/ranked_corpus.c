#include "ranked_corpus.h"

#include "parallel.h"
#include "spill.h"

#include <stdlib.h>
#include <string.h>

/* From the finders' numbers to numbers in the order of first occurrence in the corpus. */
struct renumbering {
    const struct corpus *corpus;
    const struct word_finder *finder;
    struct word_table seen;
    int32_t **numbers; /* (word_finder_count)(words of that table) number in seen, or WORD_UNKNOWN */
    int32_t *read;     /* (read_room) those of a review that were not in memory */
    size_t read_room;
};

static bool renumbering_open(struct renumbering *renumbering, struct error *error)
{
    int tables = word_finder_count(renumbering->finder);
    renumbering->numbers = calloc((size_t)tables, sizeof *renumbering->numbers);
    if (renumbering->numbers == NULL)
        return error_memory(error, "the numbers of the words", 0);
    for (int i = 0; i < tables; i++) {
        size_t bytes =
            ((size_t)word_finder_table(renumbering->finder, i)->count + 1) * sizeof **renumbering->numbers;
        renumbering->numbers[i] = malloc(bytes);
        if (renumbering->numbers[i] == NULL)
            return error_memory(error, "the numbers of the words", bytes);
        memset(renumbering->numbers[i], 0xFF, bytes); /* WORD_UNKNOWN */
    }
    return word_table_open(&renumbering->seen, error);
}

static void renumbering_close(struct renumbering *renumbering)
{
    for (int i = 0; renumbering->numbers != NULL && i < word_finder_count(renumbering->finder); i++)
        free(renumbering->numbers[i]);
    free(renumbering->numbers);
    free(renumbering->read);
    word_table_close(&renumbering->seen);
}

static bool open_split(struct ranked_reviews *ranked, const struct corpus *corpus,
                       const struct corpus_part *part, struct error *error)
{
    size_t count = (size_t)part->count, words = 0;
    ranked->starts = calloc(count + 1, sizeof *ranked->starts);
    ranked->labels = malloc(count + 1);
    if (ranked->starts == NULL || ranked->labels == NULL)
        return error_memory(error, "the encoded reviews", (count + 1) * (sizeof *ranked->starts + 1));
    for (size_t i = 0; i < count; i++) {
        const struct corpus_review *review = &part->reviews[i];
        const struct text_block *block = corpus->blocks[review->block];
        words += block->number_ends[review->place] - text_block_number_start(block, review->place);
        ranked->starts[i + 1] = (int64_t)words;
        ranked->labels[i] = review->positive;
        ranked->positive += review->positive;
    }
    ranked->count = part->count;
    if (!spill_map(corpus->spill, words * sizeof *ranked->ranks, &ranked->mapped, error))
        return false;
    ranked->ranks =
        ranked->mapped != NULL ? mapped_file_data(ranked->mapped) : calloc(words + 1, sizeof *ranked->ranks);
    return ranked->ranks != NULL || error_memory(error, "the encoded reviews", words * sizeof *ranked->ranks);
}

/* The numbers of a review's words; *count of them. */
static bool review_numbers(struct renumbering *renumbering, const struct corpus_review *review,
                           const int32_t **numbers, size_t *count, struct error *error)
{
    const struct corpus *corpus = renumbering->corpus;
    const struct text_block *block = corpus->blocks[review->block];
    const size_t start = text_block_number_start(block, review->place);
    *count = block->number_ends[review->place] - start;
    if (block->numbers != NULL) {
        *numbers = block->numbers + start;
        return true;
    }
    if (*count > renumbering->read_room) {
        const size_t bytes = 2 * *count * sizeof *renumbering->read;
        int32_t *read = realloc(renumbering->read, bytes);
        if (read == NULL)
            return error_memory(error, "the words of a review", bytes);
        renumbering->read = read;
        renumbering->read_room = 2 * *count;
    }
    *numbers = renumbering->read;
    return spill_read(corpus->spill, renumbering->read, *count * sizeof **numbers,
                      block->numbers_offset + start * sizeof **numbers, error);
}

/* Lays out a split in the order of the corpus; its words have numbers where the ranks will be. */
static bool renumber_split(struct ranked_reviews *ranked, struct renumbering *renumbering,
                           enum corpus_split split, struct error *error)
{
    const struct corpus *corpus = renumbering->corpus;
    const struct corpus_part *part = &corpus->parts[split];
    if (!open_split(ranked, corpus, part, error))
        return false;
    int32_t *out = ranked->ranks;
    for (int i = 0; i < part->count; i++) {
        const struct corpus_review *review = &part->reviews[i];
        const struct text_block *block = corpus->blocks[review->block];
        const struct word_table *table = word_finder_table(renumbering->finder, block->finder);
        int32_t *numbers = renumbering->numbers[block->finder];
        const int32_t *found;
        size_t count;
        if (!review_numbers(renumbering, review, &found, &count, error))
            return false;
        for (size_t k = 0; k < count; k++) {
            int32_t *number = &numbers[found[k]];
            if (*number == WORD_UNKNOWN)
                *number = word_table_add(&renumbering->seen, word_table_word(table, found[k]), error);
            if (*number == WORD_UNKNOWN)
                return false;
            *out++ = *number;
        }
    }
    return true;
}

/* Ranks the words of the training split, which are all that have been seen. (*ranks)[number] is a rank, counts[rank -
 * 1] the word's count. */
static bool rank_words(struct ranked_corpus *ranked, const struct word_table *seen, int32_t **ranks,
                       struct error *error)
{
    const struct ranked_reviews *train = &ranked->splits[CORPUS_TRAIN];
    size_t count = (size_t)seen->count;
    int64_t words = train->starts == NULL ? 0 : train->starts[train->count];
    int64_t *counts = calloc(count + 1, sizeof *counts);
    ranked->ranked = seen->count;
    ranked->counts = malloc((count + 1) * sizeof *counts);
    *ranks = calloc(count + 1, sizeof **ranks);
    bool ok = counts != NULL && ranked->counts != NULL && *ranks != NULL;
    if (!ok)
        error_memory(error, "the counts of the words", count * sizeof *counts);
    for (int64_t i = 0; ok && i < words; i++)
        counts[train->ranks[i]]++;
    ok = ok && word_index_rank(seen, counts, *ranks, error);
    for (size_t number = 0; ok && number < count; number++)
        ranked->counts[(*ranks)[number] - 1] = counts[number];
    free(counts);
    return ok;
}

/* The words that came after those of the training split have ranks behind theirs. */
static bool rank_others(int32_t **ranks, int32_t ranked, int32_t count, struct error *error)
{
    int32_t *more = realloc(*ranks, ((size_t)count + 1) * sizeof **ranks);
    if (more == NULL)
        return error_memory(error, "the ranks of the words", (size_t)count * sizeof **ranks);
    *ranks = more;
    for (int32_t number = ranked; number < count; number++)
        more[number] = number + 1;
    return true;
}

enum { TURN_WORDS = 1 << 18 };

struct ranking {
    struct ranked_corpus *ranked;
    const int32_t *ranks;
    int turns[CORPUS_SPLITS];
};

static void rank_turn(void *context, int turn)
{
    struct ranking *ranking = context;
    enum corpus_split split = turn < ranking->turns[CORPUS_TRAIN] ? CORPUS_TRAIN : CORPUS_TEST;
    const struct ranked_reviews *reviews = &ranking->ranked->splits[split];
    int64_t all = reviews->starts[reviews->count],
            first = (int64_t)TURN_WORDS * (turn - (split == CORPUS_TEST ? ranking->turns[CORPUS_TRAIN] : 0)),
            end = first + TURN_WORDS < all ? first + TURN_WORDS : all;
    for (int64_t i = first; i < end; i++)
        reviews->ranks[i] = ranking->ranks[reviews->ranks[i]];
}

static void rank_reviews(struct ranked_corpus *ranked, const int32_t *ranks, int threads)
{
    struct ranking ranking = {.ranked = ranked, .ranks = ranks};
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        const struct ranked_reviews *reviews = &ranked->splits[split];
        int64_t words = reviews->starts == NULL ? 0 : reviews->starts[reviews->count];
        ranking.turns[split] = (int)((words + TURN_WORDS - 1) / TURN_WORDS);
    }
    parallel_for(threads, ranking.turns[CORPUS_TRAIN] + ranking.turns[CORPUS_TEST], rank_turn, &ranking);
}

/* The words by rank. */
static bool take_words(struct word_texts *words, const struct word_table *seen, const int32_t *ranks,
                       struct error *error)
{
    size_t count = (size_t)seen->count;
    int32_t *numbers = calloc(count + 1, sizeof *numbers);
    words->ends = malloc((count + 1) * sizeof *words->ends);
    words->text = malloc(seen->text_bytes + 1);
    bool ok = numbers != NULL && words->ends != NULL && words->text != NULL;
    if (!ok)
        error_memory(error, "the words", seen->text_bytes + count * sizeof *words->ends);
    for (int32_t number = 0; ok && number < seen->count; number++)
        numbers[ranks[number] - 1] = number;
    int64_t end = 0;
    for (size_t i = 0; ok && i < count; i++) {
        struct word word = word_table_word(seen, numbers[i]);
        memcpy(words->text + end, word.text, word.bytes);
        words->ends[i] = end += (int64_t)word.bytes;
    }
    words->count = ok ? seen->count : 0;
    free(numbers);
    return ok;
}

static bool number_split(struct ranked_corpus *ranked, struct renumbering *renumbering,
                         enum corpus_split split, struct error *error)
{
    const struct corpus_part *part = &renumbering->corpus->parts[split];
    ranked->skipped[split] = part->skipped;
    ranked->rows[split] = part->table != NULL;
    ranked->splits[split].count = part->count;
    return part->skipped || renumber_split(&ranked->splits[split], renumbering, split, error);
}

bool ranked_corpus_open(struct ranked_corpus *ranked, const struct corpus *corpus,
                        const struct word_finder *finder, int threads, struct error *error)
{
    struct renumbering renumbering = {.corpus = corpus, .finder = finder};
    const struct word_table *seen = &renumbering.seen;
    int32_t *ranks = NULL;
    bool ok =
        renumbering_open(&renumbering, error) && number_split(ranked, &renumbering, CORPUS_TRAIN, error) &&
        rank_words(ranked, seen, &ranks, error) && number_split(ranked, &renumbering, CORPUS_TEST, error) &&
        rank_others(&ranks, ranked->ranked, seen->count, error) &&
        take_words(&ranked->words, seen, ranks, error);
    if (ok)
        rank_reviews(ranked, ranks, threads);
    free(ranks);
    renumbering_close(&renumbering);
    return ok;
}

int32_t ranked_corpus_ranks(const struct ranked_corpus *ranked)
{
    if (ranked->words.count > 0)
        return ranked->words.count;
    int32_t train = ranked->splits[CORPUS_TRAIN].largest, test = ranked->splits[CORPUS_TEST].largest;
    return train > test ? train : test;
}

void ranked_corpus_close(struct ranked_corpus *ranked)
{
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        ranked_reviews_close(&ranked->splits[split]);
    free(ranked->words.text);
    free(ranked->words.ends);
    free(ranked->counts);
    *ranked = (struct ranked_corpus){.ranked = 0};
}
