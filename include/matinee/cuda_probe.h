/* What the CUDA runtime finds on this machine. It is all that the CUDA plugin offers: training runs on the CPU. */
#ifndef MATINEE_CUDA_PROBE_H
#define MATINEE_CUDA_PROBE_H

#include "matinee/error.h"

#include <stddef.h>

enum { CUDA_PROBE_DEVICES = 16, CUDA_PROBE_TEXT_BYTES = 256 };

struct cuda_device {
    char name[CUDA_PROBE_TEXT_BYTES];
    int major, minor;               /* compute capability */
    size_t total_bytes, free_bytes; /* of its memory; free_bytes is 0 for a device in trouble */
    /* The library's own text if the device cannot be used, otherwise "". */
    char trouble[CUDA_PROBE_TEXT_BYTES];
};

/* Versions count as CUDA does: 13000 is 13.0. */
struct cuda_probe {
    int driver_version;  /* the newest CUDA that the driver serves; 0: there is no driver */
    int runtime_version; /* of the library that the plugin is linked with; 0: not known */
    int device_count;    /* may be more than `devices` holds */
    struct cuda_device devices[CUDA_PROBE_DEVICES];
};

/* Opens the plugin ../lib/matinee/matinee_cuda.so, as seen from the directory of the running program, asks it, and
 * closes it again. True if there is at least one device. False says why there is none (no plugin, no CUDA library, no
 * driver, no device, in the library's own words), and *probe then holds what was learnt before that, the rest zero.
 * It opens each device for a moment to read its free memory: 0.1 s or more each. */
bool cuda_probe(struct cuda_probe *probe, struct error *error);

/* The same question, asked inside the plugin: its one exported function. The program says how large its *probe is: a
 * plugin built with another layout writes nothing there and says so. */
bool matinee_cuda_probe_sized(struct cuda_probe *probe, size_t probe_bytes, struct error *error);

#endif
