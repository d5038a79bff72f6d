#include "value.h"

#include "matinee/spec.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

static bool is_one_of(const char *name, size_t length, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == length && strncmp(name, *list, length) == 0)
            return true;
    return false;
}

static void add_word(struct value *value, const char *word, size_t length)
{
    size_t used = strlen(value->words);
    int written = snprintf(value->words + used, sizeof value->words - used, "%s%.*s", used ? " " : "",
                           (int)length, word);
    assert(written >= 0 && (size_t)written < sizeof value->words - used);
}

static void add_presets(struct value *value)
{
    for (const char *names = preset_names(); *names; names += strspn(names, ", ")) {
        size_t length = strcspn(names, ", ");
        add_word(value, names, length);
        names += length;
    }
}

/* One alternative of "PRESET|FILE.keras"; what follows the capitals is an example of an ending. */
static void add_form(struct value *value, const char *form, size_t length)
{
    static const char *const files[] = {"FILE", "PATH", "MODEL", "IN", "OUT", NULL};
    static const char *const directories[] = {"DIRECTORY", "DIR", "RUN_DIRECTORY", "RUN", NULL};
    size_t name = strspn(form, capitals);
    name = name < length ? name : length;
    if (name == 0) {
        add_word(value, form, length);
    } else if (is_one_of(form, name, files)) {
        value->files = true;
    } else if (is_one_of(form, name, directories)) {
        value->directories = true;
    } else if (name == strlen("PRESET") && strncmp(form, "PRESET", name) == 0) {
        add_presets(value);
    } else if (name == strlen("LIST") && strncmp(form, "LIST", name) == 0) {
        value->list = true;
        add_presets(value);
    }
}

static void add_forms(struct value *value, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        size_t form = strcspn(text, "|");
        if (text + form > end)
            form = (size_t)(end - text);
        add_form(value, text, form);
        text += form + 1;
    }
}

struct value value_of_option(const struct option_facts *option)
{
    struct value value = {.words = ""};
    for (const char *const *word = option->words; word && *word; word++)
        add_word(&value, *word, strlen(*word));
    add_forms(&value, option->argument, strlen(option->argument));
    return value;
}

struct arguments arguments_of_command(const struct command_facts *command)
{
    struct arguments arguments = {.count = 0};
    const char *text = command->arguments;
    while (*(text += strspn(text, " []"))) {
        size_t length = strcspn(text, " []");
        size_t dots = length > 3 && strncmp(text + length - 3, "...", 3) == 0 ? 3 : 0;
        int i = arguments.count++;
        assert(i < ARGUMENTS_MAX);
        snprintf(arguments.names[i], sizeof arguments.names[i], "%.*s", (int)(length - dots), text);
        add_forms(&arguments.values[i], text, length - dots);
        arguments.repeats = dots > 0;
        text += length;
    }
    return arguments;
}

bool value_is_open(const struct value *value)
{
    return !value->words[0] && !value->files && !value->directories;
}
