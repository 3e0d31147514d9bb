/* rogue_main.c: what the rogue is told to do: one command a line on standard input, one line of JSON each on standard
 * output. The first lines are its identity: NAME VALUE, keys in hexadecimal, until `go`. And
 * `rogue enter HOME GROUP FROM N`, which is alliance_enter(). */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/hostile/alliance.h"
#include "tests/hostile/rogue.h"

enum { SOCKETS_MAX = 8192 }; /* ZeroMQ's own limit is 1,023 */

static void from_hex(const char *text, void *to, size_t n)
{
    size_t got = 0;
    if (sodium_hex2bin(to, n, text, strlen(text), NULL, &got, NULL) != 0 || got != n) {
        fprintf(stderr, "rogue: not %zu bytes in hexadecimal: %s\n", n, text);
        exit(2);
    }
}

static void learn(struct rogue *r, const char *name, const char *value)
{
    if (strcmp(name, "address") == 0)
        snprintf(r->address, sizeof r->address, "%.60s", value);
    else if (strcmp(name, "office") == 0)
        snprintf(r->office, sizeof r->office, "%.16s", value);
    else if (strcmp(name, "group") == 0)
        snprintf(r->group, sizeof r->group, "%.32s", value);
    else if (strcmp(name, "hub_key") == 0)
        from_hex(value, r->hub_key, sizeof r->hub_key);
    else if (strcmp(name, "curve") == 0)
        from_hex(value, r->curve_secret, sizeof r->curve_secret);
    else if (strcmp(name, "root") == 0)
        from_hex(value, r->root, sizeof r->root);
    else if (strcmp(name, "sign") == 0)
        from_hex(value, r->sign_secret, sizeof r->sign_secret);
    else if (strcmp(name, "inc") == 0)
        from_hex(value, r->inc.b, sizeof r->inc.b);
    else if (strcmp(name, "victim") == 0)
        from_hex(value, r->victim.b, sizeof r->victim.b);
    else if (strcmp(name, "token") == 0)
        from_hex(value, r->token, sizeof r->token);
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text >= ' ')
            putchar(*text);
    putchar('"');
}

static void tell(struct rogue *r, unsigned done)
{
    printf("{\"done\":%u,\"leaked\":%llu,\"bytes\":%llu,\"welcomes\":%llu,\"errors\":%llu,\"journals\":%llu,"
           "\"verdicts\":%llu,\"refused\":%llu,\"reclocked\":%llu,\"admitted\":%llu,\"in_session\":%s,\"error\":",
           done, (unsigned long long)r->leaked, (unsigned long long)r->bytes, (unsigned long long)r->heard[HW_WELCOME],
           (unsigned long long)r->heard[HW_ERROR], (unsigned long long)r->heard[HW_JOURNAL],
           (unsigned long long)r->verdicts, (unsigned long long)r->refused, (unsigned long long)r->reclocked,
           (unsigned long long)r->admitted, r->in_session ? "true" : "false");
    print_text(r->error);
    printf(",\"reasons\":{");
    for (size_t i = 0; i < r->reasons_n; i++) {
        printf("%s", i ? "," : "");
        print_text(r->reasons[i].text);
        printf(":%u", r->reasons[i].n);
    }
    printf("}}\n");
    fflush(stdout);
    r->reasons_n = 0;
    r->verdicts = r->refused = r->reclocked = 0;
    memset(r->heard, 0, sizeof r->heard);
}

static unsigned act(struct rogue *r, const char *what, unsigned n, const char *more)
{
    size_t size = *more ? (size_t)strtoul(more, NULL, 10) : 0;
    if (strcmp(what, "session") == 0)
        return rogue_session(r);
    if (strcmp(what, "hello") == 0)
        return rogue_hellos(r, n, true);
    if (strcmp(what, "hellos") == 0)
        return rogue_hellos(r, n, false);
    if (strcmp(what, "small") == 0)
        return rogue_small(r, n, more);
    if (strcmp(what, "steady") == 0)
        return rogue_steady(r, n);
    if (strcmp(what, "snapshots") == 0)
        return rogue_snapshots(r, n);
    if (strcmp(what, "histories") == 0)
        return rogue_histories(r, n);
    if (strcmp(what, "lives") == 0)
        return rogue_lives(r, n);
    if (strcmp(what, "pings") == 0)
        return rogue_pings(r, n);
    if (strcmp(what, "frames") == 0)
        return rogue_frames(r, n, size);
    if (strcmp(what, "big") == 0)
        return rogue_big(r, n, size);
    if (strcmp(what, "forge") == 0)
        return rogue_forge(r, n);
    if (strcmp(what, "claims") == 0)
        return rogue_claims(r, n);
    if (strcmp(what, "spoof") == 0)
        return rogue_spoof(r, n);
    if (strcmp(what, "crowd") == 0)
        return rogue_crowd(r, n);
    if (strcmp(what, "keys") == 0)
        return rogue_keys(r, n);
    if (strcmp(what, "shakes") == 0)
        return rogue_shakes(r, n);
    if (strcmp(what, "join") == 0)
        return rogue_join(r, n);
    if (strcmp(what, "signatures") == 0)
        return rogue_signatures(r, n);
    if (strcmp(what, "return") == 0)
        return rogue_return(r, n, more);
    if (strcmp(what, "events") == 0)
        return rogue_events(r, more, n);
    fprintf(stderr, "rogue: no such attack: %s\n", what);
    exit(2);
}

int main(int argc, char **argv)
{
    static struct rogue r;
    char line[1024], what[64], more[900];
    if (sodium_init() < 0)
        return 2;
    if (argc == 6 && strcmp(argv[1], "enter") == 0)
        return alliance_enter(argv[2], argv[3], (unsigned)strtoul(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10));
    r.context = zmq_ctx_new();
    zmq_ctx_set(r.context, ZMQ_MAX_SOCKETS, SOCKETS_MAX);
    while (fgets(line, sizeof line, stdin) && sscanf(line, "%63s %899s", what, more) == 2)
        learn(&r, what, more);
    crypto_scalarmult_base(r.curve_public, r.curve_secret);
    crypto_sign_ed25519_sk_to_pk(r.sign_public, r.sign_secret);
    while (fgets(line, sizeof line, stdin)) {
        unsigned n = 1;
        *more = 0;
        if (sscanf(line, "%63s %u %899s", what, &n, more) < 1)
            continue;
        if (strcmp(what, "close") == 0)
            rogue_close(&r);
        tell(&r, strcmp(what, "close") == 0 ? 1 : act(&r, what, n, more));
    }
    rogue_close(&r);
    zmq_ctx_term(r.context);
    return 0;
}
