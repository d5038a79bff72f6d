#include "command_ranks.h"

#include "matinee/cuda_probe.h"
#include "matinee/ranks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum exit_status ranks_join(const struct communicator **communicator, const struct command *command,
                            struct error *error)
{
    int rank, ranks = communicator_launched(&rank);
    *communicator = NULL;
    if (ranks <= 1 || command->ranks == RANKS_APART)
        return STATUS_DONE;
    if (command->ranks == RANKS_TOGETHER)
        return communicator_join(communicator, error) ? STATUS_DONE : STATUS_FAILED;
    error_set(error, "%s has started %d processes, and %s is the work of one; start it by itself",
              ranks_launcher(), ranks, command->name);
    return STATUS_USAGE;
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
static enum exit_status check_gpu_count(const struct options *options, struct error *error)
{
    struct error answer;
    char *end;
    if (!ask_child(&answer, error)) {
        error_prefix(error, "--gpus %d", options->gpus);
        return STATUS_FAILED;
    }
    const long count = strtol(answer.message, &end, 10);
    if (*end != '\0')
        error_set(error, "--gpus %d: %.900s", options->gpus, answer.message);
    else if (count < options->gpus)
        error_set(error, "--gpus %d: this machine has %ld GPU%s", options->gpus, count,
                  count == 1 ? "" : "s");
    else
        return STATUS_DONE;
    return STATUS_USAGE;
}

enum exit_status ranks_start(struct options *options, bool *is_parent, struct error *error)
{
    int status = STATUS_DONE;
    *is_parent = false;
    if (!ranks_check(options, error))
        return STATUS_USAGE;
    if (options->gpus == 0)
        return STATUS_DONE;
    const enum exit_status counted = check_gpu_count(options, error);
    if (counted != STATUS_DONE)
        return counted;
    /* In place of the device of a run that is gone on with, too. */
    if (!option_set(options, OPTION_DEVICE, "cuda", error))
        return STATUS_USAGE;
    if (options->gpus == 1)
        return STATUS_DONE;
    if (!communicator_fork(&options->communicator, options->gpus, &status, error))
        return STATUS_FAILED;
    *is_parent = !options->communicator;
    options->gpus = 0; /* what it asks for is done */
    return (enum exit_status)status;
}
