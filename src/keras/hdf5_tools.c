#include "hdf5_tools.h"

#include <stdatomic.h>
#include <stdio.h>

enum { GROWTH_BYTES = 1 << 20 };

void hdf5_quiet_begin(struct hdf5_quiet *quiet)
{
    *quiet = (struct hdf5_quiet){0};
    H5Eget_auto2(H5E_DEFAULT, &quiet->print, &quiet->context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void hdf5_quiet_end(const struct hdf5_quiet *quiet)
{
    H5Eset_auto2(H5E_DEFAULT, quiet->print, quiet->context);
}

struct reason {
    char *text;
    size_t bytes;
};

static herr_t keep_first(unsigned number, const H5E_error2_t *failure, void *context)
{
    const struct reason *reason = context;
    if (number == 0 && failure->desc)
        snprintf(reason->text, reason->bytes, "%s", failure->desc);
    return 0;
}

void hdf5_reason(char *text, size_t bytes)
{
    snprintf(text, bytes, "unknown reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &(struct reason){text, bytes});
}

/* File access in memory, without a file behind it. */
static hid_t access_in_memory(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && H5Pset_fapl_core(access, GROWTH_BYTES, false) < 0) {
        H5Pclose(access);
        return -1;
    }
    return access;
}

/* To the library files of one name are one file, also in memory, and it is refused to a second thread. The name is
 * nowhere in the image. */
hid_t hdf5_image_create(void)
{
    static atomic_uint images;
    char name[32];
    snprintf(name, sizeof name, "image %u", atomic_fetch_add(&images, 1));
    hid_t access = access_in_memory();
    if (access < 0)
        return -1;
    hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}
