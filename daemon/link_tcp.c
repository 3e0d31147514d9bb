/* link_tcp.c: what the kernel knows about a TCP connection (floor 2, link). */
#include "daemon/link_tcp.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* tcpi_state, as in the kernel's net/tcp_states.h. */
enum { ESTABLISHED = 1, CLOSE_WAIT = 8 };
/* Of each packet: IPv4 20 (RFC 791), TCP 20 (RFC 9293) and its time stamps 12 (RFC 7323). */
enum { HEADS = 52 };

struct hw__tcp hw__tcp_ask(int fd)
{
    struct tcp_info info;
    socklen_t n = sizeof info;
    memset(&info, 0, sizeof info); /* an older kernel fills less */
    if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return (struct hw__tcp){.known = false};
    return (struct hw__tcp){.known = true,
                            .open = info.tcpi_state == ESTABLISHED,
                            .other_closed = info.tcpi_state == CLOSE_WAIT,
                            .received = info.tcpi_bytes_received,
                            .line = info.tcpi_bytes_sent + info.tcpi_bytes_received +
                                    HEADS * ((uint64_t)info.tcpi_segs_out + info.tcpi_segs_in),
                            .silent_ms = info.tcpi_last_data_recv};
}
