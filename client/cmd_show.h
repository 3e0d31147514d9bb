/* cmd_show.h: prints one record's document.  Floor 3, noun: show. */
#ifndef CLIENT_CMD_SHOW_H
#define CLIENT_CMD_SHOW_H

#include "client/cli.h"

void hw_show_print(const struct hw_cli *cli, const json_t *doc);
/* Asks, prints the end document (or JSON), returns the exit code. */
int hw_show_run(struct hw_cli *cli, struct hw_ask *ask);

#endif
