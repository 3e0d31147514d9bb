/* relations.c: what one part of a package says about others.
 * Floor 2, noun: import relation.  "_rels/x.xml.rels" beside a part x.xml names the
 * parts and addresses that it speaks of by an id (ECMA-376 part 2, 9.3). */
#include <stdlib.h>
#include <string.h>

#include "client/import/package.h"

/* A sheet may have 65,530 links (Excel's limit), each a relation. */
enum { RELATIONS_MAX = 70000 };
/* A longer address is no address. */
enum { TARGET_BYTES_MAX = 4000 };

struct reading {
    struct hw_import_package *package;
    const char *part;
    struct hw_import_relations *relations;
};

/* The folder of `part` and the target, without "." and "..". */
static const char *resolve(const char *part, const char *target, struct hw_arena *arena)
{
    const char *slash = strrchr(part, '/');
    char *path = target[0] == '/' || slash == NULL
                     ? hw_arena_printf(arena, "%s", target)
                     : hw_arena_printf(arena, "%.*s/%s", (int)(slash - part), part, target);
    char *out = path;
    for (const char *at = path; *at != 0;) {
        size_t n = strcspn(at, "/\\");
        if (n == 2 && memcmp(at, "..", 2) == 0) {
            if (out > path)
                out--;
            while (out > path && out[-1] != '/')
                out--;
        } else if (n > 0 && !(n == 1 && *at == '.')) {
            memmove(out, at, n);
            out += n;
            if (at[n] != 0)
                *out++ = '/';
        }
        at += n + (at[n] != 0);
    }
    *out = 0;
    return path;
}

static void on_open(struct hw_import_xml *xml, const char *name, const char **attributes)
{
    struct reading *r = xml->user;
    struct hw_import_relations *all = r->relations;
    struct hw_arena *arena = r->package->arena;
    const char *id = hw_import_xml_get(attributes, "Id"), *type = hw_import_xml_get(attributes, "Type");
    const char *target = hw_import_xml_get(attributes, "Target"), *mode = hw_import_xml_get(attributes, "TargetMode");
    if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL || target == NULL)
        return;
    if (all->n == RELATIONS_MAX || strlen(target) > TARGET_BYTES_MAX) {
        hw_import_xml_fail(xml, HW_LIMIT, "the file has more than %d links, or one of more than %d bytes", RELATIONS_MAX,
                           TARGET_BYTES_MAX);
        return;
    }
    if (all->n == all->cap) {
        size_t cap = all->cap == 0 ? 16 : all->cap * 2;
        struct hw_import_relation *more = hw_arena_alloc(arena, cap * sizeof *more);
        if (all->n > 0)
            memcpy(more, all->p, all->n * sizeof *more);
        all->p = more;
        all->cap = cap;
    }
    const char *word = strrchr(type, '/');
    bool outside = mode != NULL && strcmp(mode, "External") == 0;
    word = word != NULL ? word + 1 : type;
    all->p[all->n++] = (struct hw_import_relation){
        hw_arena_text(arena, id, strlen(id)), hw_arena_text(arena, word, strlen(word)),
        outside ? hw_arena_text(arena, target, strlen(target)) : resolve(r->part, target, arena), outside};
}

static void on_close(struct hw_import_xml *xml, const char *name)
{
    (void)xml, (void)name;
}

static void on_text(struct hw_import_xml *xml, struct hw_slice text)
{
    (void)xml, (void)text;
}

static int by_id(const void *a, const void *b)
{
    const struct hw_import_relation *one = a, *other = b;
    return strcmp(one->id, other->id);
}

enum hw_status hw_import_relations_read(struct hw_import_package *package, const char *part,
                                        struct hw_import_relations *relations, struct hw_err *err)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL ? (int)(slash - part) + 1 : 0;
    const char *name = hw_arena_printf(package->arena, "%.*s_rels/%s.rels", folder, part, part + folder);
    const struct hw_import_part *found = hw_import_package_part(package, name);
    struct reading reading = {package, part, relations};
    struct hw_import_xml xml = {.user = &reading, .open = on_open, .close = on_close, .text = on_text};
    *relations = (struct hw_import_relations){NULL, 0, 0};
    if (found == NULL)
        return HW_OK;
    enum hw_status status = hw_import_package_read(package, found, &xml, err);
    if (status == HW_OK && relations->n > 1)
        qsort(relations->p, relations->n, sizeof *relations->p, by_id);
    return status;
}

const struct hw_import_relation *hw_import_relation_id(const struct hw_import_relations *relations, const char *id)
{
    struct hw_import_relation wanted = {.id = id};
    if (id == NULL || relations->n == 0)
        return NULL;
    return bsearch(&wanted, relations->p, relations->n, sizeof wanted, by_id);
}

const struct hw_import_part *hw_import_relation_part(const struct hw_import_package *package,
                                                     const struct hw_import_relations *relations, const char *type)
{
    for (size_t i = 0; i < relations->n; i++) {
        const struct hw_import_relation *relation = &relations->p[i];
        if (relation->outside || strcmp(relation->type, type) != 0)
            continue;
        const struct hw_import_part *part = hw_import_package_part(package, relation->target);
        if (part != NULL)
            return part;
    }
    return NULL;
}
