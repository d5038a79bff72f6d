/* The processes that run a command together: how they come about, and what they agree upon before they work. Where the
 * communicator is NULL the process is alone. */
#ifndef MATINEE_CLI_RANKS_H
#define MATINEE_CLI_RANKS_H

#include "options.h"
#include "trainer_state.h"

#include "matinee/communicator.h"
#include "matinee/network.h"

/* Under a launcher the process becomes one of its ranks, unless the command is for each process apart; otherwise
 * *communicator is NULL. CLI_USAGE for a command that is for one process. */
enum cli_status ranks_join(const struct communicator **communicator, const struct command *command,
                           struct error *error);

/* False for options that contradict each other or the number of ranks. */
bool ranks_check(const struct options *options, struct error *error);

/* After the options are known, and before anything else is opened: checks them, and for --gpus makes the processes,
 * each with options->communicator. *is_parent: this one has only waited for them, the status is theirs, and they have
 * said why. */
enum cli_status ranks_start(struct options *options, bool *is_parent, struct error *error);

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

/* "Ranks: 4 processes on this machine; 16 reviews of a batch each"; nothing where one process computes whole batches.
 * batch_size 0: nothing of batches. */
void ranks_print(const struct sharing *sharing, int batch_size);

/* All ranks call it, before their backends are opened. *threads: of --threads; without it those of the processors that
 * this process may use, which it shares with the ranks that may use the same ones. False for another --device than that
 * of rank 0. */
bool ranks_share_machine(int *threads, const struct options *options, struct error *error);

enum { RANK_MARK_BYTES = 16 };

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
