/* --log FILE.jsonl: one JSON object a line, flushed as it happens, so that it can be followed. */
#ifndef MATINEE_CLI_EVENT_LOG_H
#define MATINEE_CLI_EVENT_LOG_H

#include "matinee/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct event_log {
    FILE *stream; /* NULL: no log is kept, and every call succeeds */
    const char *path;
};

/* Replaces the file, or goes on at its end. `path` may be NULL and must outlive the log. */
bool event_log_open(struct event_log *log, const char *path, bool goes_on, struct error *error);

/* Writes {"event": EVENT, ...members...} and releases `members`, which may be NULL: out of memory. */
bool event_log_write(struct event_log *log, const char *event, json_t *members, struct error *error);

void event_log_close(struct event_log *log);

#endif
