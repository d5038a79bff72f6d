/* The lstm cases that every backend must pass: each function calls `check` with the dims, form and rows of its cases.
 * An engine that takes fewer forms leaves out what it does not take. */
#ifndef MATINEE_TESTS_LSTM_SUITE_H
#define MATINEE_TESTS_LSTM_SUITE_H

#include "ops/lstm_case.h"

typedef void lstm_check(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows);

/* Sizes, of any form. */
void lstm_suite_one_step(lstm_check *check, struct lstm_form form);
void lstm_suite_units(lstm_check *check, struct lstm_form form);
void lstm_suite_embeddings(lstm_check *check, struct lstm_form form);
void lstm_suite_batches(lstm_check *check, struct lstm_form form);
void lstm_suite_many_steps(lstm_check *check, struct lstm_form form);
void lstm_suite_tutorials(lstm_check *check, struct lstm_form form);
void lstm_suite_rows(lstm_check *check, struct lstm_form form);
/* Sizes that leave every kind of remainder, and every kind of rows. */
void lstm_suite_odd_sizes(lstm_check *check, struct lstm_form form);

/* Forms. */
void lstm_suite_x(lstm_check *check);
void lstm_suite_reversed(lstm_check *check);
void lstm_suite_sequences(lstm_check *check);
void lstm_suite_two_directions(lstm_check *check);
void lstm_suite_gate_masks(lstm_check *check);
void lstm_suite_shared_masks(lstm_check *check);
void lstm_suite_masked_sequences(lstm_check *check);
void lstm_suite_hard_sigmoid(lstm_check *check);

/* x with masks of both kinds, whose global rows begin at 5. */
struct lstm_form lstm_masked_form(int D, float input_rate, float recurrent_rate, int mask_count);

/* Masks that are handed in and the same masks as a function must give the same bits. */
void lstm_suite_given_masks(struct backend *backend);

#endif
