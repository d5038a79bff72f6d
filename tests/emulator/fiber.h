/* Threads of control with stacks of their own; each runs until it gives way. One host thread uses them. */
#ifndef FIBER_H
#define FIBER_H

struct fiber;

/* A fibre that will run main(), which never returns; it lives as long as the program. */
fiber *fiber_open(void (*main)());

/* Runs a fibre until it gives way. Not for use inside one. */
void fiber_resume(fiber *);

/* Gives way: back to who resumed the fibre that runs. */
void fiber_yield();

#endif
