#include "config_values.h"

#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

bool value_is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

/* Bytes of the character at c that would act on a terminal: ASCII's and ISO 6429's controls (U+0080 to U+009F), and
 * Unicode's overrides of the direction (U+202A to U+202E, U+2066 to U+2069). 0 for any other. */
static size_t control_bytes(const char *c)
{
    const unsigned char *b = (const unsigned char *)c;
    if (b[0] < ' ' || b[0] == 0x7f)
        return 1;
    if (b[0] == 0xC2 && b[1] >= 0x80 && b[1] <= 0x9F)
        return 2;
    bool overrides = b[0] == 0xE2 && ((b[1] == 0x80 && b[2] >= 0xAA && b[2] <= 0xAE) ||
                                      (b[1] == 0x81 && b[2] >= 0xA6 && b[2] <= 0xA9));
    return overrides ? 3 : 0;
}

const char *value_text(char text[static VALUE_TEXT_BYTES], const json_t *value, const char *absent)
{
    snprintf(text, VALUE_TEXT_BYTES, "%s", json_is_string(value) ? json_string_value(value) : absent);
    for (char *c = text; *c; c++) {
        size_t bytes = control_bytes(c);
        if (bytes > 0) {
            *c = '?';
            memmove(c + 1, c + bytes, strlen(c + bytes) + 1);
        }
    }
    return text;
}

bool value_check_origin(const json_t *object, struct error *error)
{
    const json_t *module = json_object_get(object, "module");
    if (!value_is_absent(module) &&
        (!json_is_string(module) || strncmp(json_string_value(module), "keras", 5) != 0))
        return error_set(error, "is not a class of Keras' own; build the model with those alone");
    const json_t *registered = json_object_get(object, "registered_name");
    if (!value_is_absent(registered) && !json_equal(registered, json_object_get(object, "class_name")))
        return error_set(error, "is a registered custom class; build the model with Keras' own alone");
    return true;
}

bool value_read_name(char name[static SPEC_NAME_BYTES], const json_t *value, const char *prefix,
                     const char *default_name, struct error *error)
{
    const char *text = value_is_absent(value) ? default_name : json_string_value(value);
    if (text && prefix && strncmp(text, prefix, strlen(prefix)) == 0)
        text += strlen(prefix);
    if (!text || !*text || strlen(text) >= SPEC_NAME_BYTES || strchr(text, '/'))
        return error_set(error, "its name is not a text of 1 to %d bytes without a slash; rename it",
                         SPEC_NAME_BYTES - 1);
    for (const char *c = text; *c; c++)
        if (control_bytes(c) > 0)
            return error_set(error, "its name contains a control character; rename it");
    strcpy(name, text);
    return true;
}

bool value_read_size(int *size, const json_t *value, const char *key, struct error *error)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > INT_MAX)
        return error_set(error, "%s is not a whole number from 1 to %d; build the model with one", key,
                         INT_MAX);
    *size = (int)number;
    return true;
}

bool value_read_length(int *size, const json_t *value, const char *key, struct error *error)
{
    if (json_is_array(value) && json_array_size(value) == 1)
        value = json_array_get(value, 0);
    return value_read_size(size, value, key, error);
}

bool value_read_rate(double *rate, const json_t *object, const char *key, struct error *error)
{
    const json_t *value = json_object_get(object, key);
    double number = value ? json_number_value(value) : 0;
    if ((value && !json_is_number(value)) || !(number >= 0 && number < 1))
        return setting_refuse(value, key, "a rate from 0 to less than 1", error);
    *rate = number;
    return true;
}

bool value_read_choice(int *choice, const json_t *object, const char *key, const char *const names[],
                       struct error *error)
{
    const json_t *value = json_object_get(object, key);
    const char *text = value ? settings_text(value) : names[0];
    char wanted[96] = "";
    for (int i = 0; names[i]; i++) {
        if (text && strcmp(text, names[i]) == 0) {
            *choice = i;
            return true;
        }
        size_t used = strlen(wanted);
        const char *between = i == 0 ? "" : names[i + 1] ? ", " : " or ";
        snprintf(wanted + used, sizeof wanted - used, "%s%s", between, names[i]);
    }
    return setting_refuse(value, key, wanted, error);
}
