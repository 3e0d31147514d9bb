/* act.c: the table of acts (floor 3, noun: act). */
#include "daemon/act.h"

static const struct hw_act acts[] = {
    {"upstream", hw_act_upstream},
};

const struct hw_act *hw_act_find(struct hw_slice name)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (hw_slice_is(name, acts[i].name))
            return &acts[i];
    return NULL;
}
