/* Small edits of a JSON text. */
#ifndef MATINEE_TESTS_KERAS_JSON_EDIT_H
#define MATINEE_TESTS_KERAS_JSON_EDIT_H

#include <jansson.h>

struct edit {
    const char *place;   /* keys and positions with slashes between them */
    const char *value;   /* JSON; NULL removes the key */
    const char *message; /* part of the error; NULL: accepted */
};

/* Puts a value at a place; fails the test if what should hold it is not there. */
void json_edit(json_t *root, const char *place, const char *text);

#endif
