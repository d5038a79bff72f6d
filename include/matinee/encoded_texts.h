/* Texts as a model reads them: rows of ids, with their n-grams if the model has any. */
#ifndef MATINEE_ENCODED_TEXTS_H
#define MATINEE_ENCODED_TEXTS_H

#include "matinee/trainer.h"

struct encoded_texts {
    struct reviews reviews; /* as many as have been added; all labels 0 */
    const struct checkpoint *model;
    int32_t *words; /* of one text, which its n-grams are made of */
};

/* Room for `room` texts. The model, which has a vocabulary, must outlive them. Close it also where this fails. */
bool encoded_texts_open(struct encoded_texts *texts, const struct checkpoint *model, int room,
                        struct error *error);

/* One text more, for which there is room. False, with nothing added, as of vocabulary_encode. */
bool encoded_texts_add(struct encoded_texts *texts, const char *text, size_t bytes, struct error *error);

/* Of a zeroed struct, too. */
void encoded_texts_close(struct encoded_texts *texts);

#endif
