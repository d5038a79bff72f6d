/* What is the same on every page: exit statuses, environment variables, files. */
#ifndef NOTES_H
#define NOTES_H

#include "matinee/command_facts.h"

#include <stdbool.h>

struct note {
    const char *name, *text;
    const char *option;  /* concerns the commands that have it; NULL: all */
    const char *command; /* and this one, too; or NULL */
};

/* Each list ends with an entry without a name. */
extern const struct note exit_statuses[], environment_variables[], files_used[];

/* Whether the note concerns command number `command`; -1 is the program as a whole. */
bool note_concerns(const struct note *note, int command);

#endif
