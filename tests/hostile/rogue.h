/* rogue.h: an enrolled office in hostile hands: it has real keys, speaks the real protocol, and says what no honest
 * office says.
 *
 *   rogue.c         its connection and session
 *   rogue_attack.c  floods, forged messages, oversize frames, a socket never read
 *   rogue_event.c   segments that may not be written, and what became of them
 *   rogue_return.c  honest offices, thousands of them, who come back all together (alliance.h)
 *   rogue_main.c    commands on standard input, one line of answer each
 *
 * tests/hostile/siege.py drives it. It connects to loopback alone. */
#ifndef TESTS_ROGUE_H
#define TESTS_ROGUE_H

#include "headway/message.h"

enum { ROGUE_REASONS = 64, ROGUE_TEXT = 240, KEY_SIZE = 32 };

struct rogue {
    void *context, *socket;
    char address[64], office[HW_OFFICE_MAX + 1], group[HW_GROUP_MAX + 1];
    uint8_t hub_key[KEY_SIZE], curve_public[KEY_SIZE], curve_secret[KEY_SIZE];
    uint8_t root[HW_ROOT_SIZE], sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];
    struct hw_inc inc, victim; /* its own life; another office's, in whose name it writes */
    uint8_t token[HW_TOKEN_SIZE];
    struct hw_inc previous; /* the life that vouches for `inc`, until the hub has taken it; zeros: none */
    uint8_t proof[HW_SIGNATURE_SIZE];
    bool spent;             /* the hub takes it for a clone: it needs a new life */
    uint64_t expected; /* the event whose verdict is waited for; older ones come again with each session */
    uint64_t seq; /* its stream in `group`, as the hub holds it */
    uint8_t hash[HW_HASH_SIZE];
    struct hw_cursor directory; /* claimed of the directory */

    /* The session. */
    uint64_t session, credit, durable, admitted;
    bool in_session, said; /* said: something went out on this connection */
    struct hw_inc hub; /* its life, as WELCOME told */

    /* What was heard. */
    uint64_t heard[HW_HISTORY + 1]; /* messages by type */
    uint64_t leaked;                  /* bytes of journals of groups other than `group` and the directory */
    uint64_t bytes;                   /* of all messages */
    uint64_t verdicts, reclocked, refused;
    char error[ROGUE_TEXT]; /* the last ERROR: code and text */
    struct {
        char text[ROGUE_TEXT];
        unsigned n;
    } reasons[ROGUE_REASONS];
    size_t reasons_n;
};

/* rogue.c */
void rogue_open(struct rogue *r); /* a new socket; an older one is closed */
void rogue_close(struct rogue *r);
int rogue_frame(struct rogue *r, const void *bytes, size_t n, int flags); /* 0, or the errno */
int rogue_say(struct rogue *r, const struct hw_message *message);
bool rogue_hear(struct rogue *r, int wait_ms); /* one message; false: none came */
void rogue_hello(const struct rogue *r, struct hw_arena *arena, struct hw_message *message);
bool rogue_session(struct rogue *r); /* connects where it is not, HELLO ... CREDIT; false with `error` */
void rogue_reason(struct rogue *r, const char *what, const char *text);

/* rogue_attack.c: each returns how often it did it. */
unsigned rogue_hellos(struct rogue *r, unsigned n, bool wait);
unsigned rogue_small(struct rogue *r, unsigned n, const char *what);
unsigned rogue_steady(struct rogue *r, unsigned n);
unsigned rogue_snapshots(struct rogue *r, unsigned n);
unsigned rogue_histories(struct rogue *r, unsigned n);
unsigned rogue_lives(struct rogue *r, unsigned n);
unsigned rogue_pings(struct rogue *r, unsigned n);
unsigned rogue_frames(struct rogue *r, unsigned n, size_t size);
unsigned rogue_big(struct rogue *r, unsigned n, size_t size);
unsigned rogue_forge(struct rogue *r, unsigned n);
unsigned rogue_claims(struct rogue *r, unsigned n);
unsigned rogue_spoof(struct rogue *r, unsigned n);
unsigned rogue_crowd(struct rogue *r, unsigned n);
unsigned rogue_keys(struct rogue *r, unsigned n);
unsigned rogue_shakes(struct rogue *r, unsigned n);
unsigned rogue_join(struct rogue *r, unsigned n);

/* rogue_return.c */
unsigned rogue_return(struct rogue *r, unsigned n, const char *more);

/* rogue_event.c */
unsigned rogue_events(struct rogue *r, const char *kind, unsigned n);
unsigned rogue_signatures(struct rogue *r, unsigned n);

#endif
