#include "edited_model.h"

#include "scratch.h"
#include "zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *directory;

int model_directory_open(void **state)
{
    (void)state;
    directory = scratch_open();
    return 0;
}

int model_directory_close(void **state)
{
    (void)state;
    scratch_close(directory);
    return 0;
}

int model_count(void)
{
    return scratch_count(directory);
}

const char *model_path(const char *name)
{
    static char paths[2][512];
    static int next;
    next = !next;
    snprintf(paths[next], sizeof paths[next], "%s/%s", directory, name);
    return paths[next];
}

const char *golden_path(void)
{
    return MATINEE_FIXTURES "/golden/m1_step3.keras";
}

static void read_members(struct zip_members *members, const char *path)
{
    struct error error;
    if (!zip_members_read(members, path, ZIP_BYTES_MAX, &error))
        fail_msg("%s", error.message);
}

char *golden_member(const char *name, size_t *bytes)
{
    struct zip_members members;
    read_members(&members, golden_path());
    const struct zip_member *member = zip_members_find(&members, name);
    assert_non_null(member);
    char *copy = malloc(member->bytes + 1);
    assert_non_null(copy);
    memcpy(copy, member->data, member->bytes + 1);
    *bytes = member->bytes;
    zip_members_close(&members);
    return copy;
}

const char *golden_with(const char *name, const void *data, size_t bytes)
{
    return model_with(golden_path(), name, data, bytes);
}

const char *model_with(const char *base, const char *name, const void *data, size_t bytes)
{
    struct zip_members before;
    struct keras_member members[ZIP_MEMBERS_MAX];
    int count = 0;
    read_members(&before, base);
    for (int i = 0; i < before.count; i++)
        if (strcmp(before.items[i].name, name) != 0)
            members[count++] =
                (struct keras_member){before.items[i].name, before.items[i].data, before.items[i].bytes};
    if (data)
        members[count++] = (struct keras_member){name, data, bytes};
    const char *path = model_path("edited.keras");
    struct error error;
    if (!zip_write(path, members, count, &error))
        fail_msg("%s", error.message);
    zip_members_close(&before);
    return path;
}
