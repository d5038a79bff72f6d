/* What the terminal behind a descriptor can show. */
#ifndef MATINEE_CLI_TERMINAL_H
#define MATINEE_CLI_TERMINAL_H

#include <stdbool.h>

/* Columns; 0 if it is no terminal or does not tell. */
int terminal_columns(int descriptor);

/* True for a terminal that can go back over a line: not where $TERM is unset, empty or "dumb". */
bool terminal_redraws(int descriptor);

/* False where $NO_COLOR asks for a screen without colours (no-color.org): set and not empty. */
bool terminal_colours(void);

#endif
