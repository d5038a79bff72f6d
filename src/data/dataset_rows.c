#define _XOPEN_SOURCE 700 /* realpath */
#include "dataset_rows.h"

#include "cache_directory.h"
#include "rows_entry.h"

#include <stdio.h>
#include <stdlib.h>

/* Of how ranks become rows: another number makes all entries strangers. */
enum { CODING_VERSION = 1 };

static struct hash128 key_of(const struct rows_request *request, enum corpus_split split)
{
    const struct imdb_coding *coding = request->coding;
    struct {
        int32_t version, split, counts[CORPUS_SPLITS]; /* which decide the order */
        int32_t num_words, maxlen, largest, zero;
        struct hash128 data, ranks;
    } all = {.version = CODING_VERSION,
             .split = (int32_t)split,
             .num_words = coding->num_words,
             .maxlen = coding->maxlen,
             .largest = coding->largest,
             .data = request->cache->key};
    for (int i = 0; i < CORPUS_SPLITS; i++)
        all.counts[i] = request->splits[i].ranked->count;
    if (coding->ranks != NULL)
        all.ranks = hash128_of(coding->ranks, (size_t)coding->largest * sizeof *coding->ranks);
    return hash128_of(&all, sizeof all);
}

struct row_taker {
    struct rows_writer writer;
    bool failed; /* and not the encoding */
};

static bool take_rows(void *context, const int32_t *rows, int count, struct error *error)
{
    struct row_taker *taker = context;
    taker->failed = !rows_writer_add(&taker->writer, rows, count, error);
    return !taker->failed;
}

/* Encodes a split into its file. */
static enum rows_answer write_rows(const struct rows_request *request, enum corpus_split which,
                                   const char *path, const struct hash128 *key,
                                   const struct rows_shape *shape, struct error *error)
{
    struct imdb_split *split = &request->splits[which];
    struct row_taker taker = {.failed = false};
    struct rows_writer *writer = &taker.writer;
    const struct imdb_row_sink sink = {.context = &taker, .take = take_rows};
    enum rows_answer answer = ROWS_NOT_WRITTEN;
    const char *source = request->cache->data.path;
    char *absolute = realpath(source, NULL);
    free(split->lengths);
    split->lengths = NULL;
    if (rows_writer_open(writer, path, key, shape, absolute != NULL ? absolute : source, error)) {
        if (!imdb_rows_encode(split, request->coding, request->threads, &sink, error))
            answer = taker.failed ? ROWS_NOT_WRITTEN : ROWS_REFUSED;
        else if (!request->check(request->context, which, split->lengths, error))
            answer = ROWS_REFUSED;
        else if (rows_writer_commit(writer, split->reviews, split->statistics, error))
            answer = ROWS_MAPPED;
    }
    rows_writer_abandon(writer);
    imdb_reviews_close(split->reviews);
    free(absolute);
    return answer;
}

static enum rows_answer open_split(const struct rows_request *request, enum corpus_split which,
                                   const struct hash128 *key, char note[static ERROR_MESSAGE_BYTES],
                                   struct error *error)
{
    struct imdb_split *split = &request->splits[which];
    const struct rows_shape shape = {.split = (int32_t)which,
                                     .count = split->ranked->count,
                                     .T = request->coding->maxlen,
                                     .num_words = request->coding->num_words};
    char path[CACHE_PATH_BYTES];
    cache_rows_path(path, request->cache->directory, key);
    enum cache_answer found =
        rows_entry_open(split->reviews, split->statistics, path, key, &shape, request->threads, error);
    if (found == CACHE_READ)
        return ROWS_MAPPED;
    if (found == CACHE_DAMAGED && note[0] == '\0')
        snprintf(note, ERROR_MESSAGE_BYTES, "%.900s; they are encoded again", error->message);
    /* Another program may clear the cache in between. */
    for (int time = 0; time < 2 && found != CACHE_READ; time++) {
        enum rows_answer answer = write_rows(request, which, path, key, &shape, error);
        if (answer != ROWS_MAPPED)
            return answer;
        found =
            rows_entry_open(split->reviews, split->statistics, path, key, &shape, request->threads, error);
        if (found == CACHE_DAMAGED)
            return ROWS_NOT_WRITTEN;
    }
    if (found == CACHE_NONE)
        error_set(error, "%s: is gone as soon as it was written", path);
    return found == CACHE_READ ? ROWS_MAPPED : ROWS_NOT_WRITTEN;
}

enum rows_answer dataset_rows_open(const struct rows_request *request, char note[static ERROR_MESSAGE_BYTES],
                                   struct error *error)
{
    enum rows_answer answer = ROWS_MAPPED;
    struct hash128 used[1 + CORPUS_SPLITS] = {request->cache->key};
    int count = 1;
    for (enum corpus_split split = request->first; answer == ROWS_MAPPED && split < CORPUS_SPLITS; split++) {
        struct imdb_split *opened = &request->splits[split];
        *opened->reviews = (struct reviews){.T = request->coding->maxlen};
        *opened->statistics = (struct split_statistics){.reviews = 0};
        if (opened->ranked->count == 0)
            continue;
        used[count] = key_of(request, split);
        answer = open_split(request, split, &used[count++], note, error);
    }
    if (answer == ROWS_MAPPED)
        cache_directory_tidy(request->cache->directory, dataset_cache_bytes_max, used, count);
    for (enum corpus_split split = request->first; answer != ROWS_MAPPED && split < CORPUS_SPLITS; split++) {
        imdb_reviews_close(request->splits[split].reviews);
        free(request->splits[split].lengths);
        request->splits[split].lengths = NULL;
    }
    return answer;
}
