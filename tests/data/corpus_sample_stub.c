/* Stands in for the built-in sample: these tests only ask when it is used. */
#include "corpus_sample.h"

#include <string.h>

bool corpus_sample_read(struct corpus *corpus, struct error *error)
{
    static const char *const texts[] = {"awful, awful film", "a wonderful film"};
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        for (int positive = 0; positive < 2; positive++)
            if (!corpus_add(corpus, split, positive, "0.txt", texts[positive], strlen(texts[positive]),
                            error))
                return false;
    return true;
}
