/* matinee/trainer.json in a model file: where its run stands, and what the run goes on with. It holds no times and
 * nothing of the machine, so that equal runs end in equal files. */
#ifndef MATINEE_CLI_TRAINER_STATE_H
#define MATINEE_CLI_TRAINER_STATE_H

#include "matinee/ranks.h"
#include "matinee/trainer.h"

#include <jansson.h>

struct trainer_state {
    struct trainer_position position;
    struct epoch_record *records; /* (position.epochs_done), without seconds */
    char data[DATA_MARK_BYTES];   /* training_data_mark of the reviews */
    json_t *options;              /* recorded_options_json */
};

/* {"version": 1, "options": {...}, "data": "...", "step": 120, "loss": ..., "correct": ..., "examples": ...,
 * "history": [...]}, with all the bits of its numbers. free() it; NULL without memory. */
char *trainer_state_to_json(const struct trainer_state *state);

/* What the text says, checked as far as it can be without model and data. trainer_state_close it; on failure nothing
 * is left to close. */
bool trainer_state_from_json(struct trainer_state *state, const char *text, struct error *error);

void trainer_state_close(struct trainer_state *state);

#endif
