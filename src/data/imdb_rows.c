/* Encodes a split some rows at a time, in their order: what has been handed over is in memory no longer. */
#include "imdb_encode.h"

#include "mapped_file.h"
#include "parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 23, TURN_ROWS = 64 };

struct chunk {
    const struct imdb_split *split;
    const struct imdb_ids *ids;
    int T, first, count;
    int32_t *rows; /* (room,T) those of `count` rows from the first on */
    atomic_llong words, outside;
};

static void encode_turn(void *context, int turn)
{
    struct chunk *chunk = context;
    const struct imdb_split *split = chunk->split;
    struct imdb_sums sums = {.words = 0};
    const int first = TURN_ROWS * turn;
    for (int i = first; i < first + TURN_ROWS && i < chunk->count; i++) {
        int32_t k = chunk->first + i, review = split->order[k];
        int32_t *row = chunk->rows + (size_t)i * (size_t)chunk->T;
        memset(row, 0, (size_t)chunk->T * sizeof *row);
        split->reviews->labels[k] = split->ranked->labels[review];
        split->reviews->pads[k] = imdb_encode_review(chunk->ids, split->ranked, review, chunk->T, row,
                                                     &split->lengths[review], &sums);
    }
    atomic_fetch_add(&chunk->words, sums.words);
    atomic_fetch_add(&chunk->outside, sums.outside);
}

static bool hand_over_all(struct chunk *chunk, int threads, const struct imdb_row_sink *sink,
                          struct error *error)
{
    const int all = chunk->split->ranked->count;
    const size_t row_bytes = (size_t)chunk->T * sizeof *chunk->rows, fitting = CHUNK_BYTES / row_bytes;
    const int room = fitting < 1 ? 1 : (size_t)all < fitting ? all : (int)fitting;
    chunk->rows = malloc((size_t)room * row_bytes + 1);
    if (chunk->rows == NULL)
        return error_memory(error, "some encoded reviews", (size_t)room * row_bytes);
    bool ok = true;
    for (; ok && chunk->first < all; chunk->first += chunk->count) {
        chunk->count = all - chunk->first < room ? all - chunk->first : room;
        parallel_for(threads, (chunk->count + TURN_ROWS - 1) / TURN_ROWS, encode_turn, chunk);
        ok = sink->take(sink->context, chunk->rows, chunk->count, error);
    }
    free(chunk->rows);
    return ok;
}

bool imdb_rows_encode(struct imdb_split *split, const struct imdb_coding *coding, int threads,
                      const struct imdb_row_sink *sink, struct error *error)
{
    struct imdb_ids ids = {.count = 0};
    struct chunk chunk = {.split = split, .ids = &ids, .T = coding->maxlen};
    split->lengths = NULL;
    mapped_file_shuffle(split->ranked->mapped);
    bool ok = imdb_split_begin(split, coding->maxlen, error) && imdb_ids_open(&ids, coding, error) &&
              hand_over_all(&chunk, threads, sink, error);
    const struct imdb_sums sums = {.words = chunk.words, .outside = chunk.outside};
    ok = ok && imdb_split_count(split, coding->maxlen, &sums, error);
    imdb_ids_close(&ids);
    if (!ok)
        imdb_reviews_close(split->reviews);
    return ok;
}
