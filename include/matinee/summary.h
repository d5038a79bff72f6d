/* The table that Keras 3's model.summary() prints. */
#ifndef MATINEE_SUMMARY_H
#define MATINEE_SUMMARY_H

#include "matinee/params.h"
#include "matinee/spec.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct summary_counts {
    int64_t trainable;
    int64_t optimizer; /* Adam's m, v and average of each parameter, its iteration count and learning rate */
};

/* `slots`: whether there is an optimizer with moments; without, .optimizer is 0. Without an average, or with a schedule
 * in place of a rate, these are not counted. */
struct summary_counts summary_count(const struct spec *spec, const struct parameter_table *table, bool slots);

/* Parameters of one layer. */
int64_t summary_layer_count(const struct parameter_table *table, int layer);

/* Bytes as Keras writes them: "813.68 KB". */
void summary_memory(char *text, size_t text_bytes, int64_t bytes);

/* 213301 -> "213,301". Returns `text`. */
enum { SUMMARY_NUMBER_BYTES = 32 };
const char *summary_number(char text[SUMMARY_NUMBER_BYTES], int64_t number);

/* Writes the table for a terminal of `columns` columns (Keras' own default is 80; narrower than 40 counts as 40).
 * With slots the optimizer's variables are counted and listed as Keras does after training. Write errors stay in the
 * stream. Source: keras.utils.summary_utils and the column rules of rich.table. */
void summary_write(FILE *stream, const struct spec *spec, const struct parameter_table *table, bool slots,
                   int columns);

#endif
