/* The engines that a test on a device runs in turn. */
#ifndef MATINEE_TESTS_DEVICE_ENGINES_H
#define MATINEE_TESTS_DEVICE_ENGINES_H

#include "matinee/backend.h"

enum { DEVICE_ENGINES = 3 };

struct backend_options device_engine_options(int engine);
const char *device_engine_name(int engine);

/* Whether an engine takes a preset; one that does not refuses it when a network is opened. */
bool device_engine_takes(int engine, const char *preset);

/* MATINEE_DEVICE_SHAPES=tiny: sizes that an emulated device gets through. */
bool device_shapes_are_tiny(void);

#endif
