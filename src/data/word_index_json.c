/* Keras' imdb_word_index.json, byte for byte: json.dumps of a Python 2 dict that was pickled and read again. */
#include "word_index.h"

#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file's order is that of a second dict, which received the words in the order of a first one, which received them
 * by rank. numbers[k] is the number, rank - 1, of the k-th word of the file. */
static bool file_order(const struct word_table *words, int32_t *numbers, struct error *error)
{
    size_t bytes = (size_t)words->count * sizeof *numbers;
    int32_t *first = malloc(bytes);
    if (first == NULL)
        return error_memory(error, "the order of the words", bytes);
    bool ok = word_table_dict_order(words, NULL, first, error) &&
              word_table_dict_order(words, first, numbers, error);
    free(first);
    return ok;
}

static char *write_unit(char *out, unsigned unit)
{
    return out + sprintf(out, "\\u%04x", unit);
}

/* One character, escaped as Python's json module does with ensure_ascii. At most 6 bytes for each byte of UTF-8. */
static char *write_character(char *out, uint32_t character)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *place = character != 0 && character < 0x80 ? strchr(escaped, (int)character) : NULL;
    if (place != NULL) {
        *out++ = '\\';
        *out++ = letters[place - escaped];
        return out;
    }
    if (character >= ' ' && character <= '~') {
        *out++ = (char)character;
        return out;
    }
    if (character < 0x10000)
        return write_unit(out, character);
    out = write_unit(out, 0xD800 + ((character - 0x10000) >> 10));
    return write_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
}

static char *write_word(char *out, struct word word)
{
    *out++ = '"';
    for (size_t at = 0; at < word.bytes;) {
        uint32_t character;
        at += utf8_decode(word.text + at, word.bytes - at, &character);
        out = write_character(out, character);
    }
    *out++ = '"';
    return out;
}

bool word_index_to_json(const struct word_index *words, char **json, size_t *bytes, struct error *error)
{
    enum { BYTES_FOR_BYTE = 6, BYTES_FOR_RANK = sizeof "\"\": 2147483647, " };
    size_t count = (size_t)words->words.count;
    size_t room = words->words.text_bytes * BYTES_FOR_BYTE + count * BYTES_FOR_RANK + sizeof "{}";
    char *text = malloc(room);
    int32_t *numbers = malloc(count * sizeof *numbers);
    if (text == NULL || numbers == NULL) {
        error_memory(error, "the word index as JSON", room + count * sizeof *numbers);
        goto fail;
    }
    if (!file_order(&words->words, numbers, error))
        goto fail;

    char *out = text;
    *out++ = '{';
    for (size_t i = 0; i < count; i++) {
        struct word word = word_table_word(&words->words, numbers[i]);
        if (word.bytes == 0)
            continue;
        if (out - text > 1)
            out += sprintf(out, ", ");
        out = write_word(out, word);
        out += sprintf(out, ": %d", numbers[i] + 1);
    }
    *out++ = '}';
    *out = '\0';
    free(numbers);
    *json = text;
    *bytes = (size_t)(out - text);
    return true;

fail:
    free(text);
    free(numbers);
    return false;
}
