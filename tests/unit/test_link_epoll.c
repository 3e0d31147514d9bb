/* test_link_epoll.c: what a thread of libzmq hears of connections that end while it does not read them, and what the others hear. */
#include "proof.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/link_internal.h"

enum { ENDED, ALIVE, PAIRS, ROUNDS = 50 };

struct ends {
    int epfd, own[PAIRS], other[PAIRS];
    const char *thread;
    unsigned heard[PAIRS], nothing, errors; /* of ROUNDS */
};

/* In a thread that cmocka does not know. */
static void must(bool good)
{
    if (!good)
        abort();
}

static void watch(struct ends *ends, int what, int which, unsigned events)
{
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)which};
    must(epoll_ctl(ends->epfd, what, ends->own[which], &event) == 0);
}

static void look(struct ends *ends)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct epoll_event event = {0};
        int n = epoll_wait(ends->epfd, &event, 1, 0);
        must(n == 0 || n == 1);
        ends->nothing += n == 0;
        if (n == 1) {
            ends->heard[event.data.u32]++;
            ends->errors += (event.events & ((unsigned)EPOLLERR | (unsigned)EPOLLHUP)) != 0;
        }
    }
}

/* One connection has something to read; the other, which is not read at the moment, ends. */
static void *one_ends(void *self)
{
    struct ends *ends = self;
    prctl(PR_SET_NAME, ends->thread);
    ends->epfd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < PAIRS; i++) {
        int pair[2];
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        ends->own[i] = pair[0];
        ends->other[i] = pair[1];
        watch(ends, EPOLL_CTL_ADD, i, 0);
        watch(ends, EPOLL_CTL_MOD, i, EPOLLIN);
    }
    watch(ends, EPOLL_CTL_MOD, ENDED, 0);
    close(ends->other[ENDED]);
    must(write(ends->other[ALIVE], "x", 1) == 1);
    look(ends);
    return NULL;
}

static void in_thread(struct ends *ends, void *(*what)(void *self))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, what, ends), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *read_again(void *self)
{
    struct ends *ends = self;
    prctl(PR_SET_NAME, ends->thread);
    memset(ends->heard, 0, sizeof ends->heard);
    ends->errors = ends->nothing = 0;
    watch(ends, EPOLL_CTL_MOD, ENDED, EPOLLIN);
    look(ends);
    return NULL;
}

static void done(struct ends *ends)
{
    for (int i = 0; i < PAIRS; i++)
        close(ends->own[i]);
    close(ends->other[ALIVE]);
    close(ends->epfd);
}

/* Else who breaks off many connections that are not read at the moment makes all others of the thread wait. */
static void what_ended_unread_holds_nobody_up(void **state)
{
    (void)state;
    struct ends ends = {.thread = "ZMQbg/IO/0"};
    in_thread(&ends, one_ends);
    assert_in_range(ends.nothing, 0, 1);
    assert_int_equal(ends.heard[ENDED], 0);
    assert_in_range(ends.heard[ALIVE], ROUNDS - 1, ROUNDS);
    assert_int_equal(ends.errors, 0);
    in_thread(&ends, read_again); /* its end is to be read like any byte */
    assert_int_equal(ends.nothing, 0);
    assert_in_range(ends.heard[ENDED], ROUNDS / 4, ROUNDS);
    assert_in_range(ends.heard[ALIVE], ROUNDS / 4, ROUNDS);
    assert_int_equal(ends.errors, 0);
    done(&ends);
}

static void other_threads_hear_what_the_kernel_says(void **state)
{
    (void)state;
    struct ends ends = {.thread = "somebody"};
    in_thread(&ends, one_ends);
    assert_int_equal(ends.nothing, 0);
    assert_in_range(ends.heard[ENDED], ROUNDS / 4, ROUNDS);
    assert_int_equal(ends.errors, ends.heard[ENDED]);
    done(&ends);
}

static void ours_are_found_first(void **state)
{
    (void)state;
    assert_true(hw__epoll_ours());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ours_are_found_first),
                                       cmocka_unit_test(what_ended_unread_holds_nobody_up),
                                       cmocka_unit_test(other_threads_hear_what_the_kernel_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
