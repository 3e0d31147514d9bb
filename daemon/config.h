/* config.h: headway.conf, in ZPL (RFC 4 of the ZeroMQ project).  Floor 2.
 * Unknown keys are refused with file and line. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "headway/status.h"

/* Owned strings, NULL when not set; hw_config_done frees. */
struct hw_config {
    char *name;     /* node name: the office's code */
    char *root;     /* headquarters' root signing key, base64url; NULL for a standalone office */
    char *listen;   /* tcp://ADDRESS:PORT */
    char *address;  /* what invitations name: tcp://HOST:PORT; NULL: from listen */
    char *upstream; /* tcp://HOST:PORT */
    char *upstream_key; /* base64url */
    char *log_level; /* error, warning, notice, info, debug */
    int heartbeat_ms, timeout_ms, handshake_ms, reconnect_ms, reconnect_max_ms, max_peers;
    int max_strangers, max_per_address, connects_per_second, max_per_office, unfinished_kb;
    int hellos_per_minute, joins_per_minute, joins_per_address, joins_per_invitation;
    int messages_per_second, lives_per_day, refusals_per_minute, credit_kb;
    int key_overlap_days, snapshot_events, history_days;
    int bytes_per_hour, bytes_per_day;
    int metered; /* as a word of `choice`: 1 is yes, 2 no, 0 not said */
};

/* Reads `path`. Errors: CONFIG, text "headway.conf:7: unknown key ..., did you mean ...". */
HW_MUST_USE enum hw_status hw_config_read(const char *path, struct hw_config *config, struct hw_err *err);
/* Writes it with a comment above each key: temporary file, fsync, rename, fsync of the directory. Mode 0600. */
HW_MUST_USE enum hw_status hw_config_write(const char *path, const struct hw_config *config, struct hw_err *err);
void hw_config_done(struct hw_config *config);

#endif
