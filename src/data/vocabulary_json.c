/* A vocabulary in a model file: {"num_words": 5000, "maxlen": 500, "start_char": 1, "oov_char": 2, "index_from": 3,
 * "words": ["the", "and", ...]}, the words by rank; "" stands for a rank that no word has. */
#include "vocabulary.h"

#include "imdb.h"

#include <jansson.h>
#include <limits.h>
#include <string.h>

/* Words may hold any byte that a review may, zero included. */
enum { LOAD_FLAGS = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL };

static json_t *words_to_json(const struct word_table *words)
{
    json_t *array = json_array();
    for (int32_t number = 0; array != NULL && number < words->count; number++) {
        struct word word = word_table_word(words, number);
        if (json_array_append_new(array, json_stringn_nocheck(word.text, word.bytes)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

char *vocabulary_to_json(const struct vocabulary *vocabulary, size_t *bytes)
{
    json_t *root = json_pack("{s:i, s:i, s:i, s:i, s:i, s:o}", "num_words", vocabulary->num_words, "maxlen",
                             vocabulary->maxlen, "start_char", IMDB_START, "oov_char", IMDB_OUT_OF_VOCABULARY,
                             "index_from", IMDB_INDEX_FROM, "words", words_to_json(&vocabulary->words));
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (text != NULL)
        *bytes = strlen(text);
    return text;
}

static bool read_number(const json_t *root, const char *key, int smallest, int largest, int *number,
                        struct error *error)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < smallest ||
        json_integer_value(value) > largest)
        return error_set(error,
                         "vocabulary: \"%s\" is not a whole number from %d to %d; the model file is damaged, "
                         "train or copy it again",
                         key, smallest, largest);
    *number = (int)json_integer_value(value);
    return true;
}

static bool read_words(struct word_table *words, const json_t *root, struct error *error)
{
    const json_t *array = json_object_get(root, "words");
    if (!json_is_array(array) || json_array_size(array) == 0 || json_array_size(array) > INT_MAX / 4)
        return error_set(error,
                         "vocabulary: \"words\" is not a list of words; the model file is damaged, train "
                         "or copy it again");
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        struct word word = {.text = json_string_value(value), .bytes = json_string_length(value)};
        int32_t number = (int32_t)i; /* that of a word that was not there */
        if (json_is_string(value) && (number = word_table_add(words, word, error)) == WORD_UNKNOWN)
            return false;
        if (!json_is_string(value) || number != (int32_t)i)
            return error_set(error,
                             "vocabulary: entry %zu of \"words\" is not a word, or a repeated one; the model "
                             "file is damaged, train or copy it again",
                             i);
    }
    return true;
}

bool vocabulary_from_json(struct vocabulary **vocabulary, const char *json, size_t bytes, struct error *error)
{
    json_error_t place;
    json_t *root = json_loadb(json, bytes, LOAD_FLAGS, &place);
    if (root == NULL)
        return error_set(
            error, "vocabulary: not JSON at byte %d: %s; the model file is damaged, train or copy it again",
            place.position, place.text);
    struct word_table words = {0};
    int num_words = 0, maxlen = 0, fixed;
    bool ok = read_number(root, "num_words", IMDB_SMALLEST_NUM_WORDS, INT_MAX, &num_words, error) &&
              read_number(root, "maxlen", 1, IMDB_LARGEST_MAXLEN, &maxlen, error) &&
              read_number(root, "start_char", IMDB_START, IMDB_START, &fixed, error) &&
              read_number(root, "oov_char", IMDB_OUT_OF_VOCABULARY, IMDB_OUT_OF_VOCABULARY, &fixed, error) &&
              read_number(root, "index_from", IMDB_INDEX_FROM, IMDB_INDEX_FROM, &fixed, error) &&
              word_table_open(&words, error) && read_words(&words, root, error) &&
              vocabulary_open(vocabulary, &words, num_words, maxlen, error);
    word_table_close(&words);
    json_decref(root);
    return ok;
}
