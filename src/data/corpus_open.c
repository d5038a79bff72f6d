/* Chooses how a corpus is read. */
#include "corpus.h"

#include "corpus_sample.h"
#include "zip_archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct table_options no_options = {.test = NULL};

static bool examine(const char *path, struct stat *status, const char *remedy, struct error *error)
{
    return stat(path, status) == 0 || error_set(error, "%s: %s; %s", path, strerror(errno), remedy);
}

bool corpus_check_no_table(const char *path, const struct table_options *options, struct error *error)
{
    const char *given = options->test != NULL || options->test_fraction > 0 ? "--test"
                        : options->text_column != NULL                      ? "--text-column"
                        : options->label_column != NULL                     ? "--label-column"
                        : options->no_quotes                                ? "--no-quotes"
                                                                            : NULL;
    return given == NULL || error_set(error, "%s: is no .csv or .tsv; leave %s out", path, given);
}

static bool read_test_table(struct corpus *corpus, const struct table_options *options, struct error *error)
{
    static const char remedy[] = "name a .csv or a .tsv with the test reviews";
    struct stat status;
    if (!examine(options->test, &status, remedy, error))
        return false;
    if (!S_ISREG(status.st_mode) || !(corpus_is_table_name(options->test) || zip_is_archive(options->test)))
        return error_set(error, "%s: is no table; %s", options->test, remedy);
    snprintf(corpus->source + strlen(corpus->source), sizeof corpus->source - strlen(corpus->source),
             " and %s", options->test);
    return corpus_table_read(corpus, CORPUS_TEST, options->test, options, error);
}

static bool read_tables(struct corpus *corpus, const char *path, bool test_only,
                        const struct table_options *options, struct error *error)
{
    struct corpus_part *train = &corpus->parts[CORPUS_TRAIN], *test = &corpus->parts[CORPUS_TEST];
    bool holds_out = options->test_fraction > 0, has_test = holds_out || options->test != NULL;
    train->skipped = test_only && !holds_out; /* which are held out is known at the end */
    if (!corpus_table_read(corpus, test_only && !has_test ? CORPUS_TEST : CORPUS_TRAIN, path, options, error))
        return false;
    if (holds_out ? !corpus_hold_out(corpus, options->test_fraction, error)
                  : has_test && !read_test_table(corpus, options, error))
        return false;
    train->skipped = test_only;
    if (test->table == NULL) {
        test->table = strdup(train->table);
        if (test->table == NULL)
            return error_memory(error, "a path", strlen(train->table) + 1);
    }
    return true;
}

/* Of a zip the members tell what it is. */
static bool is_table(const char *path, bool *table, struct error *error)
{
    *table = corpus_is_table_name(path);
    if (*table || !zip_is_archive(path))
        return true;
    char *member;
    if (!zip_find_table(path, &member, error))
        return false;
    *table = member != NULL;
    free(member);
    return true;
}

bool corpus_open(struct corpus *corpus, const char *path, bool test_only, const struct table_options *table,
                 struct error *error)
{
    const struct table_options *options = table != NULL ? table : &no_options;
    snprintf(corpus->source, sizeof corpus->source, "%s", path);
    struct stat status;
    bool is_directory, tabular = false;
    if (!examine(path, &status,
                 "name the aclImdb directory or its archive (.tar.gz, .tar.xz or .zip), a .csv or a .tsv, or "
                 "run scripts/fetch_imdb.sh to get the first",
                 error))
        return false;
    is_directory = S_ISDIR(status.st_mode);
    if (!is_directory && !is_table(path, &tabular, error))
        return false;
    if (tabular)
        return read_tables(corpus, path, test_only, options, error) && corpus_finish(corpus, error);

    corpus->parts[CORPUS_TRAIN].skipped = test_only;
    if (!corpus_check_no_table(path, options, error))
        return false;
    bool read = is_directory           ? corpus_directory_read(corpus, path, error)
                : zip_is_archive(path) ? corpus_zip_read(corpus, path, error)
                                       : corpus_archive_read(corpus, path, error);
    return read && corpus_finish(corpus, error);
}

bool corpus_open_sample(struct corpus *corpus, bool test_only, struct error *error)
{
    snprintf(corpus->source, sizeof corpus->source, "built-in sample");
    corpus->parts[CORPUS_TRAIN].skipped = test_only;
    return corpus_sample_read(corpus, error) && corpus_finish(corpus, error);
}
