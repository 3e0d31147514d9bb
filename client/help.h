/* help.h: help and completion, printed from the table of commands and the
 * schema.  Floor 3, noun: help. */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include <stdio.h>

#include "client/cli.h"

void hw_help_overview(FILE *to);                                  /* the two tiers */
void hw_help_command(FILE *to, const struct hw_command *command); /* one command */
void hw_help_completion(FILE *to);                                /* a script for bash */

#endif
