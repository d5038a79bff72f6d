#include "matinee/encoded_texts.h"

#include <stdlib.h>
#include <string.h>

bool encoded_texts_open(struct encoded_texts *texts, const struct checkpoint *model, int room,
                        struct error *error)
{
    const int maxlen = model->spec.maxlen;
    const size_t rows = (size_t)room, bytes = rows * (size_t)maxlen * sizeof(int32_t);
    *texts = (struct encoded_texts){.reviews = {.T = maxlen}, .model = model};
    texts->words = malloc((size_t)maxlen * sizeof *texts->words);
    texts->reviews.tokens = malloc(bytes);
    texts->reviews.pads = malloc(rows * sizeof(int32_t));
    texts->reviews.labels = calloc(rows, 1);
    if (texts->words && texts->reviews.tokens && texts->reviews.pads && texts->reviews.labels)
        return true;
    return error_memory(error, "the texts", bytes);
}

bool encoded_texts_add(struct encoded_texts *texts, const char *text, size_t bytes, struct error *error)
{
    struct reviews *reviews = &texts->reviews;
    const struct checkpoint *model = texts->model;
    int n = reviews->count, length = checkpoint_length(model);
    int32_t *row = reviews->tokens + (size_t)n * (size_t)reviews->T, pads;
    if (!vocabulary_encode(model->vocabulary, text, bytes, texts->words, &pads, error))
        return false;
    if (model->ngrams) {
        ngrams_expand_row(model->ngrams, texts->words, length, pads, row, &reviews->pads[n]);
    } else {
        memcpy(row, texts->words, (size_t)length * sizeof *row);
        reviews->pads[n] = pads;
    }
    reviews->count++;
    return true;
}

void encoded_texts_close(struct encoded_texts *texts)
{
    free(texts->words);
    free(texts->reviews.tokens);
    free(texts->reviews.pads);
    free(texts->reviews.labels);
    *texts = (struct encoded_texts){.words = NULL};
}
