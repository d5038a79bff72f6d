#include "dataset_read.h"

#include "imdb_npz.h"
#include "review_texts.h"
#include "spill.h"

enum { MAPPED_SHARE = 4 }; /* of the memory: what is less than one of so many parts is not worth a file */

int64_t dataset_memory_bytes(const struct dataset_options *options)
{
    const bool in_memory = options->keep_ranks || options->map == MAP_REVIEWS_NEVER ||
                           (options->map == MAP_REVIEWS_AUTO && options->bytes_max == 0);
    return in_memory ? INT64_MAX : options->map == MAP_REVIEWS_ALWAYS ? 0 : options->bytes_max / MAPPED_SHARE;
}

static bool open_spill(struct read_reviews *read, const struct reviews_source *source,
                       const struct dataset_options *options, struct error *error)
{
    const int64_t memory_bytes = dataset_memory_bytes(options);
    if (source->is_sample || options->cache == NULL || memory_bytes == INT64_MAX)
        return true;
    read->corpus.spill = spill_open(options->cache, memory_bytes, error);
    word_finder_set_spill(read->corpus.finder, read->corpus.spill, read->corpus.bytes_max);
    return read->corpus.spill != NULL;
}

static bool read_text(struct read_reviews *read, const struct reviews_source *source,
                      const struct dataset_options *options, int threads, struct error *error)
{
    struct word_finder *finder = NULL;
    /* Words of one letter have ranks that take twice what their text does, and for a while they are there twice. */
    read->corpus.bytes_max = options->bytes_max / 4;
    bool ok = word_finder_open(&finder, threads - 1, error);
    read->corpus.finder = finder;
    ok = ok && open_spill(read, source, options, error);
    if (options->keep_texts != KEEP_NO_TEXTS)
        read->corpus.kept = review_texts_file(options->keep_texts);
    if (ok && source->is_sample)
        ok = corpus_check_no_table(dataset_sample_name, &options->table, error) &&
             corpus_open_sample(&read->corpus, source->test_only, error);
    else
        ok = ok && corpus_open(&read->corpus, source->path, source->test_only, &options->table, error);
    ok = ok && ranked_corpus_open(&read->ranked, &read->corpus, finder, threads, error);
    corpus_close_texts(&read->corpus);
    word_finder_close(finder);
    spill_close(read->corpus.spill);
    read->corpus.spill = NULL;
    return ok;
}

bool read_reviews_open(struct read_reviews *read, const struct reviews_source *source,
                       const struct dataset_options *options, int threads, struct error *error)
{
    if (!source->is_npz) {
        read->has_names = true;
        return read_text(read, source, options, threads, error);
    }
    read->ranked.skipped[CORPUS_TRAIN] = source->test_only;
    return corpus_check_no_table(source->path, &options->table, error) &&
           imdb_npz_read(read->ranked.splits, source->path, source->test_only, options->bytes_max, error);
}

/* The first review without a word, or -1. */
static int first_without(const int32_t *lengths, int count, int64_t *words)
{
    int first = -1;
    *words = 0;
    for (int i = 0; i < count; i++) {
        *words += lengths[i];
        if (lengths[i] == 0 && first < 0)
            first = i;
    }
    return first;
}

bool read_reviews_check(const struct read_reviews *read, const struct reviews_source *source,
                        enum corpus_split split, const int32_t *lengths, struct error *error)
{
    const struct ranked_reviews *reviews = &read->ranked.splits[split];
    int64_t words;
    int without = first_without(lengths, reviews->count, &words);
    if (without < 0 || (words > 0 && (source->is_npz || read->ranked.rows[split])))
        return true;
    if (source->is_npz)
        return reviews->starts[reviews->count] == 0 ||
               error_set(error,
                         "%s: x_%s.npy: no review has a word that the model knows; name data in its words",
                         source->path, corpus_split_name(split));
    if (!read->has_names)
        return error_set(error, "%s: a review has no known word", source->path);
    if (read->ranked.rows[split])
        return error_set(error,
                         "%s: no review has a known word; name data in the words of the training reviews",
                         read->corpus.parts[split].table);
    error_set(error, "the review has no known word; remove the file or restore it from the data set");
    return corpus_error_within(&read->corpus, split, reviews->labels[without],
                               corpus_review_name(&read->corpus, split, without), error);
}

void read_reviews_close(struct read_reviews *read)
{
    ranked_corpus_close(&read->ranked);
    corpus_close(&read->corpus);
    *read = (struct read_reviews){.has_names = false};
}
