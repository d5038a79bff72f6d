#include "map_set.h"

#include "scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LARGE_WORDS = 100 };

void map_set_open(struct dataset *dataset, struct dataset_options options)
{
    struct error error;
    if (options.num_words == 0)
        options.num_words = 30;
    if (options.maxlen == 0)
        options.maxlen = 12;
    if (!dataset_open(dataset, &options, &error))
        fail_msg("%s", error.message);
}

void map_set_large(const char *path)
{
    unsigned state = 7;
    const size_t room = (size_t)LARGE_REVIEWS * (LARGE_WORDS * 8 + 16);
    char *text = malloc(room);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "label,text\n");
    for (int i = 0; i < LARGE_REVIEWS; i++) {
        used += (size_t)sprintf(text + used, "%d,", i % 2);
        for (int k = 0; k < 1 + i % LARGE_WORDS; k++) {
            state = state * 1664525u + 1013904223u;
            used += (size_t)sprintf(text + used, "w%u ", (state >> 16) % 1000 * ((state >> 8) % 9) / 5);
        }
        used += (size_t)sprintf(text + used, "\n");
    }
    assert_true(used < room);
    scratch_write(path, text, used);
    free(text);
}

int map_set_files(const char *cache, const char *ending, char path[static PATH_BYTES])
{
    int count = 0;
    DIR *folder = opendir(cache);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        const char *found = strstr(entry->d_name, ending);
        if (found == NULL || found[strlen(ending)] != '\0')
            continue;
        snprintf(path, PATH_BYTES, "%s/%s", cache, entry->d_name);
        count++;
    }
    if (folder != NULL)
        closedir(folder);
    return count;
}
