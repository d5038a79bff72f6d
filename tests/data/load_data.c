/* load_data PATH [CACHE [THREADS]]: what `/usr/bin/time -v` is run on to measure how long a data set takes to load. */
#include "matinee/data.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
    struct dataset_options options = {.path = count > 1 ? arguments[1] : NULL,
                                      .num_words = 5000,
                                      .maxlen = 500,
                                      .cache = count > 2 ? arguments[2] : NULL,
                                      .threads = count > 3 ? atoi(arguments[3]) : 0};
    struct dataset dataset;
    struct error error;
    if (!dataset_open(&dataset, &options, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("%s: %d + %d reviews, %d words, %.3f s%s%s\n", dataset.source, dataset.train.count,
           dataset.test.count, dataset.words != NULL ? word_index_count(dataset.words) : 0, dataset.seconds,
           dataset.from_cache ? " from the cache" : "", dataset.is_cached ? ", which has them" : "");
    if (dataset.cache_note[0] != '\0')
        printf("note: %s\n", dataset.cache_note);
    dataset_close(&dataset);
    return 0;
}
