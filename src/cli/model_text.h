/* A network in one line, with Keras' words. */
#ifndef MATINEE_CLI_MODEL_TEXT_H
#define MATINEE_CLI_MODEL_TEXT_H

#include "matinee/spec.h"

#include <stdio.h>

/* "Embedding(5000, 32), Bidirectional(LSTM(100, dropout=0.2)), Dense(1)": what differs from Keras' defaults is named.
 * No line end. Write errors stay in the stream. */
void model_text_print(FILE *stream, const struct spec *spec);

#endif
