/* fuzz_office.h: an office with two plans, for the targets that ask a store. The same in every process: chance is
 * replaced before anything is drawn. Its files are unlinked at once. */
#ifndef TESTS_FUZZ_OFFICE_H
#define TESTS_FUZZ_OFFICE_H

#include "tests/unit/verb_world.h"

#include "fuzz.h"

static inline uint32_t fuzz_chance(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

static inline void fuzz_chances(void *const to, const size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = (uint8_t)fuzz_chance();
}

static inline const char *fuzz_chance_name(void)
{
    return "fuzz";
}

static inline struct world *fuzz_office(void)
{
    static struct world *world;
    static struct randombytes_implementation chance = {
        .implementation_name = fuzz_chance_name, .random = fuzz_chance, .buf = fuzz_chances};
    static const char *const files[] = {"headway.db", "headway.db-wal", "headway.db-shm"};
    char path[128];
    if (world)
        return world;
    randombytes_set_implementation(&chance);
    world = world_open("KAZ", false);
    ask_ok(world, "group.add", "{'code':'wg6'}");
    ask_ok(world, "group.add", "{'code':'wg7'}");
    ask_ok(world, "plan.add", "{'group':'wg6','title':'First','assign':['code=p1','period=2015/2017']}");
    ask_ok(world, "plan.add", "{'group':'wg7','title':'Second','assign':['code=p2']}");
    ask_ok(world, "add", "{'plan':'p1','title':'Café strategy','assign':['countries=KAZ,MEX','deadline=2016-12',"
                         "'responsible=WHO,Regional MCO','status=in progress','themes=water','number=1.1']}");
    ask_ok(world, "add", "{'plan':'p1','title':'Old law','type':'milestone','assign':['countries=FRA',"
                         "'deadline=2015-03-04','status=completed','number=1.2']}");
    ask_ok(world, "comment", "{'id':'p1/1.1','text':'late'}");
    ask_ok(world, "add", "{'plan':'p2','title':'Toolkit','type':'target','assign':['description=for it']}");
    ask_ok(world, "add", "{'kind':'member','group':'wg7','title':'UNDP','assign':['countries=KAZ']}");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", world->dir, files[i]);
        unlink(path);
    }
    rmdir(world->dir);
    return world;
}

#endif
