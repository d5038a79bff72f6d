#include "memory_limit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_BYTES = 4096, PATH_BYTES = GROUP_BYTES + 64 };

/* The group's path, "" for the uppermost, from the line "0::/a/b". One that lies outside of what a container sees,
 * "/../b", is as the uppermost. */
static void read_group(const char *root, char group[static GROUP_BYTES])
{
    char path[PATH_BYTES], line[GROUP_BYTES];
    group[0] = '\0';
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::/", 4) == 0 && strstr(line, "/..") == NULL)
            snprintf(group, GROUP_BYTES, "%s", line + 3);
    }
    fclose(file);
    if (strcmp(group, "/") == 0)
        group[0] = '\0';
}

static FILE *open_file(const char *root, const char *group, const char *name)
{
    char path[3 * GROUP_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/%s", root, group, name) >= sizeof path)
        return NULL;
    return fopen(path, "r");
}

/* False for "max", and without the file. */
static bool read_number(const char *root, const char *group, const char *name, int64_t *number)
{
    char text[64] = "";
    FILE *file = open_file(root, group, name);
    if (file == NULL)
        return false;
    bool found = fgets(text, sizeof text, file) != NULL && text[0] >= '0' && text[0] <= '9';
    fclose(file);
    *number = (int64_t)strtoll(text, NULL, 10);
    return found;
}

static int64_t file_bytes(const char *root, const char *group)
{
    static const char *const names[] = {"active_file ", "inactive_file "};
    char line[128];
    int64_t bytes = 0;
    FILE *file = open_file(root, group, "memory.stat");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        for (int i = 0; i < 2; i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                bytes += (int64_t)strtoll(line + strlen(names[i]), NULL, 10);
    fclose(file);
    return bytes;
}

int64_t memory_limit_left(const char *root)
{
    char group[GROUP_BYTES];
    int64_t least = INT64_MAX, most, current;
    read_group(root, group);
    for (;;) {
        if (read_number(root, group, "memory.max", &most) &&
            read_number(root, group, "memory.current", &current)) {
            const int64_t files = file_bytes(root, group), used = current > files ? current - files : 0,
                          left = most > used ? most - used : 1;
            least = left < least ? left : least;
        }
        char *last = strrchr(group, '/');
        if (last == NULL)
            return least;
        *last = '\0';
    }
}
