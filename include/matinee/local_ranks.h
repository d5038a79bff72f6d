/* Ranks of one machine over shared memory: processes that are forked after the area is made, or threads of one process,
 * as in tests. */
#ifndef MATINEE_LOCAL_RANKS_H
#define MATINEE_LOCAL_RANKS_H

#include "matinee/communicator.h"

struct local_area;

/* Shared memory for `ranks` (1 or more) ranks: half a megabyte each. NULL where the machine has none. */
struct local_area *local_area_open(int ranks, struct error *error);

/* The communicator of one of its ranks, which one process or one thread alone uses. It lives as long as the area does
 * in the process that asks. Its sum adds the ranks' values in their order. */
const struct communicator *local_area_communicator(struct local_area *area, int rank);

/* Of this process: others keep theirs. NULL is fine. */
void local_area_close(struct local_area *area);

#endif
