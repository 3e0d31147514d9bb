/* sim_schema.h: releases that know more or less: nodes whose schema lacks the
 * newest field of items and the newest kind, until they are upgraded. */
#ifndef TESTS_SIM_SCHEMA_H
#define TESTS_SIM_SCHEMA_H

#include "tests/sim/sim_work.h"

/* Whose schema hw_schema[] is from now on. */
void sim_schema_use(bool old);
/* What a release knows that an older one does not: a field of an item, and a kind. */
const struct hw_field *sim_schema_field(void);
const struct hw_kind *sim_schema_kind(void);

/* sim_upgrade.c: some nodes begin with the older release and get the newer one some time; at last all do. */
void sim_upgrade_begin(struct sim_world *world);
void sim_upgrade_all(struct sim_world *world);
/* A record of the newest kind. Arguments: group, text. */
extern const struct hw_verb sim_new_kind;

#endif
