/* How well probabilities tell positive from negative reviews: counts at the threshold of 0.5, the receiver operating
 * characteristic, the area under it. */
#ifndef MATINEE_ROC_H
#define MATINEE_ROC_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stdint.h>

/* At threshold 0.5: probabilities above it are called positive, as Keras' binary_accuracy has it. */
struct confusion {
    int true_positive, false_negative; /* reviews that are positive */
    int false_positive, true_negative; /* and negative              */
};

/* probabilities, labels: (count), labels 1 or 0. A probability that is no number is called negative, as by Keras. */
struct confusion confusion_of(const float *probabilities, const uint8_t *labels, int count);

/* From (0,0) to (1,1), a corner for each distinct probability: reviews of one probability change sides at once. */
struct roc {
    int count;
    double *false_rate, *true_rate; /* (count) of the negative and of the positive reviews, both rising */
    /* The probability that a positive review is rated above a negative one, ties counted half (Mann-Whitney U divided
     * by its largest value). */
    double area;
};

/* Fills a zeroed struct. Without a review of either kind, or with a probability that is no number, there is no curve:
 * count 0 and area NaN. False only without memory. */
bool roc_open(struct roc *roc, const float *probabilities, const uint8_t *labels, int count,
              struct error *error);

/* Thins the curve out for a drawing: no corner that is kept is nearer than `distance` to the one before it, but for the
 * last. The area stays that of the whole. */
void roc_thin(struct roc *roc, double distance);

void roc_close(struct roc *roc);

#endif
