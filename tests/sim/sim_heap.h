/* sim_heap.h: where SQLite gets its memory in a simulator. */
#ifndef TESTS_SIM_HEAP_H
#define TESTS_SIM_HEAP_H

void sim_heap_begin(void); /* before SQLite's first call */

#endif
