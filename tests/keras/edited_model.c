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

static void read_golden(struct zip_members *members)
{
    struct error error;
    if (!zip_members_read(members, golden_path(), ZIP_BYTES_MAX, &error))
        fail_msg("%s", error.message);
}

char *golden_member(const char *name, size_t *bytes)
{
    struct zip_members members;
    read_golden(&members);
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
    struct zip_members golden;
    struct keras_member members[ZIP_MEMBERS_MAX];
    int count = 0;
    read_golden(&golden);
    for (int i = 0; i < golden.count; i++)
        if (strcmp(golden.items[i].name, name) != 0)
            members[count++] =
                (struct keras_member){golden.items[i].name, golden.items[i].data, golden.items[i].bytes};
    if (data)
        members[count++] = (struct keras_member){name, data, bytes};
    const char *path = model_path("edited.keras");
    struct error error;
    if (!zip_write(path, members, count, &error))
        fail_msg("%s", error.message);
    zip_members_close(&golden);
    return path;
}
