/* config.c: headway.conf (floor 2, config).
 *
 * czmq's zconfig reads the ZPL; one table here says which keys there are. ZPL
 * has one entry on each line, so the n-th entry of the tree stands on the n-th line
 * that is neither empty nor a comment: that is how messages get line numbers. */
#include "daemon/config.h"

#include <czmq.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/home.h"
#include "headway/bytes.h"
#include "headway/id.h"
#include "headway/schema.h"

/* A filled-in file has 2 KiB; nobody writes 64. */
enum { FILE_MAX = 64 * 1024, KEY_BYTES = 32 };
/* As in link.h, to which a sibling has no business: needed for one comparison. */
enum { DEFAULT_HEARTBEAT_MS = 10000, DEFAULT_TIMEOUT_MS = 60000 };
/* A hub cannot know what stands in an office's file, and takes who is silent for longer for gone (link_conn.c). */
enum { MOST_HEARTBEAT_MS = 5 * 60 * 1000 };

enum type { OFFICE, KEY, ADDRESS, LEVEL, NUMBER, CHOICE };

struct key {
    const char *name;
    enum type type;
    size_t offset; /* in struct hw_config */
    int least, most; /* NUMBER */
    const char *example;
    const char *comment;
};

#define AT(member) offsetof(struct hw_config, member)
enum { HOUR = 3600 * 1000 };
/* The longest message, and the words around it, must fit a budget: one that never does would be begun anew each hour. */
enum { BUDGET_MIN = 300 * 1000, BUDGET_MAX = 2000 * 1000 * 1000 };

static const struct key keys[] = {
    {"name", OFFICE, AT(name), 0, 0, "KAZ", "This node's name: the code of its office."},
    {"root", KEY, AT(root), 0, 0, "(43 characters)",
     "Headquarters' signing key, from the invitation. A standalone office has none."},
    {"listen", ADDRESS, AT(listen), 0, 0, "tcp://0.0.0.0:7400",
     "Where offices reach this node. Only a hub or a relay has it."},
    {"address", ADDRESS, AT(address), 0, 0, "tcp://hq.example.org:7400",
     "What invitations name as this hub's address. Without it: `listen`, with the host's name for 0.0.0.0."},
    {"upstream", ADDRESS, AT(upstream), 0, 0, "tcp://hq.example.org:7400", "The hub that this node follows."},
    {"upstream_key", KEY, AT(upstream_key), 0, 0, "(43 characters)", "That hub's CURVE key, from the invitation."},
    {"log_level", LEVEL, AT(log_level), 0, 0, "notice", "How much is logged: error, warning, notice, info or debug."},
    {"heartbeat_ms", NUMBER, AT(heartbeat_ms), 100, MOST_HEARTBEAT_MS, "10000",
     "A sign of life is sent this often, at least every 300 s; without this: every 10 s, where the link is paid by the byte every 300 s."},
    {"timeout_ms", NUMBER, AT(timeout_ms), 200, HOUR, "60000",
     "A link without one for this long is lost. More than 4 * 224 KiB / the slowest link."},
    {"handshake_ms", NUMBER, AT(handshake_ms), 100, HOUR, "5000", "A new connection must have shown its key by then."},
    {"reconnect_ms", NUMBER, AT(reconnect_ms), 10, HOUR, "500",
     "Shortest wait before connecting again; the waits are random and grow."},
    {"reconnect_max_ms", NUMBER, AT(reconnect_max_ms), 10, HOUR, "60000", "Longest such wait."},
    {"metered", CHOICE, AT(metered), 0, 0, "no",
     "yes: of the link to the hub each byte is paid. What is changed now goes; for the rest somebody types `headway sync`."},
    {"bytes_per_hour", NUMBER, AT(bytes_per_hour), BUDGET_MIN, BUDGET_MAX, "500000",
     "What that link may cost in an hour, both ways, as the network counts it. Then it rests; `headway sync --now` goes on."},
    {"bytes_per_day", NUMBER, AT(bytes_per_day), BUDGET_MIN, BUDGET_MAX, "5000000", "And in a day."},
    {"key_overlap_days", NUMBER, AT(key_overlap_days), 1, 3650, "60",
     "At a hub or relay: how long after `headway key rotate` offices may still come with its former key."},
    {"max_peers", NUMBER, AT(max_peers), 1, 65000, "4096", "Connections served at once."},
    {"max_strangers", NUMBER, AT(max_strangers), 1, 65000, "1024",
     "Of these, such as have not shown an office's key yet; at most half of max_peers. The oldest make room."},
    {"max_per_address", NUMBER, AT(max_per_address), 1, 65000, "512", "Of those, from one address."},
    {"connects_per_second", NUMBER, AT(connects_per_second), 1, 100000, "200",
     "New connections from one address; five seconds' worth may come at once."},
    {"max_per_office", NUMBER, AT(max_per_office), 1, 1000, "4", "Connections of one office; the newest stay."},
    {"unfinished_kb", NUMBER, AT(unfinished_kb), 1024, 1048576, "2048",
     "KiB that a connection may send without completing a message."},
    {"hellos_per_minute", NUMBER, AT(hellos_per_minute), 1, 1000000, "300", "Sessions that one office may begin."},
    {"joins_per_minute", NUMBER, AT(joins_per_minute), 1, 1000000, "120", "Requests to join, of all invitations."},
    {"joins_per_address", NUMBER, AT(joins_per_address), 1, 1000000, "60", "Of those, from one address, in a minute."},
    {"joins_per_invitation", NUMBER, AT(joins_per_invitation), 1, 1000000, "10", "Of those, with one invitation, in a minute."},
    {"messages_per_second", NUMBER, AT(messages_per_second), 10, 1000000, "4000",
     "Messages of one office; four seconds' worth may come at once."},
    {"lives_per_day", NUMBER, AT(lives_per_day), 1, 1000000, "48",
     "Lives that one office may begin (restores, copies, changes of keys); each stays in the directory for ever."},
    {"refusals_per_minute", NUMBER, AT(refusals_per_minute), 1, 1000000, "600",
     "Streams that one office may push in vain before its session ends."},
    {"credit_kb", NUMBER, AT(credit_kb), 448, 896, "896",
     "KiB of changes that an office may send before this hub has stored what came before."},
    {"snapshot_events", NUMBER, AT(snapshot_events), 1, 1000000000, "2000",
     "Headquarters: a new office is sent the records of a group as they stand, not every change, where the last `headway backup` holds "
     "so many changes of it. One that is far behind is so from ten times as many on."},
    {"history_days", NUMBER, AT(history_days), 1, 1000000, "400",
     "An office: history of others older than this is let go once headquarters has it in a backup; `headway log` says so."},
};
enum { KEYS_N = sizeof keys / sizeof *keys };

static char **text_of(struct hw_config *config, const struct key *key)
{
    return (char **)(void *)((char *)config + key->offset);
}

static int *number_of(struct hw_config *config, const struct key *key)
{
    return (int *)(void *)((char *)config + key->offset);
}

static bool is_text(const struct key *key)
{
    return key->type != NUMBER && key->type != CHOICE;
}

void hw_config_done(struct hw_config *config)
{
    for (size_t i = 0; i < KEYS_N; i++)
        if (is_text(&keys[i]))
            free(*text_of(config, &keys[i]));
    *config = (struct hw_config){.name = NULL};
}

static void free_text(char **text)
{
    free(*text);
}

/* ---------------------------------------------------------------- values */

static bool is_key(const char *value)
{
    uint8_t bytes[KEY_BYTES];
    size_t n = 0;
    return sodium_base642bin(bytes, sizeof bytes, value, strlen(value), NULL, &n, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           n == KEY_BYTES;
}

static bool is_level(const char *value)
{
    static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(value, levels[i]) == 0)
            return true;
    return false;
}

/* Only the outline; the link looks closer when it connects. */
static bool is_address(const char *value)
{
    if (strncmp(value, "tcp://", 6) != 0 || !value[6])
        return false;
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '"' || *p == 0x7f)
            return false;
    return true;
}

/* NULL when the value is good, else what it should have been. */
static const char *wrong(const struct key *key, const char *value, int *number)
{
    char *end = NULL;
    long n;
    switch (key->type) {
    case OFFICE:
        return hw_office_code_valid(hw_slice_text(value)) ? NULL
                                                          : "1 to 16 capital letters, digits and hyphens, as in KAZ";
    case KEY:
        return is_key(value) ? NULL : "a key of 43 characters in base64url";
    case ADDRESS:
        return is_address(value) ? NULL : "an address as in tcp://hq.example.org:7400";
    case LEVEL:
        return is_level(value) ? NULL : "error, warning, notice, info or debug";
    case CHOICE:
        *number = strcmp(value, "yes") == 0 ? 1 : 2;
        return *number == 1 || strcmp(value, "no") == 0 ? NULL : "yes or no";
    case NUMBER:
        break;
    }
    n = *value >= '0' && *value <= '9' ? strtol(value, &end, 10) : -1;
    if (!end || *end || n < key->least || n > key->most)
        return "a whole number";
    *number = (int)n;
    return NULL;
}

static const struct key *find(const char *name)
{
    for (size_t i = 0; i < KEYS_N; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* --------------------------------------------------------------- reading */

struct reading {
    const char *path, *text;
    struct hw_config *config;
    struct hw_err *err;
    bool seen[KEYS_N];
    int entry; /* entries met so far */
};

/* Line, from 1, of the n-th entry (from 1). */
static int line_of(const char *text, int n)
{
    int line = 1;
    for (const char *p = text; *p; line++) {
        const char *end = p + strcspn(p, "\n");
        const char *first = p + strspn(p, " \t\r");
        if (first < end && *first != '#' && --n == 0)
            return line;
        p = *end ? end + 1 : end;
    }
    return line;
}

static enum hw_status unknown_key(struct reading *r, int line, const char *name)
{
    const char *names[KEYS_N];
    for (size_t i = 0; i < KEYS_N; i++)
        names[i] = keys[i].name;
    const char *near = hw_nearest(hw_slice_text(name), names, KEYS_N);
    return near ? hw_fail(r->err, HW_CONFIG, "%s:%d: unknown key '%.60s', did you mean '%s'?", r->path, line, name, near)
                : hw_fail(r->err, HW_CONFIG, "%s:%d: unknown key '%.60s'", r->path, line, name);
}

static enum hw_status take_value(struct reading *r, const struct key *key, const char *value, int line)
{
    if (!value || !*value)
        return hw_fail(r->err, HW_CONFIG, "%s:%d: '%s' has no value; write one or take the line out", r->path, line,
                       key->name);
    int number = 0;
    const char *expected = wrong(key, value, &number);
    if (expected && key->type == NUMBER)
        return hw_fail(r->err, HW_CONFIG, "%s:%d: '%s' is '%.60s', and must be %s from %d to %d", r->path, line,
                       key->name, value, expected, key->least, key->most);
    if (expected)
        return hw_fail(r->err, HW_CONFIG, "%s:%d: '%s' is '%.60s', and must be %s", r->path, line, key->name, value,
                       expected);
    if (!is_text(key)) {
        *number_of(r->config, key) = number;
    } else {
        size_t n = strlen(value) + 1;
        *text_of(r->config, key) = memcpy(hw_alloc(n), value, n);
    }
    return HW_OK;
}

static enum hw_status take_entry(struct reading *r, zconfig_t *entry)
{
    int line = line_of(r->text, ++r->entry);
    const struct key *key = find(zconfig_name(entry));
    if (!key)
        return unknown_key(r, line, zconfig_name(entry));
    bool *seen = &r->seen[key - keys];
    if (*seen)
        return hw_fail(r->err, HW_CONFIG, "%s:%d: '%s' stands here a second time", r->path, line, key->name);
    *seen = true;
    return take_value(r, key, zconfig_value(entry), line);
}

/* What only the whole tells. */
static enum hw_status check_together(struct reading *r)
{
    const struct hw_config *c = r->config;
    if (!c->name)
        return hw_fail(r->err, HW_CONFIG, "%s: 'name' is missing: write the code of this node's office", r->path);
    if (c->upstream && !c->upstream_key)
        return hw_fail(r->err, HW_CONFIG, "%s: 'upstream' needs 'upstream_key', the hub's key from the invitation",
                       r->path);
    if (!c->upstream && (c->metered == 1 || c->bytes_per_hour || c->bytes_per_day))
        return hw_fail(r->err, HW_CONFIG, "%s: 'metered', 'bytes_per_hour' and 'bytes_per_day' are about the link to a hub, and"
                       " this node follows none: set them at the offices", r->path);
    int heartbeat = c->heartbeat_ms ? c->heartbeat_ms : DEFAULT_HEARTBEAT_MS;
    int timeout = c->timeout_ms ? c->timeout_ms : DEFAULT_TIMEOUT_MS;
    if (timeout <= heartbeat)
        return hw_fail(r->err, HW_CONFIG, "%s: timeout_ms (%d) must be greater than heartbeat_ms (%d)", r->path,
                       timeout, heartbeat);
    return HW_OK;
}

/* What is wrong with the line at `p`, or NULL. */
static const char *bad_line(const char *p)
{
    const char *end = p + strcspn(p, "\r\n");
    if (*end == '\r' && end[1] && end[1] != '\n')
        return "a carriage return stands inside this line";
    if (p + strspn(p, " \t") >= end || *p == '#')
        return NULL;
    if (*p == ' ' || *p == '\t')
        return "this line is indented; every line starts at the margin";
    size_t name = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    p += name;
    p += strspn(p, " \t");
    if (name == 0 || *p != '=')
        return "this is not a line of the form `key = value`";
    p++;
    p += strspn(p, " \t");
    if (*p != '"' && *p != '\'')
        return NULL;
    const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
    if (!close)
        return "the closing quotation mark is missing";
    close++;
    close += strspn(close, " \t");
    return close >= end || *close == '#' ? NULL : "something stands after the closing quotation mark";
}

/* zconfig tells of bad syntax on standard output and nowhere else, so it only
 * gets to see good lines. Sections, which ZPL has, are not used. */
static enum hw_status check_lines(struct reading *r)
{
    int line = 1;
    for (const char *p = r->text; *p; line++) {
        const char *problem = bad_line(p);
        if (problem)
            return hw_fail(r->err, HW_CONFIG, "%s:%d: %s", r->path, line, problem);
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return HW_OK;
}

static enum hw_status read_text(struct reading *r)
{
    enum hw_status status = check_lines(r);
    if (status != HW_OK)
        return status;
    /* Before anything else of czmq, which would take SIGINT and SIGTERM. */
    zsys_handler_set(NULL);
    HW_CLEANUP(zconfig_destroy) zconfig_t *tree = zconfig_str_load(r->text);
    if (!tree)
        return hw_fail(r->err, HW_CONFIG, "%s: not readable as `key = value` lines", r->path);
    for (zconfig_t *entry = zconfig_child(tree); entry; entry = zconfig_next(entry)) {
        status = take_entry(r, entry);
        if (status != HW_OK)
            return status;
    }
    return check_together(r);
}

enum hw_status hw_config_read(const char *path, struct hw_config *config, struct hw_err *err)
{
    HW_CLEANUP(free_text) char *text = NULL;
    size_t n = 0;
    *config = (struct hw_config){.name = NULL};
    enum hw_status status = hw_file_read(path, FILE_MAX, &text, &n, err);
    if (status != HW_OK)
        return HW_CONFIG;
    if (strlen(text) != n)
        return hw_fail(err, HW_CONFIG, "%s: not a text file (it holds a NUL byte)", path);
    struct reading reading = {.path = path, .text = text, .config = config, .err = err};
    status = read_text(&reading);
    if (status != HW_OK)
        hw_config_done(config);
    return status;
}

/* --------------------------------------------------------------- writing */

static void write_key(FILE *to, const struct key *key, const struct hw_config *config)
{
    /* The pointers are only read through. */
    struct hw_config copy = *config;
    fprintf(to, "\n# %s\n", key->comment);
    if (key->type == NUMBER && *number_of(&copy, key))
        fprintf(to, "%s = %d\n", key->name, *number_of(&copy, key));
    else if (key->type == CHOICE && *number_of(&copy, key))
        fprintf(to, "%s = %s\n", key->name, *number_of(&copy, key) == 1 ? "yes" : "no");
    else if (is_text(key) && *text_of(&copy, key))
        fprintf(to, "%s = \"%s\"\n", key->name, *text_of(&copy, key));
    else
        fprintf(to, "# %s = %s\n", key->name, key->example);
}

/* What is written must be readable again. */
static enum hw_status check_values(const struct hw_config *config, struct hw_err *err)
{
    struct hw_config copy = *config;
    for (size_t i = 0; i < KEYS_N; i++) {
        int number;
        const char *value = is_text(&keys[i]) ? *text_of(&copy, &keys[i]) : NULL;
        const char *expected = value ? wrong(&keys[i], value, &number) : NULL;
        if (expected)
            return hw_fail(err, HW_CONFIG, "'%s' is '%.60s', and must be %s", keys[i].name, value, expected);
    }
    return HW_OK;
}

enum hw_status hw_config_write(const char *path, const struct hw_config *config, struct hw_err *err)
{
    enum hw_status status = check_values(config, err);
    if (status != HW_OK)
        return status;
    HW_CLEANUP(free_text) char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to)
        return hw_fail(err, HW_FAILED, "out of memory");
    fprintf(to, "# Headway: one node's settings, read at its start. Lines with # count for nothing.\n");
    for (size_t i = 0; i < KEYS_N; i++)
        write_key(to, &keys[i], config);
    if (fclose(to) != 0)
        return hw_fail(err, HW_FAILED, "out of memory");
    return hw_file_write(path, text, n, 0600, err);
}
