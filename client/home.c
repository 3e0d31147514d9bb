/* home.c: which node's directory a call is about (floor 2, noun: home). */
#include "client/home.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_HOMES "/var/lib/headway"

enum { LISTED_MAX = 700 }; /* bytes of the list of homes, so that the sentence around it fits an error */

/* The user's own homes; false when there is no home directory to speak of. */
static bool user_homes(char path[HW_HOME_PATH])
{
    const char *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
    int n = -1;
    if (data && *data == '/')
        n = snprintf(path, HW_HOME_PATH, "%s/headway", data);
    else if (user && *user)
        n = snprintf(path, HW_HOME_PATH, "%s/.local/share/headway", user);
    return n > 0 && n < HW_HOME_PATH;
}

/* A directory with headway.conf, or one that we may not look into. */
static bool is_home(const char *path)
{
    char file[HW_HOME_PATH + 32];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return false;
    snprintf(file, sizeof file, "%s/headway.conf", path);
    return stat(file, &st) == 0 || errno == EACCES;
}

struct found {
    char first[HW_HOME_PATH];
    char list[LISTED_MAX];
    size_t n;
};

static void note(struct found *found, const char *path)
{
    if (found->n++ == 0)
        snprintf(found->first, sizeof found->first, "%s", path);
    size_t used = strlen(found->list);
    if (used + strlen(path) + 2 < sizeof found->list)
        snprintf(found->list + used, sizeof found->list - used, " %s", path);
}

static void look_into(struct found *found, const char *parent)
{
    DIR *dir = opendir(parent);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[HW_HOME_PATH];
        int n = snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        if (entry->d_name[0] != '.' && n < (int)sizeof path && is_home(path))
            note(found, path);
    }
    closedir(dir);
}

enum hw_status hw_home_find(const char *wanted, char path[HW_HOME_PATH], struct hw_err *err)
{
    if (wanted) {
        struct stat st;
        if (snprintf(path, HW_HOME_PATH, "%s", wanted) >= HW_HOME_PATH)
            return hw_fail(err, HW_LIMIT, "the path of the home is too long");
        if (stat(wanted, &st) == 0 || errno == EACCES)
            return HW_OK;
        return hw_fail(err, HW_NOT_FOUND, "there is no home %s; make one: headway --home %s init --name CODE", wanted,
                       wanted);
    }
    struct found found = {.n = 0};
    char own[HW_HOME_PATH];
    look_into(&found, SYSTEM_HOMES);
    if (user_homes(own) && strcmp(own, SYSTEM_HOMES) != 0)
        look_into(&found, own);
    if (found.n == 0)
        return hw_fail(err, HW_NOT_FOUND,
                       "there is no home on this machine yet; make one: headway init --name CODE, or headway join FILE");
    if (found.n > 1)
        return hw_fail(err, HW_AMBIGUOUS, "there are %zu homes on this machine; name one with --home:%s", found.n,
                       found.list);
    snprintf(path, HW_HOME_PATH, "%s", found.first);
    return HW_OK;
}

/* Makes `path` and what is missing above it. */
static bool make_directories(const char *path)
{
    char part[HW_HOME_PATH];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(part, 0755) == 0 || errno == EEXIST;
}

enum hw_status hw_home_new(const char *wanted, const char *name, char path[HW_HOME_PATH], struct hw_err *err)
{
    char parent[HW_HOME_PATH] = SYSTEM_HOMES;
    if (wanted) {
        if (snprintf(path, HW_HOME_PATH, "%s", wanted) >= HW_HOME_PATH)
            return hw_fail(err, HW_LIMIT, "the path of the home is too long");
        return HW_OK;
    }
    if (!*name || strchr(name, '/') || *name == '.')
        return hw_fail(err, HW_USAGE, "\"%s\" cannot name a home; use a short code such as KAZ", name);
    if (geteuid() != 0 && !user_homes(parent))
        return hw_fail(err, HW_CONFIG, "HOME is not set; say where the node is to live: --home DIR");
    if (!make_directories(parent))
        return hw_fail(err, HW_IO, "cannot make %s: %s", parent, strerror(errno));
    if (snprintf(path, HW_HOME_PATH, "%s/%s", parent, name) >= HW_HOME_PATH)
        return hw_fail(err, HW_LIMIT, "the path of the home is too long");
    return HW_OK;
}
