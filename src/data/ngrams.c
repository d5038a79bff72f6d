#include "ngram_table.h"

#include <stdlib.h>

int ngrams_order(const struct ngrams *ngrams)
{
    return ngrams->n;
}

int ngrams_words(const struct ngrams *ngrams)
{
    return ngrams->V;
}

int64_t ngrams_count(const struct ngrams *ngrams)
{
    int64_t count = 0;
    for (int k = 1; k <= ngrams->n; k++)
        count += ngrams->tables[k - 1].count;
    return count;
}

void ngrams_close(struct ngrams *ngrams)
{
    if (ngrams == NULL)
        return;
    for (int k = 0; k < NGRAMS_MAX; k++)
        ngram_table_close(&ngrams->tables[k]);
    free(ngrams);
}
