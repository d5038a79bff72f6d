/* Errors of the first kind: input, files, options, memory. Nothing below main.c prints or exits. */
#ifndef MATINEE_ERROR_H
#define MATINEE_ERROR_H

#include <stdbool.h>

#ifdef NDEBUG
#error "Matinee keeps its asserts: build without NDEBUG"
#endif

enum { ERROR_MESSAGE_BYTES = 1024 };

/* One line without a newline: what is wrong, where (file, place in it), and the remedy. */
struct error {
    char message[ERROR_MESSAGE_BYTES];
};

/* Writes the message, cut to its size. Always returns false: `return error_set(error, ...)`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "CONTEXT: " in front of the message. Always returns false. */
bool error_within(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "out of memory: N bytes for WHAT". Always returns false. */
bool error_memory(struct error *error, const char *what, unsigned long long bytes);

#endif
