#include "predictions.h"

#include "matinee/ngrams.h"
#include "matinee/output_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How sure the model was of what it called the review. */
static double confidence(float probability)
{
    return fabs((double)probability - 0.5);
}

/* Puts a row at its place among the `count` most confident ones; returns how many there are then. */
static int insert(int rows[static MISTAKES_MAX], int count, int row, const float *probabilities)
{
    int place = count;
    while (place > 0 && confidence(probabilities[rows[place - 1]]) < confidence(probabilities[row]))
        place--;
    if (place == MISTAKES_MAX)
        return count;
    const int last = count < MISTAKES_MAX ? count : MISTAKES_MAX - 1;
    memmove(&rows[place + 1], &rows[place], (size_t)(last - place) * sizeof *rows);
    rows[place] = row;
    return last + 1;
}

int confident_mistakes(const float *probabilities, const uint8_t *labels, int count, bool called_positive,
                       int rows[static MISTAKES_MAX])
{
    int found = 0;
    for (int row = 0; row < count; row++) {
        const bool is_called = probabilities[row] > 0.5F, is_number = isfinite(probabilities[row]);
        if (is_number && is_called == called_positive && labels[row] == !called_positive)
            found = insert(rows, found, row, probabilities);
    }
    return found;
}

/* A quoted cell of RFC 4180, with blanks for zero bytes. */
static void put_quoted(FILE *stream, const char *text, size_t bytes)
{
    fputc('"', stream);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"')
            fputc('"', stream);
        fputc(text[i] ? text[i] : ' ', stream);
    }
    fputc('"', stream);
}

static void put_name(FILE *stream, const char *name)
{
    if (name[strcspn(name, ",\"\r\n")] == '\0')
        fputs(name, stream);
    else
        put_quoted(stream, name, strlen(name));
}

/* The words of a row's ids; "[...]" for a word without an id of its own. */
static void put_words(FILE *stream, const struct predicted_reviews *predicted, int row)
{
    const struct reviews *reviews = predicted->reviews;
    const size_t first = (size_t)row * (size_t)reviews->T;
    const int first_id = word_index_id(1), words = vocabulary_word_count(predicted->vocabulary);
    const char *space = "";
    fputc('"', stream);
    for (int t = reviews->pads[row]; t < reviews->T; t += ngram_tokens(predicted->ngrams)) {
        const int token = reviews_token(reviews, first + (size_t)t), rank = token - first_id + 1;
        size_t bytes = 0;
        const char *word =
            rank >= 1 && rank <= words ? vocabulary_word(predicted->vocabulary, rank, &bytes) : NULL;
        if (word)
            fprintf(stream, "%s%.*s", space, (int)bytes, word);
        else if (token == vocabulary_outside_id())
            fprintf(stream, "%s[...]", space);
        else
            continue;
        space = " ";
    }
    fputc('"', stream);
}

static bool put_text(FILE *stream, const struct predicted_reviews *predicted, int row, struct error *error)
{
    char *text;
    size_t bytes;
    if (!review_texts_read(predicted->texts, predicted->first + row, &text, &bytes, error))
        return false;
    if (text)
        put_quoted(stream, text, bytes);
    else if (predicted->vocabulary)
        put_words(stream, predicted, row);
    free(text);
    return true;
}

static bool contains(const int *rows, int count, int row)
{
    for (int i = 0; i < count; i++)
        if (rows[i] == row)
            return true;
    return false;
}

static bool put_rows(FILE *stream, const struct predicted_reviews *predicted, struct error *error)
{
    const struct reviews *reviews = predicted->reviews;
    const float *probabilities = predicted->probabilities;
    int told[2 * MISTAKES_MAX];
    int told_count = confident_mistakes(probabilities, reviews->labels, reviews->count, true, told);
    told_count +=
        confident_mistakes(probabilities, reviews->labels, reviews->count, false, told + told_count);
    fputs("review,label,probability,text\n", stream);
    for (int row = 0; row < reviews->count; row++) {
        char name[REVIEW_NAME_BYTES];
        review_texts_name(predicted->texts, predicted->first + row, name);
        put_name(stream, name);
        fprintf(stream, ",%d,%.9g,", reviews->labels[row], (double)probabilities[row]);
        if (contains(told, told_count, row) && !put_text(stream, predicted, row, error))
            return false;
        fputc('\n', stream);
    }
    return true;
}

bool predictions_write(const char *path, const struct predicted_reviews *predicted, struct error *error)
{
    struct output_file file;
    struct error unread; /* data that are gone take names and texts with them, and nothing else */
    (void)review_texts_prepare(predicted->texts, &unread);
    if (!output_file_open(&file, path, error))
        return false;
    if (put_rows(file.stream, predicted, error))
        return output_file_commit(&file, error);
    output_file_abandon(&file);
    return false;
}
