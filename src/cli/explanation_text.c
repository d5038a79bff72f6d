#include "explanation.h"

#include "matinee/json_values.h"

#include <stdlib.h>

enum { LISTED_MAX = 10 }; /* words of a note */

static bool put_text(FILE *stream, const char *text, size_t bytes, struct error *error)
{
    char *shown = text_printable(text, bytes);
    if (!shown)
        return error_memory(error, "a text", bytes);
    fputs(shown, stream);
    free(shown);
    return true;
}

static bool put_word(FILE *stream, const struct explanation *explanation, int i, struct error *error)
{
    const struct text_word *word = &explanation->words.items[i];
    return put_text(stream, explanation->text + word->start, word->bytes, error);
}

/* What selects a terminal's colours for a word; "" for none. */
static const char *colour_of(const struct explanation *explanation, int i)
{
    const double strength = explanation_strength(explanation, i);
    const bool up = explanation->pushes[i] > 0;
    if (explanation->words.items[i].state != WORD_READ)
        return "\033[2m";
    if (strength >= 0.5)
        return up ? "\033[1;32m" : "\033[1;31m";
    if (strength >= 0.1)
        return up ? "\033[32m" : "\033[31m";
    return "";
}

static bool put_coloured_text(FILE *stream, const struct explanation *explanation, struct error *error)
{
    size_t done = 0;
    for (int i = 0; i < explanation->words.count; i++) {
        const struct text_word *word = &explanation->words.items[i];
        const char *colour = colour_of(explanation, i);
        if (!put_text(stream, explanation->text + done, word->start - done, error))
            return false;
        fputs(colour, stream);
        if (!put_word(stream, explanation, i, error))
            return false;
        fputs(colour[0] ? "\033[0m" : "", stream);
        done = word->start + word->bytes;
    }
    if (!put_text(stream, explanation->text + done, explanation->bytes - done, error))
        return false;
    fputs(
        "\n\033[32mgreen\033[0m: towards positive, \033[31mred\033[0m: towards negative, \033[1mbold\033[0m: "
        "strongly, \033[2mfaint\033[0m: without numbers of its own, or not read\n",
        stream);
    return true;
}

static bool put_table(FILE *stream, const struct explanation *explanation, int count, struct error *error)
{
    const int all = explanation->strongest_count, listed = count < all ? count : all;
    fputs("      push  without    at  word\n", stream);
    for (int i = 0; i < listed; i++) {
        const struct word_push *push = &explanation->strongest[i];
        fprintf(stream, "%+10.4f  %7.4f %5d  ", push->push, probability_of(explanation->logit - push->push),
                push->word + 1);
        if (!put_word(stream, explanation, push->word, error))
            return false;
        fputc('\n', stream);
    }
    if (listed < all)
        fprintf(stream, "and %d more\n", all - listed);
    return true;
}

/* A line with the words in a state, each once for each time it stands there, if there are any. */
static bool put_note(FILE *stream, const struct explanation *explanation, enum word_state state,
                     const char *what, struct error *error)
{
    const struct text_words *words = &explanation->words;
    int found = 0;
    for (int i = 0; i < words->count; i++) {
        if (words->items[i].state != state || found++ >= LISTED_MAX)
            continue;
        fputs(found == 1 ? what : ", ", stream);
        if (!put_word(stream, explanation, i, error))
            return false;
    }
    if (found > LISTED_MAX)
        fprintf(stream, " and %d more", found - LISTED_MAX);
    if (found > 0)
        fputc('\n', stream);
    return true;
}

bool explanation_print(FILE *stream, const struct explanation *explanation, int count, bool colours,
                       struct error *error)
{
    const double probability = probability_of(explanation->logit);
    char shown[TEXT_SHOWN_BYTES];
    text_shorten(shown, explanation->text, explanation->bytes);
    fprintf(stream, "%.4f  %s  %s\n", probability, label_of(probability), shown);
    return (!colours || put_coloured_text(stream, explanation, error)) &&
           put_table(stream, explanation, count, error) &&
           put_note(stream, explanation, WORD_OUTSIDE, "too rare for numbers of their own: ", error) &&
           put_note(stream, explanation, WORD_UNSEEN, "never seen in training, not read: ", error) &&
           put_note(stream, explanation, WORD_CUT, "too far from the end, not read: ", error);
}

static json_t *word_json(const struct explanation *explanation, int i)
{
    static const char *const states[] = {
        [WORD_READ] = "read", [WORD_OUTSIDE] = "outside", [WORD_UNSEEN] = "unseen", [WORD_CUT] = "cut"};
    const struct text_word *word = &explanation->words.items[i];
    json_t *value =
        json_pack("{s:o, s:I, s:s}", "word", json_stringn(explanation->text + word->start, word->bytes),
                  "start", (json_int_t)word->start, "state", states[word->state]);
    int failed = word->rank > 0 && json_object_set_new(value, "rank", json_integer(word->rank));
    if (word->state == WORD_READ)
        failed =
            failed || json_object_set_new(value, "push", json_number(explanation->pushes[i])) ||
            json_object_set_new(value, "without",
                                json_number(probability_of(explanation->logit - explanation->pushes[i])));
    if (value && !failed)
        return value;
    json_decref(value);
    return NULL;
}

json_t *explanation_json(const struct explanation *explanation)
{
    const double probability = probability_of(explanation->logit);
    json_t *words = json_array();
    json_t *value = json_pack("{s:I, s:o, s:s, s:o, s:o}", "text", (json_int_t)explanation->number,
                              "probability", json_number(probability), "label", label_of(probability),
                              "logit", json_number(explanation->logit), "words", words);
    for (int i = 0; value && i < explanation->words.count; i++)
        if (json_array_append_new(words, word_json(explanation, i)) != 0) {
            json_decref(value);
            return NULL;
        }
    return value;
}
