/* What this process is among others: set once, by communicator_join or communicator_fork. */
#ifndef DIST_PROCESS_H
#define DIST_PROCESS_H

#include "matinee/mpi_plugin.h"

struct local_area;

struct process {
    const struct communicator *communicator; /* NULL: none yet */
    const struct mpi_plugin *mpi;            /* NULL: not a process of MPI's */
    struct local_area *area;                 /* NULL: not a process of communicator_fork's */
};

extern struct process this_process;

#endif
