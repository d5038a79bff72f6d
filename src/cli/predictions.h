/* predictions.csv: what a model says of each review that it was tested on.
 *
 *     review,label,probability,text
 *     test/pos/127_10.txt,1,0.0312456489,"Some call it slow. ..."
 *     test/neg/31_1.txt,0,0.0040124524,
 *
 * In the order of the encoded reviews, probabilities with the nine digits that tell floats apart. The text stands with
 * the most confident mistakes alone: those are what people look at, and the others are in the data.
 */
#ifndef MATINEE_CLI_PREDICTIONS_H
#define MATINEE_CLI_PREDICTIONS_H

#include "matinee/data.h"

/* That are kept of those that are called positive, and of those that are called negative. */
enum { MISTAKES_MAX = 10 };

/* The reviews that were called positive (negative) and are not, the most confident first; equally confident ones by
 * row. Returns how many, at most MISTAKES_MAX. */
int confident_mistakes(const float *probabilities, const uint8_t *labels, int count, bool called_positive,
                       int rows[static MISTAKES_MAX]);

/* What predictions.csv is made of. */
struct predicted_reviews {
    const struct reviews *reviews;
    const float *probabilities;          /* (reviews->count) */
    struct review_texts *texts;          /* of the split that the reviews are from */
    int first;                           /* row of the split that the first of them is */
    const struct vocabulary *vocabulary; /* for reviews without a text: the words of their ids; may be NULL */
    int ngrams;                          /* n of the reviews' n-grams, of which no words are shown */
};

bool predictions_write(const char *path, const struct predicted_reviews *predicted, struct error *error);

/* What stands in the file. Offsets are into `characters`, where each text ends in a zero byte. */
struct predictions {
    int count, room;
    float *probabilities;  /* (count) */
    uint8_t *labels;       /* (count) */
    size_t *names, *texts; /* (count) an empty text: none */
    char *characters;
    size_t characters_bytes, characters_room;
};

/* Fills a zeroed struct; close it after a failure, too. The message names the line. */
bool predictions_read(struct predictions *predictions, const char *path, struct error *error);
void predictions_close(struct predictions *predictions);

#endif
