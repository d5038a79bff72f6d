/* The cache as dataset_open uses it: for some data and options it has an entry or it has none. */
#ifndef MATINEE_DATA_DATA_CACHE_H
#define MATINEE_DATA_DATA_CACHE_H

#include "dataset_read.h"
#include "source_mark.h"

struct data_cache {
    const char *directory; /* NULL: there is none to be used */
    struct cached_file {
        const char *path; /* NULL: no such file */
        struct source_mark mark;
        struct hash128 contents;
        bool was_read; /* to know its contents */
    } data, test;      /* test: a table of its own */
    struct hash128 key;
    bool has_entry; /* of the key, and it is sound */
};

/* Looks for an entry; fills the zeroed struct and returns true if there is one. A damaged one is told by `note`.
 * Without a directory, of the sample, and of data that cannot be looked at nothing is found and nothing kept. */
bool data_cache_find(struct data_cache *cache, struct ranked_corpus *ranked,
                     const struct reviews_source *source, const struct dataset_options *options, int threads,
                     char note[static ERROR_MESSAGE_BYTES]);

/* Keeps what was read of the same data, if they have not changed meanwhile. False without an entry; `note` says why if
 * one should be there. */
bool data_cache_keep(struct data_cache *cache, const struct ranked_corpus *ranked, int threads,
                     char note[static ERROR_MESSAGE_BYTES]);

#endif
