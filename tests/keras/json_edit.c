#include "json_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The object or array that holds the last part of the place, and that part. */
static json_t *find_parent(json_t *node, const char *place, const char **last)
{
    for (const char *slash; (slash = strchr(place, '/')); place = slash + 1) {
        char key[64];
        memcpy(key, place, (size_t)(slash - place));
        key[slash - place] = '\0';
        node = json_is_array(node) ? json_array_get(node, (size_t)atoi(key)) : json_object_get(node, key);
        assert_non_null(node);
    }
    *last = place;
    return node;
}

void json_edit(json_t *root, const char *place, const char *text)
{
    const char *last;
    json_t *parent = find_parent(root, place, &last);
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    assert_int_equal(value != NULL, text != NULL);
    if (json_is_array(parent))
        assert_int_equal(json_array_set_new(parent, (size_t)atoi(last), value), 0);
    else if (value)
        assert_int_equal(json_object_set_new(parent, last, value), 0);
    else
        assert_int_equal(json_object_del(parent, last), 0);
}
