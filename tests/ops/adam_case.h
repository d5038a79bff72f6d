/* A backend's Adam against the reference. Each fails the running test where they differ. */
#ifndef MATINEE_TESTS_ADAM_CASE_H
#define MATINEE_TESTS_ADAM_CASE_H

#include "matinee/backend.h"

/* Step after step from the backend's own numbers, without and with an average. Checks guards and inputs. */
void adam_case_check(struct backend *backend, size_t count);

/* A gradient of zero: the moments decay and the weight still moves. */
void adam_case_check_without_gradient(struct backend *backend);

#endif
