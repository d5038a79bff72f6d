#include "json_print.h"

#include <stdio.h>
#include <stdlib.h>

bool json_print(json_t *value, struct error *error)
{
    if (!value)
        return error_memory(error, "a JSON text", 0);
    char *text = json_dumps(value, JSON_PRECISION | JSON_INDENT(2));
    json_decref(value);
    if (!text)
        return error_memory(error, "a JSON text", 0);
    puts(text);
    free(text);
    return true;
}
