#include "versions.h"

#include <archive.h>
#include <hdf5.h>
#include <stdio.h>

const char *compiler_version(void)
{
#ifdef __clang__
    return __VERSION__;
#else
    return "gcc " __VERSION__;
#endif
}

const char *hdf5_version(void)
{
    static char text[32];
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

const char *libarchive_version(void)
{
    return archive_version_string();
}

const char *jansson_version(void)
{
    return jansson_version_str();
}

json_t *versions_json(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "matinee", MATINEE_VERSION, "compiler", compiler_version(),
                     "hdf5", hdf5_version(), "libarchive", libarchive_version(), "jansson",
                     jansson_version());
}
