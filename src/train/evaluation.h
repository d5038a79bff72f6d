/* Scoring a data set again and again: the reviews stay in the backend's memory. */
#ifndef TRAIN_EVALUATION_H
#define TRAIN_EVALUATION_H

#include "matinee/trainer.h"
#include "recorded_steps.h"

/* Reviews are read by their leading pads, fewest first, those with as many in their own order. So rows of a batch are
 * of like length, what they share is long, and the batch that is left at the end, which fills the device least, is of
 * the shortest reviews. */
struct evaluation {
    struct network *network;
    struct resident_reviews reviews;
    struct recorded_steps steps;
    int32_t *order; /* (reviews.count)  the order in which they are read      */
    float *batch;   /* (N_evaluate)     probabilities of a batch, in that order */
};

/* The struct must stay where it is until the close, which accepts a zeroed one. */
bool evaluation_open(struct evaluation *evaluation, struct network *network, const struct reviews *reviews,
                     struct error *error);
void evaluation_close(struct evaluation *evaluation);

/* With the network's present weights; probabilities (count), each at its review's place, may be NULL. */
bool evaluation_run(struct evaluation *evaluation, struct score *score, float *probabilities,
                    struct error *error);

/* Means of the sums. */
struct score score_of(const struct metrics *sums);

#endif
