/* sim_misfit.h: what no right program writes, and a gate must be ready for:
 * verbs of a program gone wrong, that run through the real executor. */
#ifndef TESTS_SIM_MISFIT_H
#define TESTS_SIM_MISFIT_H

#include "daemon/verb.h"

#define SIM_MISFIT "misfit" /* their author */
enum { SIM_MISFITS = 5, SIM_UNKNOWN = 200 /* a field of a later version */ };
/* Arguments: id, text. */
extern const struct hw_verb sim_misfits[SIM_MISFITS];
/* One that seals what it writes: no node does so before its hub has read its token. */
bool sim_misfit_seals(const struct hw_verb *verb);

/* Writes without asking whether it may, as a program gone wrong would: "id", "text" (a country, or a title) and "how": "title",
 * "add", "remove" or "new". The gate alone is left to judge it. */
extern const struct hw_verb sim_trespass;

#endif
