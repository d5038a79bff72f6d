#include "ranks.h"

#include "machine.h"

#include "matinee/cuda_probe.h"
#include "matinee/dims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *launcher(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || !getenv("SLURM_PROCID") ? "mpirun" : "srun";
}

enum cli_status ranks_join(const struct communicator **communicator, const struct command *command,
                           struct error *error)
{
    int rank, ranks = communicator_launched(&rank);
    *communicator = NULL;
    if (ranks <= 1 || command->ranks == RANKS_APART)
        return CLI_DONE;
    if (command->ranks == RANKS_TOGETHER)
        return communicator_join(communicator, error) ? CLI_DONE : CLI_FAILED;
    error_set(error, "%s has started %d processes, and %s is the work of one; start it by itself", launcher(),
              ranks, command->name);
    return CLI_USAGE;
}

int ranks_own(const struct options *options)
{
    return options->communicator ? options->communicator->rank : 0;
}

int ranks_count(const struct options *options)
{
    return options->communicator ? options->communicator->ranks : 1;
}

int ranks_own_local(const struct options *options)
{
    return options->communicator ? options->communicator->local_rank : 0;
}

int64_t ranks_available_bytes(const struct options *options)
{
    return machine_available_bytes() / (options->communicator ? options->communicator->local_ranks : 1);
}

/* A sum has no need of memory. */
void ranks_wait(const struct options *options)
{
    const struct communicator *communicator = options->communicator;
    float here = 1;
    if (communicator)
        communicator->sum(communicator, &here, 1);
}

/* --gpus takes the first ones of this machine, and makes its processes itself. */
static bool check_gpus(const struct options *options, struct error *error)
{
    if (options->gpus == 0)
        return true;
    if (options->communicator)
        return error_set(error, "--gpus %d: %s has started %d processes already; leave --gpus out",
                         options->gpus, launcher(), ranks_count(options));
    return strcmp(options->device, "auto") == 0 || strcmp(options->device, "cuda") == 0 ||
           error_set(error, "--gpus %d: contradicts --device %s; leave one of them out", options->gpus,
                     options->device);
}

static bool check_exact_ranks(const struct options *options, int ranks, struct error *error)
{
    if (!options->exact_ranks)
        return true;
    if (options->virtual_ranks > 0)
        return error_set(error,
                         "--virtual-ranks %d: contradicts --exact-ranks, which has %d parts of its own; "
                         "leave one of them out",
                         options->virtual_ranks, ROW_GROUPS);
    return ROW_GROUPS % ranks == 0 ||
           error_set(error, "--exact-ranks: sums %d parts, on 1, 2, 4 or 8 processes alike, and there are %d",
                     ROW_GROUPS, ranks);
}

bool ranks_check(const struct options *options, struct error *error)
{
    const int ranks = options->gpus > 0 ? options->gpus : ranks_count(options);
    if (!check_gpus(options, error) || !check_exact_ranks(options, ranks, error))
        return false;
    const bool in_parts = ranks > 1 || options->exact_ranks || options->virtual_ranks > 1;
    return !in_parts || options->dropout_masks != MASKS_CUDNN ||
           error_set(error, "--dropout-masks cudnn: draws a mask for a whole batch, and %s; leave it out",
                     ranks > 1              ? "here several processes share one"
                     : options->exact_ranks ? "--exact-ranks cuts one into parts"
                                            : "--virtual-ranks cuts one into parts");
}

/* Says on the pipe how many there are, or why none. */
static void count_gpus(int pipe)
{
    struct cuda_probe probe;
    struct error answer;
    if (cuda_probe(&probe, &answer))
        snprintf(answer.message, sizeof answer.message, "%d", probe.device_count);
    ssize_t written = write(pipe, answer.message, strlen(answer.message));
    _exit(written > 0 ? 0 : 1);
}

static void read_answer(int pipe, struct error *answer)
{
    const size_t most = sizeof answer->message - 1;
    size_t bytes = 0;
    ssize_t more;
    while (bytes < most && (more = read(pipe, answer->message + bytes, most - bytes)) > 0)
        bytes += (size_t)more;
    answer->message[bytes] = '\0';
}

static bool ask_child(struct error *answer, struct error *error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return error_set(error, "the GPUs cannot be counted: %s", strerror(errno));
    const pid_t child = fork();
    const int fork_errno = errno;
    if (child == 0)
        count_gpus(ends[1]);
    close(ends[1]);
    answer->message[0] = '\0';
    if (child > 0)
        read_answer(ends[0], answer);
    close(ends[0]);
    if (child < 0)
        return error_set(error, "the GPUs cannot be counted: %s", strerror(fork_errno));
    waitpid(child, NULL, 0);
    return answer->message[0] != '\0' ||
           error_set(error, "the GPUs cannot be counted: the process that was to do it has ended");
}

/* Counts them in a child, as CUDA does not outlive a fork. */
static enum cli_status check_gpu_count(const struct options *options, struct error *error)
{
    struct error answer;
    char *end;
    if (!ask_child(&answer, error)) {
        error_prefix(error, "--gpus %d", options->gpus);
        return CLI_FAILED;
    }
    const long count = strtol(answer.message, &end, 10);
    if (*end != '\0')
        error_set(error, "--gpus %d: %.900s", options->gpus, answer.message);
    else if (count < options->gpus)
        error_set(error, "--gpus %d: this machine has %ld GPU%s", options->gpus, count,
                  count == 1 ? "" : "s");
    else
        return CLI_DONE;
    return CLI_USAGE;
}

enum cli_status ranks_start(struct options *options, bool *is_parent, struct error *error)
{
    int status = CLI_DONE;
    *is_parent = false;
    if (!ranks_check(options, error))
        return CLI_USAGE;
    if (options->gpus == 0)
        return CLI_DONE;
    const enum cli_status counted = check_gpu_count(options, error);
    if (counted != CLI_DONE)
        return counted;
    /* In place of the device of a run that is gone on with, too. */
    if (!option_set(options, OPTION_DEVICE, "cuda", error))
        return CLI_USAGE;
    if (options->gpus == 1)
        return CLI_DONE;
    if (!communicator_fork(&options->communicator, options->gpus, &status, error))
        return CLI_FAILED;
    *is_parent = !options->communicator;
    options->gpus = 0; /* what it asks for is done */
    return (enum cli_status)status;
}

struct sharing ranks_sharing(const struct options *options)
{
    const int parts = options->exact_ranks         ? ROW_GROUPS / ranks_count(options)
                      : options->virtual_ranks > 0 ? options->virtual_ranks
                                                   : 1;
    return (struct sharing){
        .communicator = options->communicator, .parts = parts, .exact = options->exact_ranks};
}

void ranks_print(const struct sharing *sharing, int batch_size)
{
    const int ranks = sharing_ranks(sharing), share = batch_size / ranks + (batch_size % ranks != 0);
    if (ranks == 1 && sharing->parts == 1)
        return;
    printf("Ranks: %s", ranks > 1 ? sharing->communicator->description : "one process");
    if (batch_size > 0)
        printf("; %s%d reviews of a batch%s", batch_size % ranks ? "at most " : "", share,
               ranks > 1 ? " each" : "");
    if (batch_size > 0 && sharing->parts > 1)
        printf(", in %d parts", sharing->parts);
    puts(sharing->exact ? ", with exact sums" : "");
}
