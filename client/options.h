/* options.h: from the command line to struct hw_cli.  Floor 3, noun: options. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include "client/cli.h"

/* The options of every command; ends with a row whose name is NULL. */
extern const struct hw_option hw_common_options[];

/* Splits the words into options and the rest. Returns 0; 2 after a line to stderr;
 * or -1 when help was asked for. cli->command is NULL when no command stands there. */
int hw_options_read(struct hw_cli *cli, int argc, char **argv);

#endif
