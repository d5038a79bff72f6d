#include "cache_stamps.h"

#include "matinee/output_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { STAMPS_MAX = 32 };

const char *const cache_stamps_name = "stamps";

struct stamp {
    struct hash128 mark, contents;
};

struct stamps {
    char magic[16];
    uint64_t checksum; /* of what follows */
    uint64_t count;
    struct stamp items[STAMPS_MAX]; /* the latest first */
};

static const char magic[16] = "matinee stamps1";

static bool place(char path[static 4096], const char *directory)
{
    return (size_t)snprintf(path, 4096, "%s/%s", directory, cache_stamps_name) < 4096;
}

static uint64_t checksum(const struct stamps *stamps)
{
    return checksum_of(&stamps->count, sizeof *stamps - offsetof(struct stamps, count));
}

static bool read_stamps(struct stamps *stamps, const char *directory)
{
    char path[4096];
    FILE *file = place(path, directory) ? fopen(path, "rb") : NULL;
    bool read = file != NULL && fread(stamps, 1, sizeof *stamps, file) == sizeof *stamps &&
                memcmp(stamps->magic, magic, sizeof magic) == 0 && stamps->checksum == checksum(stamps) &&
                stamps->count <= STAMPS_MAX;
    if (file != NULL)
        fclose(file);
    if (!read)
        *stamps = (struct stamps){.count = 0};
    return read;
}

bool cache_stamps_find(const char *directory, const struct hash128 *mark, struct hash128 *contents)
{
    struct stamps stamps;
    read_stamps(&stamps, directory);
    for (uint64_t i = 0; i < stamps.count; i++)
        if (hash128_equals(&stamps.items[i].mark, mark)) {
            *contents = stamps.items[i].contents;
            return true;
        }
    return false;
}

void cache_stamps_note(const char *directory, const struct hash128 *mark, const struct hash128 *contents)
{
    struct stamps stamps;
    struct error error;
    char path[4096];
    read_stamps(&stamps, directory);
    if (stamps.count < STAMPS_MAX)
        stamps.count++;
    memmove(stamps.items + 1, stamps.items, (size_t)(stamps.count - 1) * sizeof *stamps.items);
    stamps.items[0] = (struct stamp){.mark = *mark, .contents = *contents};
    memcpy(stamps.magic, magic, sizeof magic);
    stamps.checksum = checksum(&stamps);
    if (place(path, directory))
        (void)output_file_write(path, &stamps, sizeof stamps, &error);
}
