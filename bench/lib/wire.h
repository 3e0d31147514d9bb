/* wire.h: bytes on the hub's TCP connections, as the kernel counts them
 * (sock_diag(7)): what ZeroMQ and CURVE put on the wire, without TCP and IP heads.  Bench. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdint.h>

/* Sums over the established connections of local port `port`; `most_in` and `most_out` are the largest of one
 * connection: the office that sends, the office that receives. */
struct hw_wire {
    uint64_t in, out, most_in, most_out;
    unsigned connections;
};
/* Zeros when the kernel does not tell. */
struct hw_wire hw_wire_read(unsigned port);

#endif
