#include "digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_all(int file, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(file, data, bytes);
        if (written <= 0)
            return false;
        data += written;
        bytes -= (size_t)written;
    }
    return true;
}

static bool read_digest(const char *program, const char *path, char digest[65])
{
    char command[256];
    snprintf(command, sizeof command, "%s %s", program, path);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL)
        return false;
    bool found = fscanf(pipe, "%64s", digest) == 1;
    return pclose(pipe) == 0 && found;
}

bool digest_equals(const char *program, const void *data, size_t bytes, const char *expected)
{
    char path[] = "/tmp/matinee-digest-XXXXXX", found[65] = "nothing";
    int file = mkstemp(path);
    if (file < 0)
        return false;
    bool equal =
        write_all(file, data, bytes) && read_digest(program, path, found) && strcmp(found, expected) == 0;
    close(file);
    unlink(path);
    if (!equal)
        fprintf(stderr, "%s: %s, expected %s\n", program, found, expected);
    return equal;
}
