#include "matinee/data.h"

#include "corpus.h"
#include "dataset_npz.h"
#include "imdb.h"
#include "imdb_npz.h"
#include "ranked_reviews.h"
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

/* The words that number those of the reviews: a model's, those of a word index, or NULL: the training split's own. */
static bool choose_words(struct dataset *dataset, const struct dataset_options *options,
                         const struct word_table **words, struct error *error)
{
    *words = NULL;
    if (options->encoder != NULL) {
        dataset->vocabulary = vocabulary_copy(options->encoder);
        if (dataset->vocabulary == NULL)
            return error_memory(error, "the vocabulary", options->encoder->words.text_bytes);
        *words = &dataset->vocabulary->words;
    } else if (options->word_index != NULL) {
        snprintf(dataset->word_source, sizeof dataset->word_source, "%s", options->word_index);
        if (!word_index_read(&dataset->words, options->word_index, error))
            return false;
        *words = &dataset->words->words;
    }
    return true;
}

/* Ranks both splits, and makes the word index and the vocabulary. Gives the texts back as it goes: they are the larger
 * part of what is held. */
static bool rank(struct dataset *dataset, struct ranked_reviews *ranked, struct corpus *corpus,
                 const struct dataset_options *options, struct error *error)
{
    struct corpus_part *train = &corpus->parts[CORPUS_TRAIN], *test = &corpus->parts[CORPUS_TEST];
    const struct word_table *words;
    if (!choose_words(dataset, options, &words, error))
        return false;
    if (train->skipped)
        ranked[CORPUS_TRAIN].count = train->count;
    else if (words != NULL
                 ? !ranked_reviews_look_up(&ranked[CORPUS_TRAIN], words, corpus, CORPUS_TRAIN, error)
                 : !ranked_reviews_learn(&ranked[CORPUS_TRAIN], &dataset->words, corpus, CORPUS_TRAIN, error))
        return false;
    corpus_part_close(train);
    if (words == NULL)
        words = &dataset->words->words;
    else if (dataset->words != NULL)
        ranked_reviews_count(&ranked[CORPUS_TRAIN], dataset->words);
    if (!ranked_reviews_look_up(&ranked[CORPUS_TEST], words, corpus, CORPUS_TEST, error))
        return false;
    corpus_part_close(test);
    return options->encoder != NULL ||
           vocabulary_open(&dataset->vocabulary, words, options->num_words, options->maxlen, error);
}

static bool read_text(struct dataset *dataset, struct ranked_reviews *ranked, const char *path,
                      const struct dataset_options *options, struct error *error)
{
    bool test_only = options->test_only && (options->encoder != NULL || options->word_index != NULL);
    /* Words of one letter have ranks that take twice what their text does. */
    struct corpus corpus = {.bytes_max = options->bytes_max / 3};
    bool ok = (dataset->is_sample ? corpus_check_no_table(dataset_sample_name, &options->table, error) &&
                                        corpus_open_sample(&corpus, test_only, error)
                                  : corpus_open(&corpus, path, test_only, &options->table, error)) &&
              rank(dataset, ranked, &corpus, options, error);
    memcpy(dataset->source, corpus.source, sizeof dataset->source);
    corpus_close(&corpus);
    return ok;
}

static bool read_reviews(struct dataset *dataset, struct ranked_reviews *ranked,
                         const struct dataset_options *options, struct error *error)
{
    char located[DATA_PATH_BYTES];
    const char *path = options->path;
    enum data_origin origin = DATA_NAMED;
    if (path == NULL) {
        origin = dataset_locate(located, sizeof located);
        path = located;
    }
    dataset->is_sample = origin == DATA_SAMPLE || strcmp(path, dataset_sample_name) == 0;
    bool ok = !dataset->is_sample && is_npz(path)
                  ? corpus_check_no_table(path, &options->table, error) &&
                        dataset_npz_read(dataset, ranked, path, options, error)
                  : read_text(dataset, ranked, path, options, error);
    return ok ||
           (options->path == NULL && origin == DATA_NAMED ? error_within(error, "MATINEE_DATA") : false);
}

/* The system may promise memory that it does not have: a matrix that cannot fit is refused before it is made. */
static bool check_bytes(const struct ranked_reviews *ranked, enum corpus_split first, int maxlen,
                        int64_t bytes_max, struct error *error)
{
    const double GB = 1 << 30;
    int64_t bytes = 0, count = 0;
    for (enum corpus_split split = first; split < CORPUS_SPLITS; split++) {
        count += ranked[split].count;
        bytes += imdb_reviews_bytes(ranked[split].count, maxlen);
    }
    if (bytes_max == 0 || bytes <= bytes_max)
        return true;
    return error_set(
        error, "%lld reviews of %d ids take %.3g GB of memory and %.3g GB are free; take a smaller --maxlen",
        (long long)count, maxlen, (double)bytes / GB, (double)bytes_max / GB);
}

static bool encode(struct dataset *dataset, const struct ranked_reviews *ranked,
                   const struct dataset_options *options, struct error *error)
{
    enum corpus_split first = options->test_only ? CORPUS_TEST : CORPUS_TRAIN;
    struct reviews *reviews[] = {&dataset->train, &dataset->test};
    struct split_statistics *statistics[] = {&dataset->train_statistics, &dataset->test_statistics};
    const struct vocabulary *encoder = options->encoder;
    int num_words = encoder != NULL ? encoder->num_words : options->num_words;
    int maxlen = encoder != NULL ? encoder->maxlen : options->maxlen;
    int counts[CORPUS_SPLITS] = {ranked[CORPUS_TRAIN].count, ranked[CORPUS_TEST].count};
    int32_t *orders[CORPUS_SPLITS] = {0};
    bool ok =
        check_bytes(ranked, first, maxlen, options->bytes_max, error) && imdb_orders(orders, counts, error);
    for (enum corpus_split split = first; ok && split < CORPUS_SPLITS; split++)
        ok = imdb_reviews_open(reviews[split], &ranked[split], orders[split], num_words, maxlen, error) &&
             imdb_statistics(statistics[split], &ranked[split], num_words, maxlen, error);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        free(orders[split]);
    return ok;
}

static void close_ranked(struct ranked_reviews *ranked)
{
    for (enum corpus_split split = CORPUS_TRAIN; ranked != NULL && split < CORPUS_SPLITS; split++)
        ranked_reviews_close(&ranked[split]);
    free(ranked);
}

bool dataset_open(struct dataset *dataset, const struct dataset_options *options, struct error *error)
{
    *dataset = (struct dataset){0};
    struct ranked_reviews *ranked = calloc(CORPUS_SPLITS, sizeof *ranked);
    bool ok = ranked != NULL
                  ? check_options(options, error) && read_reviews(dataset, ranked, options, error) &&
                        encode(dataset, ranked, options, error)
                  : error_memory(error, "the reviews", CORPUS_SPLITS * sizeof *ranked);
    if (ok && options->keep_ranks)
        dataset->ranked = ranked;
    else
        close_ranked(ranked);
    if (!ok)
        dataset_close(dataset);
    return ok;
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
    vocabulary_close(dataset->vocabulary);
    word_index_close(dataset->words);
    close_ranked(dataset->ranked);
    *dataset = (struct dataset){0};
}
