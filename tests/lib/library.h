/* What the tests of libmatinee.so share. A failure here fails the running test. */
#ifndef MATINEE_TESTS_LIBRARY_H
#define MATINEE_TESTS_LIBRARY_H

#include <matinee.h>

/* One epoch of a tiny network on 96 reviews of the sample, and the processor. */
struct matinee_options *tiny_options(void);

void set(struct matinee_options *options, const char *name, const char *value);

/* Refused, with a message that has this in it. */
void set_refused(struct matinee_options *options, const char *name, const char *value, const char *part);

struct matinee_model *train(const struct matinee_options *options);

/* The same settings as the command line has them. */
extern const char *const tiny_words;

/* Runs the program, "train --quiet" say, and returns what it prints on standard output, standard error among it; free()
 * it. The exit status must be 0. */
char *run_program(const char *arguments);

/* The number behind "KEY": in a line of JSON, which must have it. */
double json_number_of(const char *json, const char *key);

enum { TEXTS = 3 };
extern const char *const texts[TEXTS];

#endif
