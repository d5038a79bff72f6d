#include "matinee/data.h"

#include "corpus.h"
#include "data_cache.h"
#include "dataset_npz.h"
#include "dataset_read.h"
#include "dataset_rows.h"
#include "dataset_text.h"
#include "imdb.h"
#include "imdb_npz.h"
#include "matinee/clock.h"
#include "parallel.h"
#include "review_texts.h"
#include "vocabulary.h"
#include "word_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool check_options(const struct dataset_options *options, struct error *error)
{
    if (options->encoder != NULL)
        return true;
    if (options->num_words < IMDB_SMALLEST_NUM_WORDS)
        return error_set(error, "a vocabulary of %d leaves no word; give at least %d", options->num_words,
                         IMDB_SMALLEST_NUM_WORDS);
    if (options->maxlen < 1 || options->maxlen > IMDB_LARGEST_MAXLEN)
        return error_set(error, "a length of %d ids is out of range; give 1 to %d", options->maxlen,
                         IMDB_LARGEST_MAXLEN);
    return true;
}

/* Of all reviews that are encoded. */
static int64_t encoded_bytes(const struct ranked_corpus *ranked, enum corpus_split first, int maxlen)
{
    int64_t bytes = 0;
    for (enum corpus_split split = first; split < CORPUS_SPLITS; split++)
        bytes += imdb_reviews_bytes(ranked->splits[split].count, maxlen);
    return bytes;
}

/* The system may promise memory that it does not have: a matrix that cannot fit is refused before it is made. `why` it
 * is not mapped from a file instead, or "". */
static bool check_bytes(const struct ranked_corpus *ranked, enum corpus_split first, int maxlen,
                        int64_t bytes_max, const char *why, struct error *error)
{
    const double GB = 1 << 30;
    const int64_t bytes = encoded_bytes(ranked, first, maxlen);
    int64_t count = 0;
    for (enum corpus_split split = first; split < CORPUS_SPLITS; split++)
        count += ranked->splits[split].count;
    if (bytes_max == 0 || bytes <= bytes_max)
        return true;
    return error_set(
        error,
        "%lld reviews of %d ids take %.3g GB of memory and %.3g GB are free; take a smaller --maxlen%s%s",
        (long long)count, maxlen, (double)bytes / GB, (double)bytes_max / GB,
        why[0] == '\0' ? "" : "; they cannot be mapped: ", why);
}

/* What dataset_open works with. */
struct opening {
    struct dataset *dataset;
    const struct dataset_options *options;
    struct reviews_source source;
    struct data_cache cache;
    struct read_reviews read;
    int32_t *ranks; /* as struct imdb_coding has them */
    int32_t *order; /* of the split whose texts are kept */
    int threads;
    bool names_wanted; /* the error is about a review, which the cache cannot name */
};

static bool check_reviews(struct opening *opening, enum corpus_split split, const int32_t *lengths,
                          struct error *error)
{
    opening->names_wanted = !read_reviews_check(&opening->read, &opening->source, split, lengths, error);
    return !opening->names_wanted;
}

/* Training reviews that gave their words and nothing else. */
static bool check_unencoded(struct opening *opening, struct error *error)
{
    const struct ranked_reviews *train = &opening->read.ranked.splits[CORPUS_TRAIN];
    size_t bytes = ((size_t)train->count + 1) * sizeof(int32_t);
    int32_t *lengths = malloc(bytes);
    if (lengths == NULL)
        return error_memory(error, "the lengths of the reviews", bytes);
    for (int i = 0; i < train->count; i++)
        lengths[i] = (int32_t)(train->starts[i + 1] - train->starts[i]);
    bool ok = check_reviews(opening, CORPUS_TRAIN, lengths, error);
    free(lengths);
    return ok;
}

/* Of a split that has been encoded. */
static bool check_known(void *context, enum corpus_split split, const int32_t *lengths, struct error *error)
{
    return check_reviews(context, split, lengths, error);
}

/* That the texts are kept of. */
static enum corpus_split kept_split(const struct opening *opening)
{
    const bool has_test = opening->read.ranked.splits[CORPUS_TEST].count > 0;
    return opening->options->keep_texts == KEEP_TEST_TEXTS && has_test ? CORPUS_TEST : CORPUS_TRAIN;
}

/* Names and texts of the reviews that were just read, or the way to them. */
static bool keep_texts(struct opening *opening, struct error *error)
{
    if (opening->options->keep_texts == KEEP_NO_TEXTS)
        return true;
    const struct review_texts_options options = {.split = kept_split(opening),
                                                 .path = opening->source.is_npz ? NULL : opening->source.path,
                                                 .table = &opening->options->table,
                                                 .order = opening->order,
                                                 .count =
                                                     opening->read.ranked.splits[kept_split(opening)].count};
    opening->order = NULL;
    return review_texts_open(&opening->dataset->texts, &options,
                             opening->read.has_names ? &opening->read.corpus : NULL, error);
}

/* Row k of the training reviews is review order[k] of the files. */
static bool keep_places(struct dataset *dataset, const int32_t *order, struct error *error)
{
    const size_t bytes = (size_t)dataset->train.count * sizeof *order;
    if (bytes == 0)
        return true;
    dataset->train_places = malloc(bytes);
    if (dataset->train_places == NULL)
        return error_memory(error, "the order of the reviews", bytes);
    memcpy(dataset->train_places, order, bytes);
    return true;
}

/* Why there is no entry that the rows could stand beside. */
static const char *no_entry(const struct opening *opening)
{
    const char *note = opening->dataset->cache_note;
    return opening->source.is_sample         ? "the built-in sample is not kept in a cache"
           : opening->options->cache == NULL ? "there is no cache to keep them in; name one with --cache DIR"
           : note[0] != '\0'                 ? note
                                             : "the data have just been changed; wait two seconds";
}

/* The rows from files. Where that is impossible and was not asked for, true, and `why` says it; otherwise "". */
static bool map_rows(struct opening *opening, struct imdb_split *splits, enum corpus_split first,
                     const struct imdb_coding *coding, char why[static ERROR_MESSAGE_BYTES],
                     struct error *error)
{
    struct dataset *dataset = opening->dataset;
    const struct rows_request request = {.cache = &opening->cache,
                                         .splits = splits,
                                         .first = first,
                                         .coding = coding,
                                         .threads = opening->threads,
                                         .check = check_known,
                                         .context = opening};
    why[0] = '\0';
    if (opening->cache.has_entry) {
        enum rows_answer answer = dataset_rows_open(&request, dataset->cache_note, error);
        if (answer != ROWS_NOT_WRITTEN)
            return answer == ROWS_MAPPED;
        snprintf(why, ERROR_MESSAGE_BYTES, "%.900s", error->message);
    } else {
        snprintf(why, ERROR_MESSAGE_BYTES, "%.900s", no_entry(opening));
    }
    if (opening->options->map == MAP_REVIEWS_ALWAYS)
        return error_set(error, "the reviews cannot be mapped: %.900s", why);
    if (opening->cache.has_entry && dataset->cache_note[0] == '\0')
        snprintf(dataset->cache_note, ERROR_MESSAGE_BYTES, "the reviews are not mapped: %.900s", why);
    return true;
}

static bool encode_in_memory(struct opening *opening, struct imdb_split *splits, enum corpus_split first,
                             const struct imdb_coding *coding, const char *why, struct error *error)
{
    bool ok =
        check_bytes(&opening->read.ranked, first, coding->maxlen, opening->options->bytes_max, why, error) &&
        imdb_splits_open(splits + first, CORPUS_SPLITS - (int)first, coding, opening->threads, error);
    for (enum corpus_split split = first; ok && split < CORPUS_SPLITS; split++)
        ok = check_known(opening, split, splits[split].lengths, error);
    return ok;
}

/* The rows of the splits from the first on, in files or in memory. */
static bool encode_splits(struct opening *opening, struct imdb_split *splits, enum corpus_split first,
                          const struct imdb_coding *coding, struct error *error)
{
    char why[ERROR_MESSAGE_BYTES] = "";
    if (first != CORPUS_TRAIN && !opening->read.ranked.skipped[CORPUS_TRAIN] &&
        !check_unencoded(opening, error))
        return false;
    const bool mapped =
        encoded_bytes(&opening->read.ranked, first, coding->maxlen) > dataset_memory_bytes(opening->options);
    if (mapped && !map_rows(opening, splits, first, coding, why, error))
        return false;
    return (mapped && why[0] == '\0') || encode_in_memory(opening, splits, first, coding, why, error);
}

/* Rows, statistics and orders of the splits from the first on. */
static bool encode(struct opening *opening, enum corpus_split first, struct error *error)
{
    struct dataset *dataset = opening->dataset;
    const struct dataset_options *options = opening->options;
    const struct ranked_corpus *ranked = &opening->read.ranked;
    const struct vocabulary *encoder = options->encoder;
    const struct imdb_coding coding = {.ranks = opening->ranks,
                                       .largest = ranked_corpus_ranks(ranked),
                                       .num_words = encoder != NULL ? encoder->num_words : options->num_words,
                                       .maxlen = encoder != NULL ? encoder->maxlen : options->maxlen};
    int counts[CORPUS_SPLITS] = {ranked->splits[CORPUS_TRAIN].count, ranked->splits[CORPUS_TEST].count};
    int32_t *orders[CORPUS_SPLITS] = {0};
    bool ok = imdb_orders(orders, counts, error);
    struct imdb_split splits[CORPUS_SPLITS] = {
        {.reviews = &dataset->train, .statistics = &dataset->train_statistics},
        {.reviews = &dataset->test, .statistics = &dataset->test_statistics}};
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        splits[split].ranked = &ranked->splits[split];
        splits[split].order = orders[split];
    }
    const bool keeps = options->keep_texts != KEEP_NO_TEXTS;
    ok = ok && encode_splits(opening, splits, first, &coding, error) &&
         keep_places(dataset, orders[CORPUS_TRAIN], error);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        if (ok && keeps && split == kept_split(opening))
            opening->order = orders[split];
        else
            free(orders[split]);
        free(splits[split].lengths);
    }
    return ok;
}

/* Hands the ranks over to who writes them. */
static bool keep_ranks(struct opening *opening, struct error *error)
{
    struct ranked_reviews *splits = opening->read.ranked.splits;
    struct ranked_reviews *kept = calloc(CORPUS_SPLITS, sizeof *kept);
    if (kept == NULL)
        return error_memory(error, "the reviews", CORPUS_SPLITS * sizeof *kept);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        if (opening->ranks != NULL)
            ranked_reviews_translate(&splits[split], opening->ranks);
        kept[split] = splits[split];
        splits[split] = (struct ranked_reviews){.count = 0};
    }
    opening->dataset->ranked = kept;
    return true;
}

/* Makes the data set of reviews that have been read. */
static bool finish(struct opening *opening, struct error *error)
{
    struct dataset *dataset = opening->dataset;
    const struct dataset_options *options = opening->options;
    const struct ranked_corpus *ranked = &opening->read.ranked;
    bool ok = opening->source.is_npz
                  ? dataset_npz_words(dataset, ranked, opening->source.path, options, &opening->ranks, error)
                  : dataset_text_words(dataset, ranked, options, &opening->ranks, error);
    enum corpus_split first = options->test_only ? CORPUS_TEST : CORPUS_TRAIN;
    return ok && encode(opening, first, error) && (!options->keep_ranks || keep_ranks(opening, error)) &&
           keep_texts(opening, error);
}

static void close_ranked(struct ranked_reviews *ranked)
{
    for (enum corpus_split split = CORPUS_TRAIN; ranked != NULL && split < CORPUS_SPLITS; split++)
        ranked_reviews_close(&ranked[split]);
    free(ranked);
}

/* What the data set is called. */
static void name_source(struct dataset *dataset, const struct opening *opening)
{
    const char *test = opening->options->table.test;
    if (opening->source.is_sample)
        snprintf(dataset->source, sizeof dataset->source, "built-in sample");
    else
        snprintf(dataset->source, sizeof dataset->source, "%s%s%s", opening->source.path,
                 test != NULL ? " and " : "", test != NULL ? test : "");
    dataset->is_sample = opening->source.is_sample;
    dataset->is_ranks = opening->source.is_npz;
}

static void close_read(struct opening *opening)
{
    free(opening->ranks);
    free(opening->order);
    opening->ranks = opening->order = NULL;
    read_reviews_close(&opening->read);
}

static bool read_fresh(struct opening *opening, struct error *error)
{
    struct dataset *dataset = opening->dataset;
    bool ok = read_reviews_open(&opening->read, &opening->source, opening->options, opening->threads, error);
    if (ok) {
        dataset->is_cached =
            data_cache_keep(&opening->cache, &opening->read.ranked, opening->threads, dataset->cache_note);
        ok = finish(opening, error);
    }
    close_read(opening);
    return ok;
}

/* From the cache, or from the data themselves: also where an error is to name a review, and the cache has no names. */
static bool open_from(struct opening *opening, struct error *error)
{
    struct dataset *dataset = opening->dataset;
    name_source(dataset, opening);
    if (data_cache_find(&opening->cache, &opening->read.ranked, &opening->source, opening->options,
                        opening->threads, dataset->cache_note)) {
        dataset->from_cache = dataset->is_cached = finish(opening, error);
        close_read(opening);
        if (dataset->from_cache)
            return true;
        dataset_close(dataset);
        if (!opening->names_wanted)
            return false;
        name_source(dataset, opening);
    }
    if (read_fresh(opening, error))
        return true;
    dataset_close(dataset);
    return false;
}

bool dataset_open(struct dataset *dataset, const struct dataset_options *options, struct error *error)
{
    char located[DATA_PATH_BYTES];
    enum data_origin origin = DATA_NAMED;
    struct opening opening = {
        .dataset = dataset, .options = options, .threads = parallel_threads(options->threads)};
    struct reviews_source *source = &opening.source;
    const double start = clock_seconds();
    *dataset = (struct dataset){0};
    if (!check_options(options, error))
        return false;
    source->path = options->path;
    if (source->path == NULL) {
        origin = dataset_locate(located, sizeof located);
        source->path = located;
    }
    source->is_sample = origin == DATA_SAMPLE || strcmp(source->path, dataset_sample_name) == 0;
    source->is_npz = !source->is_sample && is_npz(source->path);
    source->test_only =
        options->test_only && (source->is_npz || options->encoder != NULL || options->word_index != NULL);
    if (!open_from(&opening, error))
        return options->path == NULL && origin == DATA_NAMED ? error_within(error, "MATINEE_DATA") : false;
    dataset->seconds = clock_seconds() - start;
    return true;
}

bool dataset_holds_ranks(const char *path)
{
    char located[DATA_PATH_BYTES];
    if (path != NULL)
        return is_npz(path);
    return dataset_locate(located, sizeof located) != DATA_SAMPLE && is_npz(located);
}

bool dataset_write_npz(const struct dataset *dataset, const char *path, struct error *error)
{
    return imdb_npz_write(dataset->ranked, path, error);
}

void dataset_close(struct dataset *dataset)
{
    imdb_reviews_close(&dataset->train);
    imdb_reviews_close(&dataset->test);
    free(dataset->train_places);
    vocabulary_close(dataset->vocabulary);
    word_index_close(dataset->words);
    close_ranked(dataset->ranked);
    review_texts_close(dataset->texts);
    *dataset = (struct dataset){0};
}
