/* What an op needs for N rows is enough for fewer: a network takes it once, for its largest batch. Each fails the
 * running test where it is not so. */
#ifndef MATINEE_TESTS_SIZES_CASE_H
#define MATINEE_TESTS_SIZES_CASE_H

#include "matinee/backend.h"

void sizes_case_check_lstm(struct backend *backend);
void sizes_case_check_embedding(struct backend *backend);
void sizes_case_check_conv_pool(struct backend *backend);
void sizes_case_check_max_pool(struct backend *backend);
void sizes_case_check_global_pool(struct backend *backend);

#endif
