#include "matinee/data.h"

#include "corpus.h"
#include "imdb.h"
#include "ranked_reviews.h"
#include "vocabulary.h"
#include "word_index.h"

#include <stdlib.h>
#include <string.h>

static bool open_corpus(struct corpus *corpus, const struct dataset_options *options, bool *is_sample,
                        struct error *error)
{
    bool test_only = options->test_only && options->encoder != NULL;
    char located[DATA_PATH_BYTES];
    const char *path = options->path;
    enum data_origin origin = DATA_NAMED;
    if (path == NULL) {
        origin = dataset_locate(located, sizeof located);
        path = located;
    }
    *is_sample = origin == DATA_SAMPLE || strcmp(path, dataset_sample_name) == 0;
    if (*is_sample)
        return corpus_check_no_table(dataset_sample_name, &options->table, error) &&
               corpus_open_sample(corpus, test_only, error);
    if (corpus_open(corpus, path, test_only, &options->table, error))
        return true;
    return options->path == NULL && origin == DATA_NAMED ? error_within(error, "MATINEE_DATA") : false;
}

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

/* Ranks both splits, and makes the word index and the vocabulary. Gives the texts back as it goes: they are the larger
 * part of what is held. */
static bool rank(struct dataset *dataset, struct ranked_reviews *ranked, struct corpus *corpus,
                 const struct dataset_options *options, struct error *error)
{
    struct corpus_part *train = &corpus->parts[CORPUS_TRAIN], *test = &corpus->parts[CORPUS_TEST];
    const struct word_table *words;
    if (options->encoder != NULL) {
        dataset->vocabulary = vocabulary_copy(options->encoder);
        if (dataset->vocabulary == NULL)
            return error_memory(error, "the vocabulary", options->encoder->words.text_bytes);
        words = &dataset->vocabulary->words;
        if (!train->skipped &&
            !ranked_reviews_look_up(&ranked[CORPUS_TRAIN], words, corpus, CORPUS_TRAIN, error))
            return false;
    } else {
        if (!ranked_reviews_learn(&ranked[CORPUS_TRAIN], &dataset->words, corpus, CORPUS_TRAIN, error))
            return false;
        words = &dataset->words->words;
        if (!vocabulary_open(&dataset->vocabulary, words, options->num_words, options->maxlen, error))
            return false;
    }
    corpus_part_close(train);
    if (!ranked_reviews_look_up(&ranked[CORPUS_TEST], words, corpus, CORPUS_TEST, error))
        return false;
    corpus_part_close(test);
    return true;
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

static bool encode(struct dataset *dataset, const struct ranked_reviews *ranked, const struct corpus *corpus,
                   const struct dataset_options *options, struct error *error)
{
    enum corpus_split first = options->test_only ? CORPUS_TEST : CORPUS_TRAIN;
    struct reviews *reviews[] = {&dataset->train, &dataset->test};
    struct split_statistics *statistics[] = {&dataset->train_statistics, &dataset->test_statistics};
    int num_words = dataset->vocabulary->num_words, maxlen = dataset->vocabulary->maxlen;
    int32_t *orders[CORPUS_SPLITS] = {0};
    bool ok =
        check_bytes(ranked, first, maxlen, options->bytes_max, error) && imdb_orders(orders, corpus, error);
    for (enum corpus_split split = first; ok && split < CORPUS_SPLITS; split++) {
        const struct corpus_part *part = &corpus->parts[split];
        ok = imdb_reviews_open(reviews[split], &ranked[split], part, orders[split], num_words, maxlen,
                               error) &&
             imdb_statistics(statistics[split], &ranked[split], part, num_words, maxlen, error);
    }
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        free(orders[split]);
    return ok;
}

bool dataset_open(struct dataset *dataset, const struct dataset_options *options, struct error *error)
{
    *dataset = (struct dataset){0};
    /* Words of one letter have ranks that take twice what their text does. */
    struct corpus corpus = {.bytes_max = options->bytes_max / 3};
    struct ranked_reviews ranked[CORPUS_SPLITS] = {0};
    bool ok = check_options(options, error) && open_corpus(&corpus, options, &dataset->is_sample, error) &&
              rank(dataset, ranked, &corpus, options, error) &&
              encode(dataset, ranked, &corpus, options, error);
    memcpy(dataset->source, corpus.source, sizeof dataset->source);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        ranked_reviews_close(&ranked[split]);
    corpus_close(&corpus);
    if (!ok)
        dataset_close(dataset);
    return ok;
}

void dataset_close(struct dataset *dataset)
{
    imdb_reviews_close(&dataset->train);
    imdb_reviews_close(&dataset->test);
    vocabulary_close(dataset->vocabulary);
    word_index_close(dataset->words);
    *dataset = (struct dataset){0};
}
