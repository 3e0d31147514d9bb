/* wire.c: see wire.h (bench). */
#include "bench/lib/wire.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ESTABLISHED = 1 /* TCP_ESTABLISHED of the kernel's tcp_states.h */ };

static void add(struct hw_wire *wire, const struct tcp_info *info)
{
    wire->connections++;
    wire->in += info->tcpi_bytes_received;
    wire->out += info->tcpi_bytes_acked;
    if (info->tcpi_bytes_received > wire->most_in)
        wire->most_in = info->tcpi_bytes_received;
    if (info->tcpi_bytes_acked > wire->most_out)
        wire->most_out = info->tcpi_bytes_acked;
}

static void take(struct hw_wire *wire, const struct nlmsghdr *head, unsigned port)
{
    const struct inet_diag_msg *message = NLMSG_DATA(head);
    const char *at = (const char *)(message + 1);
    size_t left = head->nlmsg_len - NLMSG_LENGTH(sizeof *message);
    if (ntohs(message->id.idiag_sport) != port)
        return;
    while (left >= sizeof(struct rtattr)) {
        struct rtattr attribute;
        struct tcp_info info = {0};
        memcpy(&attribute, at, sizeof attribute);
        size_t size = RTA_ALIGN((size_t)attribute.rta_len);
        if (attribute.rta_len < sizeof attribute || size > left)
            return;
        size_t n = attribute.rta_len - RTA_LENGTH(0);
        if (attribute.rta_type == INET_DIAG_INFO) {
            memcpy(&info, at + RTA_LENGTH(0), n < sizeof info ? n : sizeof info);
            add(wire, &info);
        }
        at += size;
        left -= size;
    }
}

struct hw_wire hw_wire_read(unsigned port)
{
    struct hw_wire wire = {0};
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 request;
    } ask = {.head = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
             .request = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP,
                         .idiag_ext = 1 << (INET_DIAG_INFO - 1), .idiag_states = 1u << ESTABLISHED}};
    _Alignas(struct nlmsghdr) char buffer[32768];
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool more = fd >= 0 && send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask;
    while (more) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        unsigned left = n > 0 ? (unsigned)n : 0;
        more = n > 0;
        for (const struct nlmsghdr *head = (const void *)buffer; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
            if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR)
                more = false;
            else
                take(&wire, head, port);
        }
    }
    if (fd >= 0)
        close(fd);
    return wire;
}
