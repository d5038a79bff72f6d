/* Which words of a text pushed its score: predict --explain. */
#ifndef MATINEE_CLI_EXPLANATION_H
#define MATINEE_CLI_EXPLANATION_H

#include "text_source.h"

#include "matinee/session.h"

#include <jansson.h>
#include <stdio.h>

/* The push of a word is the logit of the text less that of the text with this word out of the vocabulary. */
struct word_push {
    int word; /* index into words.items: one with the state WORD_READ */
    double push;
};

struct explanation {
    const char *text; /* not owned */
    size_t bytes;
    long number; /* of the text */
    double logit;
    struct text_words words;
    double *pushes; /* (words.count) 0 for words that are not WORD_READ */
    int strongest_count;
    struct word_push
        *strongest; /* (strongest_count) all that are WORD_READ, the largest absolute pushes first */
};

double probability_of(double logit);

/* "positive" or "negative". */
const char *label_of(double probability);

/* Of a text that must stay where it is. False with the reason if the vocabulary cannot encode it, without memory, and
 * if the device fails. */
bool explanation_open(struct explanation *explanation, struct network *network,
                      const struct checkpoint *model, const char *text, size_t bytes, struct error *error);

/* Accepts a zeroed struct. */
void explanation_close(struct explanation *explanation);

/* The strength of a word's push beside the strongest one's, in [0,1]. */
double explanation_strength(const struct explanation *explanation, int word);

/* The line that predict prints; with colours the whole text; the `count` strongest words; what was not read. Fit for a
 * terminal. False only without memory. */
bool explanation_print(FILE *stream, const struct explanation *explanation, int count, bool colours,
                       struct error *error);

/* {"text": 1, "probability": ..., "label": ..., "logit": ..., "words": [{"word": "fine", "start": 2, "state": "read",
 * "rank": 500, "push": ..., "without": ...}, ...]}: all words in order. NULL without memory. */
json_t *explanation_json(const struct explanation *explanation);

/* A page of its own: nothing is fetched, nothing runs; light or dark as its reader's screen. Any number of texts
 * between begin and end. Write errors stay in the stream. */
void explanation_page_begin(FILE *stream, const char *model);
void explanation_page_add(FILE *stream, const struct explanation *explanation, int count);
void explanation_page_end(FILE *stream);

/* The command: explains text by text. The session's model is loaded and its backend open. */
enum exit_status explain_texts(struct session *session, struct text_source *source,
                               const struct options *options, struct error *error);

#endif
