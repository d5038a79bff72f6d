#include "matinee/ranks.h"
#include "matinee/session.h"

bool session_add_ngrams(struct session *session, const struct options *options, struct error *error)
{
    struct reviews *test = &session->data.test, expanded;
    const struct ngrams *ngrams = session->model.ngrams;
    if (!ngrams)
        return true;
    if (!ngrams_check_bytes(ngrams_order(ngrams), ngrams_words(ngrams), test->count, test->T,
                            ranks_available_bytes(options), error) ||
        !ngrams_expand(ngrams, test, options->threads, &expanded, error))
        return false;
    ngrams_free_rows(test);
    *test = expanded;
    return true;
}
