/* What the control groups (version 2) of this process leave it of memory: in a container that is less than the machine
 * has. */
#ifndef MATINEE_SESSION_MEMORY_LIMIT_H
#define MATINEE_SESSION_MEMORY_LIMIT_H

#include <stdint.h>

/* In bytes, at least 1: the least of memory.max - memory.current of the group and of those above it, where what files
 * have in memory counts as free, for the system gives it up first, as MemAvailable says it. INT64_MAX: no limit is
 * known. `root` is "", or a directory that has proc/self/cgroup and sys/fs/cgroup. */
int64_t memory_limit_left(const char *root);

#endif
