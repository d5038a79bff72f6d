/* A pass over all reviews as two recordings: one for a full batch, one for the rows that are left at the end. All ranks
 * train on each batch together; batches that are evaluated are dealt out to them in turn. */
#ifndef TRAIN_RECORDED_STEPS_H
#define TRAIN_RECORDED_STEPS_H

#include "matinee/network.h"

struct recorded_steps {
    struct network *network;
    int batch_size; /* rows of a full batch */
    int reviews;
    int first, every; /* this rank's steps are the batches number first, first + every, ... */
    struct step_state *host_states,
        *states;       /* (count) of a pass's steps, on the host and in the backend's memory */
    int32_t *position; /* of the next step, in the backend's memory */
    struct batch_step {
        struct pass *pass; /* (1), or to train a pass for each part */
        struct recording *recording;
    } full, last; /* zeros where there is no such batch */
};

/* The struct, the network and the reviews must stay where they are until the close. */
bool recorded_steps_open(struct recorded_steps *steps, struct network *network,
                         const struct resident_reviews *reviews, int batch_size, enum pass_kind kind,
                         struct error *error);
void recorded_steps_close(struct recorded_steps *steps);

/* This rank's steps of a pass over all reviews. */
int recorded_steps_count(const struct recorded_steps *steps);

/* Where the batch of a step begins in the order of the reviews, and its rows. */
int recorded_steps_begin_row(const struct recorded_steps *steps, int step);
int recorded_steps_rows(const struct recorded_steps *steps, int step);

/* Uploads what the steps of a pass need: steps->host_states, filled by the caller but for first_row. */
void recorded_steps_begin(struct recorded_steps *steps);

/* The same for the steps from number `first` on. */
void recorded_steps_begin_at(struct recorded_steps *steps, int first);

/* Enqueues step number `step`; they come in order from the first. False once the backend has failed. */
bool recorded_steps_replay(struct recorded_steps *steps, int step, struct error *error);

#endif
