/* Reads the pickle of an array of reviews, as np.save writes an object array: each review a list of ranks, or an array
 * of int32 or int64. It is no general reader: nothing is imported, called or built. Of the opcodes only those are known
 * that such pickles have, in protocols 2 to 5; of globals only NumPy's constructors and _codecs.encode; and of tuples
 * only the arguments and states of these. Every other one is refused with its name and its offset in the member.
 *
 * Source: pickletools.py of CPython 3.11 for the opcodes; __reduce__ and __setstate__ of numpy.ndarray and numpy.dtype.
 */
#ifndef MATINEE_DATA_PICKLE_READ_H
#define MATINEE_DATA_PICKLE_READ_H

#include "npz_read.h"

/* What is read: as in struct ranked_reviews. */
struct pickle_rows {
    int64_t row_count, word_count;
    int32_t largest;             /* rank of all                                            */
    int64_t *starts;             /* out (rows_max + 1), or NULL: all is only counted       */
    int32_t *ranks;              /* out (words_max)                                        */
    int64_t rows_max, words_max; /* room, if there are arrays; more of either are an error */
};

/* Reads from the pickle's first byte to its last; it must hold `rows_stated` rows. Fills what is zeroed. A row may
 * be empty; each rank is from 1 to PICKLE_RANK_MAX. Memory: one row's bytes, besides a constant. */
enum { PICKLE_RANK_MAX = INT32_MAX - 3 };
bool pickle_read_rows(struct pickle_rows *rows, struct npz_reader *npz, int64_t rows_stated,
                      struct error *error);

#endif
