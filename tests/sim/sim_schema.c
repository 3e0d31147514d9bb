/* sim_schema.c: proto/schema.c with a table that can be changed, in place of the
 * one that is const: each node's code walks the schema of its own release. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "headway/bytes.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"
#define const
#include "proto/schema.c"
#undef const
#pragma GCC diagnostic pop

#include "tests/sim/sim_schema.h"

enum { KINDS = sizeof hw_schema / sizeof *hw_schema, ITEM = HW_KIND_ITEM - 1,
       ITEM_FIELDS = sizeof item_fields / sizeof *item_fields };

void sim_schema_use(bool old)
{
    hw_schema_n = KINDS - old;
    hw_schema[ITEM].fields_n = (size_t)ITEM_FIELDS - old;
}

const struct hw_field *sim_schema_field(void)
{
    return &item_fields[ITEM_FIELDS - 1];
}

const struct hw_kind *sim_schema_kind(void)
{
    return &hw_schema[KINDS - 1];
}
