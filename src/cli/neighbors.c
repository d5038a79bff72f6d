#include "matinee/neighbors.h"

#include "commands.h"
#include "json_print.h"
#include "texts.h"

#include "matinee/session.h"

#include <stdio.h>
#include <stdlib.h>

static const enum option_id neighbors_options[] = {OPTION_COUNT,       OPTION_FARTHEST,     OPTION_WORD_DATA,
                                                   OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN, OPTION_NO_QUOTES,
                                                   OPTION_WORD_INDEX,  OPTION_CACHE,        OPTION_NO_CACHE,
                                                   OPTION_JSON,        OPTION_END};

static enum exit_status run_neighbors(const struct options *options, struct error *error);

const struct command command_neighbors = {
    .name = "neighbors",
    .arguments = "MODEL WORD",
    .summary = "Words that the model's embedding has put near a word",
    .details =
        "Lists words by the cosine similarity of their rows of the Embedding to that of WORD: 1 is the same "
        "direction, 0 a right angle, -1 the opposite. Rank is a word's place by frequency in the training "
        "reviews. Only words with an id of their own are listed and taken.\n\n"
        "A model file that Keras wrote has no vocabulary: name Keras' word index with --word-index, or the "
        "data set that it was trained on with --data.",
    .options = neighbors_options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run_neighbors,
};

/* A word and the words near it, of one model. */
struct listing {
    const struct vocabulary *vocabulary;
    int rank;                   /* of the word */
    int numbers;                /* that stand for a word */
    struct neighbors neighbors; /* their rows are ids */
};

static int rank_of(int id)
{
    return id - word_index_id(0);
}

static json_t *word_json(const struct vocabulary *vocabulary, int rank)
{
    size_t bytes;
    const char *word = vocabulary_word(vocabulary, rank, &bytes);
    return json_pack("{s:o, s:i, s:i}", "word", json_stringn(word, bytes), "rank", rank, "id",
                     word_index_id(rank));
}

static json_t *neighbor_json(const struct listing *listing, int i)
{
    const struct neighbor *neighbor = &listing->neighbors.items[i];
    json_t *value = word_json(listing->vocabulary, rank_of(neighbor->row));
    if (json_object_set_new(value, "similarity", json_number(neighbor->similarity)) == 0)
        return value;
    json_decref(value);
    return NULL;
}

static bool print_json(const struct listing *listing, bool farthest, struct error *error)
{
    json_t *value = word_json(listing->vocabulary, listing->rank), *list = json_array();
    int failed = json_object_set_new(value, "numbers", json_integer(listing->numbers));
    failed |= json_object_set_new(value, farthest ? "farthest" : "nearest", list);
    for (int i = 0; !failed && i < listing->neighbors.count; i++)
        failed = json_array_append_new(list, neighbor_json(listing, i));
    if (!failed)
        return json_print(value, error);
    json_decref(value);
    return json_print(NULL, error);
}

/* free() it; NULL without memory. */
static char *shown_word(const struct listing *listing, int rank, struct error *error)
{
    size_t bytes;
    const char *word = vocabulary_word(listing->vocabulary, rank, &bytes);
    char *shown = text_printable(word, bytes);
    if (!shown)
        error_memory(error, "a word", bytes);
    return shown;
}

static bool print_table(const struct listing *listing, bool farthest, struct error *error)
{
    char *word = shown_word(listing, listing->rank, error);
    if (!word)
        return false;
    printf("%s: rank %d; %s by the cosine similarity of %d numbers\n", word, listing->rank,
           farthest ? "farthest" : "nearest", listing->numbers);
    free(word);
    printf("           similarity     rank  word\n");
    for (int i = 0; i < listing->neighbors.count; i++) {
        const struct neighbor *neighbor = &listing->neighbors.items[i];
        word = shown_word(listing, rank_of(neighbor->row), error);
        if (!word)
            return false;
        printf("%8d  %11.4f %8d  %s\n", i + 1, neighbor->similarity, rank_of(neighbor->row), word);
        free(word);
    }
    return true;
}

/* Keeps the first `most` that have a word: a word index may lack one of some rank. */
static void keep_words(struct listing *listing, int most)
{
    struct neighbors *neighbors = &listing->neighbors;
    int kept = 0;
    for (int i = 0; i < neighbors->count && kept < most; i++) {
        size_t bytes;
        vocabulary_word(listing->vocabulary, rank_of(neighbors->items[i].row), &bytes);
        if (bytes > 0)
            neighbors->items[kept++] = neighbors->items[i];
    }
    neighbors->count = kept;
}

static bool find_neighbors(struct listing *listing, const struct checkpoint *model,
                           const struct options *options, struct error *error)
{
    const char *word = options->arguments[1];
    const struct parameter *embeddings = parameter_find(&model->table, 0, 0);
    listing->vocabulary = model->vocabulary;
    listing->numbers = embeddings->shape[1];
    if (!vocabulary_find(model->vocabulary, word, &listing->rank, error))
        return false;
    const int ids = vocabulary_size(model->vocabulary),
              end = word_index_id(vocabulary_word_count(model->vocabulary)) + 1;
    if (!neighbors_open(&listing->neighbors, evaluated_weights(&model->state) + embeddings->offset,
                        listing->numbers, word_index_id(listing->rank), word_index_id(1),
                        end < ids ? end : ids, options->farthest ? NEIGHBORS_FARTHEST : NEIGHBORS_NEAREST,
                        error))
        return error_within(error, "\"%.64s\"", word);
    keep_words(listing, options->count);
    return options->json ? print_json(listing, options->farthest, error)
                         : print_table(listing, options->farthest, error);
}

static enum exit_status run_neighbors(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    struct listing listing = {.vocabulary = NULL};
    enum exit_status status = session_load_model(&session, options->arguments[0], error)
                                  ? session_open_vocabulary(&session, options, error)
                                  : STATUS_FAILED;
    if (status == STATUS_DONE && !find_neighbors(&listing, &session.model, options, error))
        status = STATUS_FAILED;
    neighbors_close(&listing.neighbors);
    session_close(&session);
    return status;
}
