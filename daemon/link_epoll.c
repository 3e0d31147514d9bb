/* link_epoll.c: what libzmq's I/O threads hear of their descriptors (floor 2, link).
 *
 * libzmq 4.3.4 ends the whole process ("Assertion failed: !_io_error", stream_engine_base.cpp) when a connection breaks at a
 * moment at which it takes nothing in, because the socket's queue is full or the ZAP handler has not answered yet, and a PING
 * of the peer is among what was received before: it notes the error, goes on with what it has, and would answer the PING. Any
 * admitted key can bring that about with one packet and a reset. It takes note of such an error by EPOLLERR and EPOLLHUP alone,
 * or by an event that was fetched together with another one whose handling stopped the input. So its threads get neither: an
 * error shows as soon as it reads again, by what read() says, which it handles well; and they get one event at a time.
 *
 * This is done where they ask: epoll_wait() of this program is found before the C library's. Everybody else, libuv before all,
 * gets what the kernel says. Threads of libzmq are known by their name. */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon/link_internal.h"

enum {
    /* A connection that broke and is not read: looked at again this often, until the node has read what came before. */
    AGAIN_NS = 2 * 1000 * 1000
};

static bool is_zmq(void)
{
    static _Thread_local enum { UNKNOWN, ZMQ, OTHER } thread;
    char name[16] = "";
    if (thread == UNKNOWN)
        thread = prctl(PR_GET_NAME, name) == 0 && strncmp(name, "ZMQbg/IO", 8) == 0 ? ZMQ : OTHER;
    return thread == ZMQ;
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
    bool zmq = is_zmq();
    int n = (int)syscall(SYS_epoll_pwait, epfd, events, zmq ? 1 : most, timeout, NULL, (size_t)_NSIG / 8);
    if (!zmq || n <= 0)
        return n;
    events[0].events &= ~(unsigned)(EPOLLERR | EPOLLHUP);
    if (events[0].events)
        return n;
    nanosleep(&(struct timespec){.tv_nsec = AGAIN_NS}, NULL);
    return 0; /* as if nothing had come in time: it looks at its timers and asks again */
}

bool hw__epoll_ours(void)
{
    int (*ours)(int, struct epoll_event *, int, int) = epoll_wait;
    void *found = dlsym(RTLD_DEFAULT, "epoll_wait");
    return found && memcmp(&found, &ours, sizeof found) == 0;
}
