#include "matinee/keras_file.h"

#include "matinee/output_file.h"

#include "config.h"
#include "weights.h"
#include "zip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STANDARD_MEMBERS = 3 };

/* Keras never reads this member. It holds no clock time, so that runs with equal seeds end in equal files;
 * the date is that of the zip's members. 3.0.0 is the oldest release that reads what we write. */
static const char metadata[] = "{\"keras_version\": \"3.0.0\", \"date_saved\": \"1980-01-01@00:00:00\"}";

static bool write_members(const char *path, const struct keras_contents *contents,
                          const struct keras_member standard[static STANDARD_MEMBERS], struct error *error)
{
    int count = STANDARD_MEMBERS + contents->member_count;
    struct keras_member *all = malloc((size_t)count * sizeof *all);
    if (!all)
        return error_memory(error, "the list of members", (size_t)count * sizeof *all);
    for (int i = 0; i < STANDARD_MEMBERS; i++)
        all[i] = standard[i];
    for (int i = 0; i < contents->member_count; i++) {
        assert(strncmp(contents->members[i].name, "matinee/", 8) == 0);
        all[STANDARD_MEMBERS + i] = contents->members[i];
    }
    bool written = zip_write(path, all, count, error);
    free(all);
    return written;
}

bool keras_file_write(const char *path, const struct keras_contents *contents, struct error *error)
{
    char *config = config_write(contents->spec);
    void *weights = NULL;
    size_t weights_bytes = 0;
    bool written = false;
    if (!config) {
        error_memory(error, "config.json", 0);
    } else if (!weights_write(&weights, &weights_bytes, contents->spec, contents->table, contents->state,
                              error)) {
        error_within(error, "%s", path);
    } else {
        const struct keras_member standard[STANDARD_MEMBERS] = {
            {"metadata.json", metadata, sizeof metadata - 1},
            {"config.json", config, strlen(config)},
            {"model.weights.h5", weights, weights_bytes},
        };
        written = write_members(path, contents, standard, error);
    }
    free(config);
    free(weights);
    return written;
}

bool keras_weights_write(const char *path, const struct keras_contents *contents, struct error *error)
{
    void *weights = NULL;
    size_t bytes = 0;
    if (!weights_write(&weights, &bytes, contents->spec, contents->table, contents->state, error))
        return error_within(error, "%s", path);
    bool written = output_file_write(path, weights, bytes, error);
    free(weights);
    return written;
}
