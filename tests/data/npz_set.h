/* Small .npz files that a test writes into its scratch directory. A failure here fails the running test. */
#ifndef MATINEE_TESTS_DATA_NPZ_SET_H
#define MATINEE_TESTS_DATA_NPZ_SET_H

#include <stdbool.h>
#include <stddef.h>

enum { NPZ_SET_MEMBERS = 4 };

/* The bytes of a member, free() data. */
struct npz_set_member {
    const char *name;
    char *data;
    size_t bytes;
};

/* Writes members as a zip, stored or deflated. */
void npz_set_write(const char *path, bool deflated, const struct npz_set_member *members, int count);

/* Reads all members of a zip. Returns how many there are, at most NPZ_SET_MEMBERS. */
int npz_set_read(const char *path, struct npz_set_member members[NPZ_SET_MEMBERS]);
void npz_set_close(struct npz_set_member *members, int count);

/* An .npy member of such a type and count around these bytes. */
struct npz_set_member npz_set_array(const char *name, const char *type, const char *shape, const void *data,
                                    size_t bytes);

#endif
