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

/* Write the message, cut to its size; error_prefix puts "CONTEXT: " in front of the one that is there. */
void error_write(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
void error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool error_false(void)
{
    return false;
}

/* error_set(error, format, ...) and error_within(error, format, ...) are always false: `return error_set(...)`.
 * They are macros so that compilers and analyzers see that, too. */
#define error_set(...) (error_write(__VA_ARGS__), error_false())
#define error_within(...) (error_prefix(__VA_ARGS__), error_false())

/* "out of memory: N bytes for WHAT", or without the number if bytes is 0. Always false. */
static inline bool error_memory(struct error *error, const char *what, unsigned long long bytes)
{
    return bytes ? error_set(error, "out of memory: %llu bytes for %s", bytes, what)
                 : error_set(error, "out of memory for %s", what);
}

#endif
