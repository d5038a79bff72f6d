/* What `matinee train` says of a training before the first step. */
#ifndef MATINEE_CLI_TRAINING_TEXT_H
#define MATINEE_CLI_TRAINING_TEXT_H

#include "matinee/training.h"

#include <stdio.h>

/* What is needed layer by layer: "Memory: 96.21 MB" and a table. */
void training_memory_print(FILE *stream, const struct training *training);

/* "N-grams: 884280 of 1 to 3 words, each in 2 training reviews or more; counted in 1.80 s"; nothing for a model of
 * words alone. On standard output. */
void training_ngrams_print(const struct training *training);

/* "Optimizer: Adam, learning rate 0.001" and what there is of schedule and average, in a line. */
void training_optimizer_print(FILE *stream, const struct adam_spec *adam);

#endif
