/* Where a training run is written: model.keras, best.keras, history.csv, run.json. */
#ifndef MATINEE_CLI_RUN_DIRECTORY_H
#define MATINEE_CLI_RUN_DIRECTORY_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RUN_PATH_BYTES = 4096 };

struct run_directory {
    char path[RUN_PATH_BYTES - 32];
    bool is_default;
    const char *model; /* that the default path is made of */
    uint64_t seed;
    bool made;             /* and so removed again, with the folders above it, if nothing was written */
    size_t existing_bytes; /* of the path's front that existed before and stays */
};

/* Settles on a path and makes nothing yet: `out`, or without it runs/MODEL-SEED, with -2, -3 ... behind it if that
 * exists. MODEL is a preset or a file, of which the name without folder and ending is taken; it must outlive
 * the directory. Fails where the directory could not be made or written. */
bool run_directory_choose(struct run_directory *directory, const char *out, const char *model, uint64_t seed,
                          struct error *error);

/* Makes the directory and proves that a file can be made in it. If another run has taken the default path meanwhile,
 * it goes on to the next one. */
bool run_directory_make(struct run_directory *directory, struct error *error);

/* PATH/NAME. */
void run_directory_file(const struct run_directory *directory, const char *name, char path[RUN_PATH_BYTES]);

/* Removes files that a run which was killed while it wrote has left: NAME.XXXXXX of output_file.h. */
void run_directory_tidy(const struct run_directory *directory);

/* Removes what run_directory_make has made and nobody has written to; the path is then spent. */
void run_directory_close(struct run_directory *directory);

#endif
