/* JSON of what C has and JSON has not: numbers that are no numbers, file names that are not UTF-8. All return a new
 * reference, or NULL without memory, which jansson's set and append functions pass on as their own failure. */
#ifndef MATINEE_JSON_VALUES_H
#define MATINEE_JSON_VALUES_H

#include "matinee/error.h"
#include "matinee/trainer.h"

#include <jansson.h>

/* null unless finite. */
json_t *json_number(double value);

/* An object with the members of both, in this order; takes both. NULL without memory, or if one of them is. */
json_t *json_joined(json_t *first, json_t *second);

/* Bytes of text that is not UTF-8 become '?' beyond ASCII; NULL becomes null. */
json_t *json_text(const char *text);

/* {"epoch": 1, "steps": 391, "accuracy": ..., "loss": ..., ["val_accuracy", "val_loss",] "seconds": ...}. */
json_t *json_epoch(const struct epoch_record *record);

/* The flags of every JSON text that we write: shortest digits that people expect. */
enum { JSON_PRECISION = JSON_REAL_PRECISION(15) };

#endif
