#include "scratch.h"

#include "tiny_model.h"
#include "zip.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

int scratch_open(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/matinee_keras_XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

int scratch_close(void **state)
{
    (void)state;
    DIR *entries = opendir(directory);
    if (!entries)
        return -1;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (is_entry(entry))
            remove(scratch_path(entry->d_name));
    closedir(entries);
    return rmdir(directory);
}

int scratch_count(void)
{
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(entries));)
        count += is_entry(entry);
    closedir(entries);
    return count;
}

const char *scratch_path(const char *name)
{
    static char paths[2][512];
    static int next;
    next = !next;
    snprintf(paths[next], sizeof paths[next], "%s/%s", directory, name);
    return paths[next];
}

void write_bytes(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

char *read_bytes(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(file);
    rewind(file);
    char *data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    data[*bytes] = '\0';
    fclose(file);
    return data;
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
    const char *path = scratch_path("edited.keras");
    struct error error;
    if (!zip_write(path, members, count, &error))
        fail_msg("%s", error.message);
    zip_members_close(&golden);
    return path;
}
