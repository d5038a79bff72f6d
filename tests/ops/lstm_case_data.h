/* What making, running and judging an lstm_case share. */
#ifndef MATINEE_TESTS_LSTM_CASE_DATA_H
#define MATINEE_TESTS_LSTM_CASE_DATA_H

#include "ops/lstm_case.h"

/* The key of the masks as a function, and the step that the state says. */
enum { LSTM_CASE_SEED = 71, LSTM_CASE_STEP = 3, LSTM_CASE_LAYER = 2 };

/* Bytes of `keep` of the input masks (width E) or the recurrent ones (width H). */
size_t lstm_case_mask_count(const struct lstm_case *lstm_case, int width);

/* The tensor of a direction. */
const struct lstm_tensor *lstm_case_tensor(const struct lstm_case *lstm_case, int direction, int tensor);

/* NULL where the input is x. */
const struct lstm_tensor *lstm_case_embeddings(const struct lstm_case *lstm_case);

#endif
