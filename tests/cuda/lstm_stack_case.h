/* One lstm op of several layers, run by a backend and as a chain of the reference's layers. */
#ifndef MATINEE_TESTS_LSTM_STACK_CASE_H
#define MATINEE_TESTS_LSTM_STACK_CASE_H

#include "matinee/backend.h"

struct lstm_stack_form {
    int T, N, E, H, D, layers;
    bool sequences;
};

/* Fails the running test unless y, y of inference, dx and the gradients agree with the chain. */
void lstm_stack_check(struct backend *backend, const struct lstm_stack_form *form);

#endif
