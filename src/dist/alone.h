/* The communicator of a process that is alone: sums nothing, gathers its own. */
#ifndef DIST_ALONE_H
#define DIST_ALONE_H

#include "matinee/communicator.h"

extern const struct communicator alone_communicator;

#endif
