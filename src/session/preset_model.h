/* A preset with what the options say of it. */
#ifndef MATINEE_SESSION_PRESET_MODEL_H
#define MATINEE_SESSION_PRESET_MODEL_H

#include "matinee/options.h"

/* The preset's own sizes and rates where no option gives another; *ngrams is the n of its n-grams. An unknown name, an
 * option for a part that the preset lacks and sizes that spec_check refuses are errors. */
bool preset_model(struct spec *spec, int *ngrams, const char *name, const struct options *options,
                  struct error *error);

#endif
