/* What the parts of the stand-in runtime share. */
#ifndef STANDIN_PARTS_H
#define STANDIN_PARTS_H

#include "standin.h"

#include <stddef.h>

/* Ends the program: the code under test misuses the library. */
__attribute__((format(printf, 1, 2), noreturn)) void standin_misused(const char *format, ...);

/* Keeps a status that is not success for cudaGetLastError, and returns it. */
cudaError_t standin_result(cudaError_t status);

#define fail_if_asked(name, status)                                                                          \
    do {                                                                                                     \
        if (standin_call_fails(name))                                                                        \
            return standin_result(status);                                                                   \
    } while (0)

#define fail_if(status)                                                                                      \
    do {                                                                                                     \
        const cudaError_t status_ = (status);                                                                \
        if (status_ != cudaSuccess)                                                                          \
            return standin_result(status_);                                                                  \
    } while (0)

/* What the played machine says of a device, and of the current one. */
const struct standin_machine &standin_machine_now();
cudaError_t standin_device_status(int device);
cudaError_t standin_current_device_status();

/* Where memory lies. */
enum memory_kind { MEMORY_HOST, MEMORY_PINNED, MEMORY_DEVICE };

/* Of what [memory, memory + bytes) is part of. It must not be partly of an allocation. */
memory_kind standin_memory_kind(const char *call, const void *memory, size_t bytes);
size_t standin_device_bytes_used();

/* While device work runs, device memory may be touched. */
void standin_show_device_memory();
void standin_hide_device_memory();

/* An error if the stream cannot take work now: its capture is broken, or it is the default stream during one. */
cudaError_t standin_stream_status(cudaStream_t stream);

/* A call that a capture does not allow breaks it; an error if there is one. */
cudaError_t standin_breaks_captures();
bool standin_is_captured(cudaStream_t stream);

/* The host waits for all work. */
void standin_wait_for_all();
void standin_wait_for(cudaStream_t stream);

#endif
