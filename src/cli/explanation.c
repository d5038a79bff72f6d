#include "explanation.h"

#include <math.h>
#include <stdlib.h>

double probability_of(double logit)
{
    return 1.0 / (1.0 + exp(-logit));
}

const char *label_of(double probability)
{
    return probability > 0.5 ? "positive" : "negative";
}

static int by_strength(const void *left, const void *right)
{
    const struct word_push *a = left, *b = right;
    const double first = fabs(a->push), second = fabs(b->push);
    if (first != second)
        return first > second ? -1 : 1;
    return a->word - b->word;
}

/* Arrays of one text, of use only while it is explained. */
struct occluded_text {
    int32_t *row;       /* (T)     */
    int32_t *positions; /* (T)     of the words with an id of their own */
    double *logits;     /* (1 + T) */
};

static bool occluded_text_open(struct occluded_text *occluded, size_t T, struct error *error)
{
    *occluded = (struct occluded_text){.row = malloc(T * sizeof *occluded->row),
                                       .positions = malloc(T * sizeof *occluded->positions),
                                       .logits = malloc((1 + T) * sizeof *occluded->logits)};
    return (occluded->row && occluded->positions && occluded->logits) ||
           error_memory(error, "the logits of a text", (1 + T) * sizeof *occluded->logits);
}

static void occluded_text_close(struct occluded_text *occluded)
{
    free(occluded->row);
    free(occluded->positions);
    free(occluded->logits);
}

static bool find_words(struct explanation *explanation, const struct vocabulary *vocabulary,
                       struct error *error)
{
    struct text_words *words = &explanation->words;
    if (!vocabulary_trace(vocabulary, explanation->text, explanation->bytes, words, error))
        return false;
    const size_t count = (size_t)words->count;
    explanation->pushes = calloc(count, sizeof *explanation->pushes);
    explanation->strongest = calloc(count, sizeof *explanation->strongest);
    if (!explanation->pushes || !explanation->strongest)
        return error_memory(error, "the words of a text", count * sizeof *explanation->strongest);
    for (int i = 0; i < words->count; i++)
        if (words->items[i].state == WORD_READ)
            explanation->strongest[explanation->strongest_count++].word = i;
    return true;
}

static bool find_pushes(struct explanation *explanation, struct network *network, const struct ngrams *ngrams,
                        const struct occluded_text *occluded, int32_t pads, struct error *error)
{
    const int count = explanation->strongest_count;
    for (int i = 0; i < count; i++)
        occluded->positions[i] = explanation->words.items[explanation->strongest[i].word].position;
    const struct occlusion occlusion = {.ngrams = ngrams,
                                        .tokens = occluded->row,
                                        .pads = pads,
                                        .replacement = vocabulary_outside_id(),
                                        .count = count,
                                        .positions = occluded->positions,
                                        .logits = occluded->logits};
    if (!trainer_occlude(network, &occlusion, error))
        return false;
    explanation->logit = occluded->logits[0];
    for (int i = 0; i < count; i++) {
        struct word_push *push = &explanation->strongest[i];
        push->push = explanation->logit - occluded->logits[1 + i];
        explanation->pushes[push->word] = push->push;
    }
    qsort(explanation->strongest, (size_t)count, sizeof *explanation->strongest, by_strength);
    return true;
}

bool explanation_open(struct explanation *explanation, struct network *network,
                      const struct checkpoint *model, const char *text, size_t bytes, struct error *error)
{
    const struct vocabulary *vocabulary = model->vocabulary;
    struct occluded_text occluded;
    int32_t pads;
    *explanation = (struct explanation){.text = text, .bytes = bytes};
    const bool explained = occluded_text_open(&occluded, (size_t)vocabulary_maxlen(vocabulary), error) &&
                           vocabulary_encode(vocabulary, text, bytes, occluded.row, &pads, error) &&
                           find_words(explanation, vocabulary, error) &&
                           find_pushes(explanation, network, model->ngrams, &occluded, pads, error);
    occluded_text_close(&occluded);
    if (!explained)
        explanation_close(explanation);
    return explained;
}

void explanation_close(struct explanation *explanation)
{
    text_words_close(&explanation->words);
    free(explanation->pushes);
    free(explanation->strongest);
    *explanation = (struct explanation){.text = NULL};
}

double explanation_strength(const struct explanation *explanation, int word)
{
    const double largest = explanation->strongest_count > 0 ? fabs(explanation->strongest[0].push) : 0.0;
    return largest > 0.0 ? fabs(explanation->pushes[word]) / largest : 0.0;
}
