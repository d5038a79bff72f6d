/* What the commands and their options are called, take and say: what --help prints, for the man pages, the reference in
 * docs/ and completion (src/manual). All texts are static. */
#ifndef MATINEE_COMMAND_FACTS_H
#define MATINEE_COMMAND_FACTS_H

#include <stdbool.h>

struct command_facts {
    const char *name, *summary;
    const char *arguments; /* as in a usage line, "MODEL [TEXT...]"; "": there are none */
    const char *details;   /* or NULL; an empty line ends a paragraph, "word   text" is a line of a list */
};

struct option_facts {
    const char *name;     /* "--epochs" */
    const char *argument; /* what --help calls its value, "N"; NULL: it takes none */
    const char *help;
    const char *const
        *words; /* that the value can be, perhaps beside others; ends with NULL. NULL: none is fixed */
};

/* The commands in the order of `matinee --help`, from 0; false beyond the last. */
bool command_facts(int command, struct command_facts *facts);

/* The options of command number `command` in the order of its --help, from 0, --help the last; false beyond it. */
bool command_option_facts(int command, int option, struct option_facts *facts);

#endif
