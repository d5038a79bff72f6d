#define _DEFAULT_SOURCE /* wait4 */
#include "child_process.h"

#include "matinee/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { OUT, ERR, STREAMS, LOOK_MS = 200 };

/* What comes out of one of the child's streams. */
struct stream {
    int reader, writer; /* -1: closed */
    char *text;         /* (CHILD_OUTPUT_BYTES + 1) */
    size_t bytes;
};

struct child {
    pid_t id;
    struct stream streams[STREAMS];
};

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static bool stream_open(struct stream *stream, struct error *error)
{
    int ends[2];
    *stream = (struct stream){.reader = -1, .writer = -1};
    stream->text = malloc(CHILD_OUTPUT_BYTES + 1);
    if (!stream->text)
        return error_memory(error, "the output of a run", CHILD_OUTPUT_BYTES + 1);
    if (pipe(ends) != 0)
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    stream->reader = ends[0];
    stream->writer = ends[1];
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0)
            return error_set(error, "cannot make a pipe: %s", strerror(errno));
    return true;
}

static void stream_close(struct stream *stream)
{
    close_descriptor(&stream->reader);
    close_descriptor(&stream->writer);
    free(stream->text);
    stream->text = NULL;
}

/* posix_spawn and all that belongs to it give their reason back. */
static int spawn(struct child *child, const char *path, char *const *words)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason)
        return reason;
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
        reason = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        for (int i = 0; i < STREAMS && !reason; i++)
            reason = posix_spawn_file_actions_adddup2(&actions, child->streams[i].writer, STDOUT_FILENO + i);
        if (!reason)
            reason = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        if (!reason)
            reason = posix_spawn(&child->id, path, &actions, &attributes, words, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* What does not fit is read and dropped: nobody waits for a full pipe. */
static void stream_read(struct stream *stream)
{
    char dropped[4096];
    size_t room = CHILD_OUTPUT_BYTES - stream->bytes;
    ssize_t got = room ? read(stream->reader, stream->text + stream->bytes, room)
                       : read(stream->reader, dropped, sizeof dropped);
    if (got > 0 && room)
        stream->bytes += (size_t)got;
    else if (got == 0 || (got < 0 && errno != EINTR))
        close_descriptor(&stream->reader);
}

/* Reads until the child has closed both streams, which its end does. */
static void follow(struct child *child, const volatile sig_atomic_t *stop)
{
    bool told = false;
    while (child->streams[OUT].reader >= 0 || child->streams[ERR].reader >= 0) {
        struct pollfd polled[STREAMS];
        for (int i = 0; i < STREAMS; i++) /* a negative descriptor is passed over */
            polled[i] = (struct pollfd){.fd = child->streams[i].reader, .events = POLLIN};
        if (*stop && !told) {
            kill(child->id, SIGTERM);
            told = true;
        }
        if (poll(polled, STREAMS, LOOK_MS) <= 0)
            continue;
        for (int i = 0; i < STREAMS; i++)
            if (polled[i].fd >= 0 && polled[i].revents)
                stream_read(&child->streams[i]);
    }
}

static void take_last_line(char message[static ERROR_MESSAGE_BYTES], char *text, size_t bytes)
{
    while (bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    text[bytes] = '\0';
    const char *newline = strrchr(text, '\n');
    strncpy(message, newline ? newline + 1 : text, ERROR_MESSAGE_BYTES - 1);
    message[ERROR_MESSAGE_BYTES - 1] = '\0';
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static bool collect(struct child_end *end, struct child *child, struct error *error)
{
    struct rusage used;
    int status;
    pid_t ended;
    do
        ended = wait4(child->id, &status, 0, &used);
    while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return error_set(error, "cannot wait for a run: %s", strerror(errno));
    end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    end->cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    end->peak_bytes = 1024 * (int64_t)used.ru_maxrss; /* which Linux counts in kB of 1024 bytes */
    take_last_line(end->message, child->streams[ERR].text, child->streams[ERR].bytes);
    struct stream *out = &child->streams[OUT];
    out->text[out->bytes] = '\0';
    end->output = out->text;
    out->text = NULL;
    return true;
}

bool child_process_run(struct child_end *end, const char *path, char *const *words,
                       const volatile sig_atomic_t *stop, struct error *error)
{
    struct child child = {.streams = {{.reader = -1, .writer = -1}, {.reader = -1, .writer = -1}}};
    *end = (struct child_end){.output = NULL};
    bool done = stream_open(&child.streams[OUT], error) && stream_open(&child.streams[ERR], error);
    const double start = clock_seconds();
    if (done) {
        int reason = spawn(&child, path, words);
        done = reason == 0 || error_set(error, "%s: cannot be started: %s", path, strerror(reason));
    }
    if (done) {
        for (int i = 0; i < STREAMS; i++)
            close_descriptor(&child.streams[i].writer);
        follow(&child, stop);
        done = collect(end, &child, error);
        end->wall_seconds = clock_seconds() - start;
    }
    for (int i = 0; i < STREAMS; i++)
        stream_close(&child.streams[i]);
    return done;
}
