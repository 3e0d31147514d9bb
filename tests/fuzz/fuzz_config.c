/* headway.conf. What is read is written and read again. */
#include <czmq.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/config.h"
#include "fuzz.h"

/* Writing goes through a temporary file and fsync: in memory where the machine has such a place. */
static const char *scratch(void)
{
    static char path[64];
    if (!*path) {
        snprintf(path, sizeof path, "%s/headway-fuzz-%ld.conf", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
                 (long)getpid());
    }
    return path;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void write_again(const struct hw_config *one)
{
    struct hw_config two;
    struct hw_err err = {0};
    if (hw_config_write(scratch(), one, &err) != HW_OK || hw_config_read(scratch(), &two, &err) != HW_OK)
        fprintf(stderr, "%s\n", err.text);
    HOLDS(err.status == HW_OK);
    unlink(scratch());
    HOLDS(same_text(one->name, two.name) && same_text(one->root, two.root) && same_text(one->listen, two.listen));
    HOLDS(same_text(one->address, two.address) && same_text(one->upstream, two.upstream));
    HOLDS(same_text(one->upstream_key, two.upstream_key) && same_text(one->log_level, two.log_level));
    HOLDS(one->heartbeat_ms == two.heartbeat_ms && one->timeout_ms == two.timeout_ms);
    HOLDS(one->handshake_ms == two.handshake_ms && one->reconnect_ms == two.reconnect_ms);
    HOLDS(one->reconnect_max_ms == two.reconnect_max_ms && one->max_peers == two.max_peers);
    hw_config_done(&two);
}

FUZZ_TARGET(config)
{
    static int file = -1;
    char path[64];
    struct hw_config config;
    struct hw_err err = {0};
    static FILE *said; /* what czmq has to say: our own check of the lines leaves it nothing */
    static char *text;
    static size_t text_n;
    if (file < 0) {
        file = memfd_create("headway.conf", 0);
        said = open_memstream(&text, &text_n);
        zsys_handler_set(NULL);
        zsys_set_logstream(said);
    }
    HOLDS(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    enum hw_status status = hw_config_read(path, &config, &err);
    if (status == HW_OK) {
        HOLDS(config.name);
        write_again(&config);
    } else {
        HOLDS(status == HW_CONFIG && *err.text && !config.name);
    }
    hw_config_done(&config);
    fflush(said);
    HOLDS(text_n == 0);
    return 0;
}
