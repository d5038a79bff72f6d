/* From words to tokens, one word at a time: what vocabulary_encode makes of each. */
#include "imdb.h"
#include "vocabulary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool has_own_id(const struct vocabulary *vocabulary, int rank)
{
    return word_index_id(rank) < vocabulary->num_words;
}

/* Fills all but the positions, which depend on how many words have a rank. Returns that number. */
static int look_up_all(const struct vocabulary *vocabulary, char *text, size_t bytes,
                       struct text_words *words)
{
    int ranked = 0;
    struct tokenizer tokenizer = tokenizer_open(text, bytes);
    for (struct word word; tokenizer_next(&tokenizer, &word);) {
        const int rank = word_table_find(&vocabulary->words, word) + 1;
        words->items[words->count++] =
            (struct text_word){.start = (size_t)(word.text - text),
                               .bytes = word.bytes,
                               .state = rank == 0                      ? WORD_UNSEEN
                                        : has_own_id(vocabulary, rank) ? WORD_READ
                                                                       : WORD_OUTSIDE,
                               .rank = rank,
                               .position = -1};
        ranked += rank > 0;
    }
    return ranked;
}

/* A row ends with the last word. */
static void place(struct text_words *words, int ranked, int maxlen)
{
    int position = maxlen - ranked;
    for (int i = 0; i < words->count; i++) {
        struct text_word *word = &words->items[i];
        if (word->state == WORD_UNSEEN)
            continue;
        if (position >= 0)
            word->position = position;
        else
            word->state = WORD_CUT;
        position++;
    }
}

bool vocabulary_trace(const struct vocabulary *vocabulary, const char *text, size_t bytes,
                      struct text_words *words, struct error *error)
{
    const size_t most = bytes / 2 + 1;
    char *copy = malloc(bytes + 1);
    *words = (struct text_words){.items = malloc(most * sizeof *words->items)};
    const bool ok = copy != NULL && words->items != NULL;
    if (ok) {
        memcpy(copy, text, bytes);
        place(words, look_up_all(vocabulary, copy, bytes, words), vocabulary->maxlen);
    } else {
        text_words_close(words);
        error_memory(error, "the words of a text", bytes + most * sizeof *words->items);
    }
    free(copy);
    return ok;
}

void text_words_close(struct text_words *words)
{
    free(words->items);
    *words = (struct text_words){0};
}

int vocabulary_outside_id(void)
{
    return IMDB_OUT_OF_VOCABULARY;
}

int vocabulary_word_count(const struct vocabulary *vocabulary)
{
    return vocabulary->words.count;
}

const char *vocabulary_word(const struct vocabulary *vocabulary, int rank, size_t *bytes)
{
    assert(rank >= 1 && rank <= vocabulary->words.count);
    const struct word word = word_table_word(&vocabulary->words, rank - 1);
    *bytes = word.bytes;
    return word.text;
}

bool vocabulary_find(const struct vocabulary *vocabulary, const char *word, int *rank, struct error *error)
{
    const size_t bytes = strlen(word);
    struct text_words words;
    if (bytes > 0 && !corpus_check_text(word, bytes, error))
        return error_within(error, "%.64s", word);
    if (!vocabulary_trace(vocabulary, word, bytes, &words, error))
        return false;
    const int count = words.count;
    *rank = count > 0 ? words.items[0].rank : 0;
    text_words_close(&words);
    if (count != 1)
        return error_set(error, "\"%.64s\" is %s to the model, which separates at punctuation; give one word",
                         word, count == 0 ? "no word" : "more than one word");
    if (*rank == 0)
        return error_set(
            error,
            "\"%.64s\" was never seen in training, so the model knows nothing of it; give another word",
            word);
    if (!has_own_id(vocabulary, *rank))
        return error_set(error,
                         "\"%.64s\" has rank %d, and only the %d most frequent words of the training reviews "
                         "have numbers of their own; give a more frequent word",
                         word, *rank, vocabulary->num_words - 1 - IMDB_INDEX_FROM);
    return true;
}
