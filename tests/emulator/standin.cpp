/* Which call fails, what is outstanding, and the machine that is played. */
#include "standin_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool told;              /* by a function, not by the environment */
    int calls, first, last; /* calls first .. last fail */
    const char *failed;
    int outstanding;
    cudaError_t last_error;
} state;

static const int all_calls = 0x7fffffff;

static void set_failing(int first, int last)
{
    state.told = true;
    state.calls = 0;
    state.first = first;
    state.last = last;
    state.failed = NULL;
    state.last_error = cudaSuccess;
}

static void read_environment()
{
    const char *text = getenv("MATINEE_STANDIN_FAIL");
    const int n = text ? atoi(text) : 0;
    set_failing(n, text && strchr(text, '+') ? all_calls : n);
}

void standin_misused(const char *format, ...)
{
    va_list arguments;
    fputs("standin: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

cudaError_t standin_result(cudaError_t status)
{
    if (status != cudaSuccess)
        state.last_error = status;
    return status;
}

void standin_set_last_error(cudaError_t status)
{
    standin_result(status);
}

void standin_fail_call(int n)
{
    set_failing(n, n);
}

void standin_fail_from(int n)
{
    set_failing(n, all_calls);
}

int standin_calls(void)
{
    return state.calls;
}

const char *standin_failed_call(void)
{
    return state.failed;
}

int standin_outstanding(void)
{
    return state.outstanding;
}

int standin_call_fails(const char *name)
{
    if (!state.told)
        read_environment();
    state.calls++;
    const bool fails = state.first > 0 && state.calls >= state.first && state.calls <= state.last;
    if (fails && !state.failed)
        state.failed = name;
    return fails;
}

void standin_count(int change)
{
    state.outstanding += change;
}

extern "C" cudaError_t cudaGetLastError(void)
{
    const cudaError_t status = state.last_error;
    state.last_error = cudaSuccess;
    return status;
}

extern "C" cudaError_t cudaPeekAtLastError(void)
{
    return state.last_error;
}

static struct {
    bool known;
    struct standin_machine now;
} machine;

static size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

void standin_set_machine(const struct standin_machine *wanted)
{
    machine.known = true;
    if (wanted) {
        machine.now = *wanted;
        return;
    }
    machine.now.device_count = (int)number_of("MATINEE_STANDIN_DEVICES", 1);
    machine.now.driver_version = (int)number_of("MATINEE_STANDIN_DRIVER", CUDART_VERSION);
    machine.now.capability = (int)number_of("MATINEE_STANDIN_CAPABILITY", 90);
    machine.now.free_bytes = number_of("MATINEE_STANDIN_MEMORY", (size_t)1 << 30);
}

const struct standin_machine &standin_machine_now()
{
    if (!machine.known)
        standin_set_machine(NULL);
    return machine.now;
}

cudaError_t standin_device_status(int device)
{
    const struct standin_machine &now = standin_machine_now();
    if (now.driver_version < CUDART_VERSION / 1000 * 1000)
        return cudaErrorInsufficientDriver;
    if (now.device_count == 0)
        return cudaErrorNoDevice;
    return device >= 0 && device < now.device_count ? cudaSuccess : cudaErrorInvalidDevice;
}
