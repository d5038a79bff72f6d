/* A loop whose turns are independent, on several threads. */
#ifndef MATINEE_DATA_PARALLEL_H
#define MATINEE_DATA_PARALLEL_H

/* Of the data: threads as given, 0: as many as there are processors, at most 8 of them, for memory is what bounds it. */
int parallel_threads(int wanted);

/* Calls turn(context, i) once for each 0 <= i < count, in any order, on up to so many threads, the caller's among them.
 * Where no thread can be had the caller does all. */
void parallel_for(int threads, int count, void (*turn)(void *context, int i), void *context);

#endif
