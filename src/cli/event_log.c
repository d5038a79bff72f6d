#include "event_log.h"

#include "matinee/json_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool event_log_open(struct event_log *log, const char *path, bool goes_on, struct error *error)
{
    *log = (struct event_log){.path = path};
    if (!path)
        return true;
    log->stream = fopen(path, goes_on ? "a" : "w");
    if (!log->stream)
        return error_set(error, "%s: cannot write the log: %s; choose another place with --log", path,
                         strerror(errno));
    return true;
}

bool event_log_write(struct event_log *log, const char *event, json_t *members, struct error *error)
{
    json_t *line = members && log->stream ? json_pack("{s:s}", "event", event) : NULL;
    bool complete = line && json_object_update(line, members) == 0;
    char *text = complete ? json_dumps(line, JSON_PRECISION | JSON_COMPACT) : NULL;
    json_decref(line);
    json_decref(members);
    if (!log->stream)
        return true;
    if (!text)
        return error_memory(error, "a line of the log", 0);
    bool written = fprintf(log->stream, "%s\n", text) > 0 && fflush(log->stream) == 0;
    free(text);
    if (!written)
        return error_set(error,
                         "%s: cannot write the log: %s; make room there or choose another place with --log",
                         log->path, strerror(errno));
    return true;
}

void event_log_close(struct event_log *log)
{
    if (log->stream)
        fclose(log->stream);
    *log = (struct event_log){.stream = NULL};
}
