/* Reads Keras' imdb_word_index.json: one object, word -> rank. */
#include "word_index.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keras' own has 1,641,221 bytes. Ranks may leave some out, but a few words with huge ones must not take memory for all
 * that lies below. */
enum { FILE_BYTES_MAX = 1 << 26, RANKS_FREE = 100000, RANKS_A_WORD = 4 };

static const char remedy[] = "name Keras' imdb_word_index.json or a file of its form";

/* The whole file, regular and not too large; free() it. */
static char *read_file(const char *path, size_t *bytes, struct error *error)
{
    char *text = NULL;
    struct stat status;
    /* Not blocking: a pipe without a writer would make open wait. */
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    if (file == NULL || fstat(descriptor, &status) != 0) {
        error_set(error, "%s; %s", strerror(errno), remedy);
        if (file == NULL && descriptor >= 0)
            close(descriptor);
    } else if (!S_ISREG(status.st_mode)) {
        error_set(error, "not a regular file; %s", remedy);
    } else if (status.st_size > FILE_BYTES_MAX) {
        error_set(error, "has more than %d bytes; %s", FILE_BYTES_MAX, remedy);
    } else {
        *bytes = (size_t)status.st_size;
        text = malloc(*bytes + 1);
        if (text == NULL) {
            error_memory(error, "the word index", *bytes);
        } else if (fread(text, 1, *bytes, file) != *bytes) {
            error_set(error, "cannot read: %s; check the disk", strerror(errno));
            free(text);
            text = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    return text;
}

/* Whether nothing but one object opens in the text: lists in lists would take far more memory than their bytes. */
static bool is_flat(const char *text, size_t bytes)
{
    bool quoted = false;
    int opened = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            opened += text[i] == '{' ? 1 : 2;
    }
    return opened == 1;
}

static bool largest_rank(json_t *root, size_t *largest, struct error *error)
{
    const char *word;
    json_t *value;
    size_t most = RANKS_FREE + RANKS_A_WORD * json_object_size(root);
    *largest = 0;
    json_object_foreach(root, word, value)
    {
        json_int_t rank = json_integer_value(value);
        if (word[0] == '\0')
            return error_set(error, "an empty word has a rank; %s", remedy);
        if (!json_is_integer(value) || rank < 1 || (uint64_t)rank > most)
            return error_set(
                error,
                "the rank of \"%.60s\" is no whole number from 1 to %zu; ranks count from 1 without an "
                "offset: %s",
                word, most, remedy);
        if ((size_t)rank > *largest)
            *largest = (size_t)rank;
    }
    return *largest > 0 || error_set(error, "holds no words; %s", remedy);
}

/* words[rank - 1] is the word of that rank, or NULL; they belong to the object. */
static bool by_rank(json_t *root, const char **words, struct error *error)
{
    const char *word;
    json_t *value;
    json_object_foreach(root, word, value)
    {
        const char **place = &words[json_integer_value(value) - 1];
        if (*place != NULL)
            return error_set(error,
                             "\"%.60s\" and \"%.60s\" both have rank %lld; give each word a rank of its own",
                             *place, word, (long long)json_integer_value(value));
        *place = word;
    }
    return true;
}

static bool fill(struct word_index *index, json_t *root, struct error *error)
{
    size_t count;
    if (!largest_rank(root, &count, error))
        return false;
    const char **words = calloc(count, sizeof *words);
    index->counts = calloc(count, sizeof *index->counts);
    bool ok = words != NULL && index->counts != NULL;
    if (!ok)
        error_memory(error, "the word index", count * (sizeof *words + sizeof *index->counts));
    ok = ok && by_rank(root, words, error) && word_table_open(&index->words, error);
    for (size_t i = 0; ok && i < count; i++) {
        const char *text = words[i] != NULL ? words[i] : "";
        struct word word = {.text = text, .bytes = strlen(text)};
        ok = word_table_add(&index->words, word, error) != WORD_UNKNOWN;
    }
    free(words);
    return ok;
}

bool word_index_read(struct word_index **index, const char *path, struct error *error)
{
    size_t bytes;
    char *text = read_file(path, &bytes, error);
    if (text == NULL)
        return error_within(error, "%s", path);
    json_error_t place;
    bool flat = is_flat(text, bytes), read = false;
    json_t *root = flat ? json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &place) : NULL;
    struct word_index *made = calloc(1, sizeof *made);
    if (made == NULL)
        error_memory(error, "the word index", sizeof *made);
    else if (!flat)
        error_set(error, "is not one JSON object of words and ranks; %s", remedy);
    else if (root == NULL)
        error_set(error, "not JSON at byte %d: %s; %s", place.position, place.text, remedy);
    else
        read = fill(made, root, error);
    json_decref(root);
    free(text);
    if (!read) {
        word_index_close(made);
        return error_within(error, "%s", path);
    }
    *index = made;
    return true;
}
