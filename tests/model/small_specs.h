/* Every preset in small sizes, and two deeper networks: what tests of whole networks go through. */
#ifndef MATINEE_TESTS_SMALL_SPECS_H
#define MATINEE_TESTS_SMALL_SPECS_H

#include "matinee/spec.h"

enum {
    SMALL_V = 30,
    SMALL_T = 13,
    SMALL_E = 6,
    SMALL_H = 9,
    SMALL_C = 7,
    SMALL_PRESETS = 11,
    SMALL_DEEP = SMALL_PRESETS, /* the numbers after the presets': all layers, three stacked Bidirectionals */
    SMALL_STACKED,
    SMALL_SPECS,
};

/* A preset's name, or "deep". */
const char *small_spec_name(int number);

/* A preset has its own rates. */
void small_preset(struct spec *spec, const char *name);
void small_spec(struct spec *spec, int number);

#endif
