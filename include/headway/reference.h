/* reference.h: what a row of a plan answers to, as scheme:code.  Floor 0.
 * SDG:8.7 a target of the Sustainable Development Goals, GCM:15 an objective of
 * the Global Compact for Migration, ILO:C142 a convention (R a recommendation, P
 * a protocol), WHA:61.17 a resolution of the World Health Assembly, UNSC:1325 and
 * UNGA:70/1 resolutions of the United Nations. */
#ifndef HEADWAY_REFERENCE_H
#define HEADWAY_REFERENCE_H

#include "headway/bytes.h"

struct hw_references {
    const char **codes; /* "SDG:8.7", in the order of the text, each once */
    size_t n;
    const char *scheme; /* of the last one, for a list that was cut at its commas; "" for none */
    bool whole;         /* the text says nothing else: the codes may stand in its place */
};

/* "SDG 8.7", "GCM: objective 15", "ILO Convention n° 142", "WHA Resolutions 61.17 and 70.15", in the languages of
 * headings. `scheme` is that of the text before in the same cell, so that "8.8" after "SDG 8.7," is understood; "" or
 * NULL for none. No codes: the text is free. Memory: the arena. */
void hw_references_read(struct hw_arena *arena, struct hw_slice text, const char *scheme,
                        struct hw_references *references);

#endif
