#include "hdf5_image.h"

hid_t hdf5_image_open(const void *image, size_t bytes)
{
    enum { GROWTH_BYTES = 1 << 16 };
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    /* The library copies the image and does not write to the caller's. */
    if (access >= 0 && H5Pset_fapl_core(access, GROWTH_BYTES, 0) >= 0 &&
        H5Pset_file_image(access, (void *)image, bytes) >= 0)
        file = H5Fopen("image.h5", H5F_ACC_RDWR, access);
    H5Pclose(access);
    return file;
}
