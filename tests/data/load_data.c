/* load_data PATH: what `/usr/bin/time -v` is run on to measure how long a data set takes to load. */
#include "matinee/data.h"

#include <stdio.h>

int main(int count, char **arguments)
{
    struct dataset_options options = {
        .path = count > 1 ? arguments[1] : NULL, .num_words = 5000, .maxlen = 500};
    struct dataset dataset;
    struct error error;
    if (!dataset_open(&dataset, &options, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("%s: %d + %d reviews, %d words\n", dataset.source, dataset.train.count, dataset.test.count,
           word_index_count(dataset.words));
    dataset_close(&dataset);
    return 0;
}
