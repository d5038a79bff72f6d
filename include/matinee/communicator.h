/* The processes that train one model together: its ranks. Each has the whole model and computes its rows of every
 * batch. */
#ifndef MATINEE_COMMUNICATOR_H
#define MATINEE_COMMUNICATOR_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { COMMUNICATOR_TEXT_BYTES = 128 };

/* Every rank makes the same calls, with the same sizes and in the same order; each waits for all. They cannot fail: a
 * rank that ends before its time ends the others. */
struct communicator {
    int rank, ranks;                           /* rank 0 alone prints and writes files */
    int local_rank, local_ranks;               /* among those of this machine */
    char description[COMMUNICATOR_TEXT_BYTES]; /* "4 processes on this machine"; "" of one that is alone */
    /* values (count), in and out: the sum of all ranks', the same bits on every rank. */
    void (*sum)(const struct communicator *, float *values, size_t count);
    /* all (ranks,bytes), out: what each rank has in own (bytes), by rank; own is not within all. */
    void (*gather)(const struct communicator *, const void *own, size_t bytes, void *all);
};

/* How many ranks the launcher of this process, mpirun or srun, has started, and which of them this is; 0 without a
 * launcher. Of the environment alone: MPI is not asked. */
int communicator_launched(int *rank);

/* The MPI that communicator_join takes, "Open MPI 4.1.4". False, with one line, where it cannot be used. */
bool communicator_library(char name[COMMUNICATOR_TEXT_BYTES], struct error *error);

/* Under a launcher a rank of its job, through the MPI plugin; without one a rank that is alone. The process has one
 * communicator at most. False, with one line, where the launcher has no use without the plugin, or MPI fails. */
bool communicator_join(const struct communicator **communicator, struct error *error);

/* Makes this process the parent of `ranks` others on this machine, which go on from here, each with its communicator.
 * The parent does not: it waits until all have ended, with *communicator NULL, and says in *status how (a process's
 * exit status; the first that failed ends the others). It passes SIGINT, SIGTERM and SIGHUP on, and is the only one
 * that a terminal sends them to; processes that one has ended, be it a second one or a first that they had no handler
 * for, make *status 128 + its number. A parent that is killed takes them along. Before any call into CUDA, and before
 * there are threads. False, with nothing started, where the machine refuses; false, with *status 1, where a process was
 * killed by another signal. */
bool communicator_fork(const struct communicator **communicator, int ranks, int *status, struct error *error);

/* Of a process whose command has ended with `status`, not 0, before it prints why: rank 0 may do so at once; another
 * waits a moment, in which rank 0 ends the job if it fails for the same reason, and then puts "rank 2 of 4: " before
 * the message. The message is empty where another rank has told already, as of an interruption (130), which all have
 * agreed upon, rank 0 does. Nothing for a process that is alone. */
void communicator_prepare_failure(int status, struct error *error);

/* The last call of a process, also of one that never had a communicator. With status 0, or 130 of an interruption that
 * all have agreed upon: waits for the other ranks and leaves them. Else it ends all of them: through MPI it does not
 * return, and of communicator_fork's processes the parent does it when this one has ended. */
void communicator_leave(int status);

#endif
