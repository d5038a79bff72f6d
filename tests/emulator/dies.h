/* What must end the program, in a process of its own. */
#ifndef DIES_H
#define DIES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Fails the running test unless f() ends its process by a signal or a sanitizer's report, and standard error has
 * `words`. */
void expect_death(void (*f)(void), const char *words);

#ifdef __cplusplus
}
#endif

#endif
