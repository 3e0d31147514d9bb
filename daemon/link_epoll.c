/* link_epoll.c: what libzmq's I/O threads hear of their descriptors (floor 2, link).
 *
 * libzmq 4.3.4 ends the whole process ("Assertion failed: !_io_error", stream_engine_base.cpp) when a connection breaks at a
 * moment at which it takes nothing in, because the socket's queue is full or the ZAP handler has not answered yet, and a PING
 * of the peer is among what was received before: it notes the error, goes on with what it has, and would answer the PING. Any
 * admitted key can bring that about with one packet and a reset. It takes note of such an error by EPOLLERR and EPOLLHUP alone,
 * or by an event that was fetched together with another one whose handling stopped the input. So its threads get neither: an
 * error shows as soon as it reads again, by what read() says, which it handles well; and they get one event at a time.
 *
 * This is done where they ask: epoll_wait() of this program is found before the C library's, and epoll_ctl(), by which a connection
 * that is not read at the moment (it is in the epoll set without any wish) tells of its end once, and not over and over until it is
 * read again. Everybody else, libuv before all, gets what the kernel says. Threads of libzmq are known by their name. */
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

/* An error of a connection that is waited for, but neither readable nor writable, would take a processor if it stayed; none is
 * known to. The thread rests after so many events of that kind in succession, and all its connections wait. */
enum { VAIN_MAX = 100, REST_NS = 2 * 1000 * 1000 };
/* What the kernel tells whether it is asked for or not. */
static const unsigned unasked = (unsigned)EPOLLERR | (unsigned)EPOLLHUP;

static bool is_zmq(void)
{
    static _Thread_local enum { UNKNOWN, ZMQ, OTHER } thread;
    char name[16] = "";
    if (thread == UNKNOWN)
        thread = prctl(PR_GET_NAME, name) == 0 && strncmp(name, "ZMQbg/IO", 8) == 0 ? ZMQ : OTHER;
    return thread == ZMQ;
}

int epoll_ctl(int epfd, int what, int fd, struct epoll_event *event)
{
    struct epoll_event once;
    if (event && !(event->events & ~unasked) && is_zmq()) {
        once = *event;
        once.events |= (unsigned)EPOLLET;
        event = &once;
    }
    return (int)syscall(SYS_epoll_ctl, epfd, what, fd, event);
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
    static _Thread_local unsigned in_vain;
    bool zmq = is_zmq();
    int n = (int)syscall(SYS_epoll_pwait, epfd, events, zmq ? 1 : most, timeout, NULL, (size_t)_NSIG / 8);
    if (!zmq || n <= 0)
        return n;
    events[0].events &= ~unasked;
    in_vain = events[0].events ? 0 : in_vain + 1;
    if (in_vain >= VAIN_MAX)
        nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    return in_vain ? 0 : n; /* 0: as if nothing had come in time; it looks at its timers and asks again */
}

bool hw__epoll_ours(void)
{
    int (*wait)(int, struct epoll_event *, int, int) = epoll_wait;
    int (*ctl)(int, int, int, struct epoll_event *) = epoll_ctl;
    void *found_wait = dlsym(RTLD_DEFAULT, "epoll_wait"), *found_ctl = dlsym(RTLD_DEFAULT, "epoll_ctl");
    return found_wait && memcmp(&found_wait, &wait, sizeof wait) == 0 && found_ctl && memcmp(&found_ctl, &ctl, sizeof ctl) == 0;
}
