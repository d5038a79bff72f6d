/* Chooses how a corpus is read. */
#include "corpus.h"

#include "corpus_sample.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool corpus_open(struct corpus *corpus, const char *path, bool test_only, struct error *error)
{
    snprintf(corpus->source, sizeof corpus->source, "%s", path);
    corpus->parts[CORPUS_TRAIN].skipped = test_only;
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error,
                         "%s: %s; name the aclImdb directory or its archive (.tar.gz or .tar.xz), or run "
                         "scripts/fetch_imdb.sh to get it",
                         path, strerror(errno));
    bool read = S_ISDIR(status.st_mode) ? corpus_directory_read(corpus, path, error)
                                        : corpus_archive_read(corpus, path, error);
    return read && corpus_finish(corpus, error);
}

bool corpus_open_sample(struct corpus *corpus, bool test_only, struct error *error)
{
    snprintf(corpus->source, sizeof corpus->source, "built-in sample");
    corpus->parts[CORPUS_TRAIN].skipped = test_only;
    return corpus_sample_read(corpus, error) && corpus_finish(corpus, error);
}
