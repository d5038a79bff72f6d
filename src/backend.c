/* Opens a backend by device name, today the CPU: the only file that knows them. */
#include "matinee/backend.h"

#include "matinee/cpu.h"

#include <stdio.h>
#include <string.h>

bool backend_open(struct backend **backend, const struct backend_options *options, char *note,
                  struct error *error)
{
    const char *device = options->device;
    if (strcmp(device, "cuda") == 0 || strncmp(device, "cuda:", 5) == 0)
        return error_set(error, "device %s: this version trains on the CPU only; use cpu", device);
    if (strcmp(device, "auto") != 0 && strcmp(device, "cpu") != 0)
        return error_set(error, "device %s: no such device; use auto or cpu", device);
    if (note)
        snprintf(note, ERROR_MESSAGE_BYTES, "%s",
                 strcmp(device, "auto") == 0 ? "the CUDA backend is not part of this version" : "");
    return cpu_backend_open(backend, options->threads, error);
}

void backend_close(struct backend *backend)
{
    if (backend)
        backend->close(backend);
}
