/* Prints the man pages, the reference and the completion, or writes all that is installed into a directory. Built, never
 * installed. */
#include "manual.h"

#include "matinee/command_facts.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool print_man(const char *name)
{
    struct command_facts facts;
    if (!name) {
        manual_man_program(stdout);
        return true;
    }
    for (int i = 0; command_facts(i, &facts); i++) {
        if (strcmp(facts.name, name) != 0)
            continue;
        manual_man_command(stdout, i);
        return true;
    }
    return false;
}

/* DIRECTORY/NAME, open; NULL with a line on standard error. */
static FILE *create(const char *directory, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);
    FILE *file = NULL;
    if (length > 0 && length < PATH_MAX)
        file = fopen(path, "w");
    else
        errno = ENAMETOOLONG;
    if (!file)
        fprintf(stderr, "make_manual: %s: %s\n", path, strerror(errno));
    return file;
}

static bool finish(FILE *file, const char *path)
{
    bool failed = ferror(file);
    if (fclose(file) == 0 && !failed)
        return true;
    fprintf(stderr, "make_manual: %s: %s\n", path, strerror(errno));
    return false;
}

static bool write_one(const char *directory, const char *name, void (*print)(FILE *out))
{
    char path[PATH_MAX];
    FILE *file = create(directory, name, path);
    if (!file)
        return false;
    print(file);
    return finish(file, path);
}

static bool write_all(const char *directory)
{
    struct command_facts facts;
    char name[64], path[PATH_MAX];
    if (!write_one(directory, "matinee.1", manual_man_program) ||
        !write_one(directory, "matinee", manual_bash) || !write_one(directory, "_matinee", manual_zsh))
        return false;
    for (int i = 0; command_facts(i, &facts); i++) {
        snprintf(name, sizeof name, "matinee-%s.1", facts.name);
        FILE *file = create(directory, name, path);
        if (!file)
            return false;
        manual_man_command(file, i);
        if (!finish(file, path))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *name = argc > 2 ? argv[2] : NULL;
    bool done = argc <= 3;
    if (strcmp(what, "man") == 0)
        done = done && print_man(name);
    else if (strcmp(what, "files") == 0 && name)
        return write_all(name) ? 0 : 1;
    else if (strcmp(what, "markdown") == 0 && !name)
        manual_markdown(stdout);
    else if (strcmp(what, "bash") == 0 && !name)
        manual_bash(stdout);
    else if (strcmp(what, "zsh") == 0 && !name)
        manual_zsh(stdout);
    else
        done = false;
    if (!done) {
        fputs("usage: make_manual man [COMMAND] | markdown | bash | zsh | files DIRECTORY\n", stderr);
        return 2;
    }
    return finish(stdout, "standard output") ? 0 : 1;
}
