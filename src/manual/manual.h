/* Man pages, the reference in docs/commands.md and completion for shells, all made of what the commands and options say
 * of themselves (matinee/command_facts.h). The writers leave errors to their callers: see ferror. */
#ifndef MANUAL_H
#define MANUAL_H

#include <stdio.h>

/* matinee.1, and the page of command number `command`, matinee-NAME.1, as roff. */
void manual_man_program(FILE *out);
void manual_man_command(FILE *out, int command);

/* docs/commands.md. */
void manual_markdown(FILE *out);

/* What bash reads from bash-completion/completions/matinee, and zsh from site-functions/_matinee. */
void manual_bash(FILE *out);
void manual_zsh(FILE *out);

/* A paragraph in these languages: words on lines of their widths, what is special escaped, options marked. */
void manual_roff_text(FILE *out, const char *text, size_t length);
void manual_markdown_text(FILE *out, const char *text, size_t length);

#endif
