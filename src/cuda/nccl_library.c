#include "nccl_library.h"
#include "cuda_device.h"

#include <dlfcn.h>
#include <string.h>

const char nccl_library_name[] = "libnccl.so.2";

static const struct {
    const char *name;
    size_t offset; /* in struct nccl_library */
} calls[] = {
#define nccl_entry(call) {#call, offsetof(struct nccl_library, call)},
    NCCL_CALLS(nccl_entry)
#undef nccl_entry
};

static bool find_calls(struct nccl_library *library, void *handle, const char *name, struct error *error)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        void *call = dlsym(handle, calls[i].name);
        if (!call)
            return error_set(error, "%s has no %s; install NCCL 2.14 or later", name, calls[i].name);
        memcpy((char *)library + calls[i].offset, &call, sizeof call);
    }
    return true;
}

bool nccl_library_open(struct nccl_library *library, const char *name, struct error *error)
{
    *library = (struct nccl_library){.version = 0};
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return error_set(error,
                         "cannot load NCCL, which several GPUs need: %.500s; install NCCL, or name its "
                         "directory in LD_LIBRARY_PATH",
                         dlerror());
    if (!find_calls(library, handle, name, error))
        return false;
    ncclResult_t status = library->ncclGetVersion(&library->version);
    return status == ncclSuccess || error_set(error, "%s: ncclGetVersion: %s; install NCCL again", name,
                                              library->ncclGetErrorString(status));
}

bool cuda_nccl_check(int *version, struct error *error)
{
    struct nccl_library library;
    bool good = nccl_library_open(&library, nccl_library_name, error);
    *version = library.version;
    return good;
}
