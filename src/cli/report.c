#include "commands.h"
#include "run_directory.h"
#include "run_report.h"

#include "matinee/output_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const enum option_id report_options[] = {OPTION_OUTPUT, OPTION_END};

static enum exit_status run_report(const struct options *options, struct error *error);

const struct command command_report = {
    .name = "report",
    .arguments = "RUN",
    .summary = "Make the page of a run again: curves, predictions, mistakes, times",
    .details =
        "RUN is the directory of a run, done or not. The page needs nothing beside it and shows what the "
        "directory holds; what is missing it says how to make. matinee train makes it at the end of each "
        "run.",
    .options = report_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_report,
};

/* The page must not take the place of what it is made of. */
static bool check_output(const char *directory, const char *output, struct error *error)
{
    static const char *const names[] = {"model.keras", "best.keras", "history.csv", "predictions.csv",
                                        "run.json"};
    char path[RUN_PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        if (output_file_would_replace(output, path))
            return error_set(error, "--output %s: is a file of the run; give the page another name", output);
    }
    return true;
}

static enum exit_status run_report(const struct options *options, struct error *error)
{
    const char *directory = options->arguments[0];
    char path[RUN_PATH_BYTES];
    struct stat status;
    if (stat(directory, &status) == 0 && !S_ISDIR(status.st_mode)) {
        error_set(error, "%s: is no directory; name the one of the run", directory);
        return STATUS_FAILED;
    }
    if (strlen(directory) + sizeof "/predictions.csv" > sizeof path) {
        error_set(error, "%.500s: the path is too long; go there and name it from there", directory);
        return STATUS_FAILED;
    }
    snprintf(path, sizeof path, "%s/report.html", directory);
    const char *output = options->output ? options->output : path;
    if (!check_output(directory, output, error))
        return STATUS_USAGE;
    if (!run_report_write(directory, output, error))
        return STATUS_FAILED;
    printf("Wrote %s\n", output);
    return flush_output(error) ? STATUS_DONE : STATUS_FAILED;
}
