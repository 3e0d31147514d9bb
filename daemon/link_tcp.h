/* link_tcp.h: what the kernel knows about a TCP connection (floor 2, link).
 * On its own because <linux/tcp.h>, which alone has the byte counts, cannot stand
 * beside <netinet/tcp.h>, which libuv includes. */
#ifndef DAEMON_LINK_TCP_H
#define DAEMON_LINK_TCP_H

#include <stdbool.h>
#include <stdint.h>

struct hw__tcp {
    bool known;        /* false: not a descriptor of a TCP connection any more */
    bool open;         /* both sides still hold it */
    bool other_closed; /* the other end has closed, we have not */
    uint64_t received; /* bytes that came, all told */
    uint64_t line;     /* bytes of both ways with their TCP and IP heads, as the network counts them */
    uint64_t silent_ms; /* since the last of them */
};
struct hw__tcp hw__tcp_ask(int fd);

#endif
