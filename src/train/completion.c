#include "matinee/trainer.h"

int trainer_best_epoch(const struct epoch_record *records, int count)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (records[i].validated &&
            (best < 0 || records[i].validation.accuracy > records[best].validation.accuracy))
            best = i;
    return best;
}

bool trainer_is_complete(const struct trainer_options *options, const struct epoch_record *records, int count)
{
    if (count >= options->epochs)
        return true;
    int best = trainer_best_epoch(records, count);
    return options->patience > 0 && best >= 0 && count - 1 - best >= options->patience;
}
