/* What GPUs and CUDA libraries there are on this machine. */
#ifndef MATINEE_CUDA_PROBE_H
#define MATINEE_CUDA_PROBE_H

#include "matinee/error.h"

#include <stddef.h>

enum { CUDA_PROBE_DEVICES = 16, CUDA_PROBE_TEXT_BYTES = 256 };

struct cuda_device {
    char name[CUDA_PROBE_TEXT_BYTES];
    int major, minor;               /* compute capability */
    size_t total_bytes, free_bytes; /* of its memory; free_bytes is 0 for a device in trouble */
    /* Why the device cannot be used, otherwise "". */
    char trouble[CUDA_PROBE_TEXT_BYTES];
};

/* Versions count as the libraries do: CUDA's 13000 is 13.0, cuDNN's 91900 is 9.19.0. */
struct cuda_probe {
    int driver_version;  /* the newest CUDA that the driver serves; 0: there is no driver */
    int runtime_version; /* of the library that the plugin is linked with; 0: not known */
    int cudnn_version;   /* 0: not known */
    char cudnn_trouble[CUDA_PROBE_TEXT_BYTES]; /* which part of cuDNN cannot be used, otherwise "" */
    int nccl_version;                          /* 22809 is 2.28.9; 0: not there */
    char nccl_trouble[CUDA_PROBE_TEXT_BYTES];  /* why NCCL cannot be used, otherwise "" */
    int device_count;                          /* may be more than `devices` holds */
    struct cuda_device devices[CUDA_PROBE_DEVICES];
};

/* Loads the plugin and asks it. True if there is at least one device. False says why there is none (no plugin, no CUDA
 * library, no driver, no device, in the library's own words), and *probe then holds what was learnt before that, the
 * rest zero. It opens each device for a moment to read its free memory: 0.1 s or more each. A device that a backend has
 * open must not be asked: it is reset. */
bool cuda_probe(struct cuda_probe *probe, struct error *error);

#endif
