#ifndef MODEL_OPTIMIZER_CHECK_H
#define MODEL_OPTIMIZER_CHECK_H

#include "matinee/spec.h"

/* Whether a backend can train with these settings; the error names the one that is out of its range. */
bool optimizer_check(const struct adam_spec *adam, struct error *error);

#endif
