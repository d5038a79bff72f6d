/* The processes that work together: what each does of it, and what they agree upon before they begin. Where the
 * communicator is NULL the process is alone. */
#ifndef MATINEE_RANKS_H
#define MATINEE_RANKS_H

#include "matinee/communicator.h"
#include "matinee/network.h"
#include "matinee/options.h"

/* False for options that contradict each other or the number of ranks. */
bool ranks_check(const struct options *options, struct error *error);

/* "mpirun" or "srun", which has started the processes. */
const char *ranks_launcher(void);

/* 0 of 1 alone. */
int ranks_own(const struct options *options);
int ranks_count(const struct options *options);

/* Among the processes of this machine: 0 alone. */
int ranks_own_local(const struct options *options);

/* This process's share of the memory that the machine has to give, in bytes; 0: not known. */
int64_t ranks_available_bytes(const struct options *options);

/* Waits until all ranks are here. */
void ranks_wait(const struct options *options);

/* How a training batch is shared out. */
struct sharing ranks_sharing(const struct options *options);

/* All ranks call it, before their backends are opened. *threads: of --threads; without it those of the processors that
 * this process may use, which it shares with the ranks that may use the same ones. False for another --device than that
 * of rank 0. */
bool ranks_share_machine(int *threads, const struct options *options, struct error *error);

enum {
    DATA_MARK_BYTES = 128,
    RANK_MARK_BYTES = 16,
};

/* What all ranks must have alike for their weights to stay so: short texts that tell things apart. */
struct rank_mark {
    char version[32], kernels[256], reviews[DATA_MARK_BYTES];
    char options[RANK_MARK_BYTES], weights[RANK_MARK_BYTES];
};

/* Of the program and the backend: its description without what may differ from rank to rank, threads and the number of
 * a GPU. The rest is empty. */
struct rank_mark rank_mark_of(const struct backend *backend);
void rank_mark_text(char mark[static RANK_MARK_BYTES], const char *text);
void rank_mark_state(char mark[static RANK_MARK_BYTES], const struct parameter_table *table,
                     const struct training_state *state);

/* All ranks call it. False on all of them if one has something else than rank 0; the message says what to do. */
bool ranks_agree(const struct options *options, const struct rank_mark *own, struct error *error);

#endif
