/* What a shell can offer for a value, told by what --help calls it: FILE, PATH and names in capitals that stand for
 * files, DIRECTORY and DIR, PRESET, LIST (of presets, with commas), words in small letters for themselves; for all others
 * only the fixed words. */
#ifndef VALUE_H
#define VALUE_H

#include "matinee/command_facts.h"

#include <stdbool.h>

enum { VALUE_WORDS_BYTES = 1024, ARGUMENTS_MAX = 4 };

struct value {
    char words[VALUE_WORDS_BYTES]; /* with blanks between; "": none */
    bool files, directories, list;
};

struct arguments {
    struct value values[ARGUMENTS_MAX];
    char names[ARGUMENTS_MAX][64]; /* "MODEL" */
    int count;
    bool repeats; /* the last one */
};

/* Of an option that takes one. */
struct value value_of_option(const struct option_facts *option);

/* Of the arguments of a command, in their order. */
struct arguments arguments_of_command(const struct command_facts *command);

/* There is nothing to offer. */
bool value_is_open(const struct value *value);

#endif
