/* commands.h: what the commands share with their table.  Floor 3, noun: command. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/cli.h"

/* Asks, prints the change document, returns the exit code. */
int hw_cli_change(struct hw_cli *cli, struct hw_ask *ask);
/* Asks for a yes on the terminal; anything else is a no. */
bool hw_cli_agree(const char *question);

/* The subcommand, or NULL after saying what there is. `list` when none. */
const char *hw_cli_part(const struct hw_cli *cli, const char *const *parts, size_t n);
/* `COMMAND show CODE`: asks for one by its code and shows it. */
int hw_show_code(struct hw_cli *cli, const char *verb, const char *key);

/* One function per command; each returns the exit code. */
int hw_cmd_add(struct hw_cli *cli);
int hw_cmd_apply(struct hw_cli *cli);
int hw_cmd_archive(struct hw_cli *cli);
int hw_cmd_backup(struct hw_cli *cli);
int hw_cmd_bundle(struct hw_cli *cli);
int hw_cmd_comment(struct hw_cli *cli);
int hw_cmd_completion(struct hw_cli *cli);
int hw_cmd_conflicts(struct hw_cli *cli);
int hw_cmd_demo(struct hw_cli *cli);
int hw_cmd_due(struct hw_cli *cli);
int hw_cmd_export(struct hw_cli *cli);
int hw_cmd_grant(struct hw_cli *cli);
int hw_cmd_group(struct hw_cli *cli);
int hw_cmd_help(struct hw_cli *cli);
int hw_cmd_import(struct hw_cli *cli);
int hw_cmd_init(struct hw_cli *cli);
int hw_cmd_invite(struct hw_cli *cli);
int hw_cmd_join(struct hw_cli *cli);

int hw_cmd_key(struct hw_cli *cli);
int hw_cmd_lint(struct hw_cli *cli);
int hw_cmd_list(struct hw_cli *cli);
int hw_cmd_log(struct hw_cli *cli);
int hw_cmd_office(struct hw_cli *cli);
int hw_cmd_plan(struct hw_cli *cli);
int hw_cmd_recovery(struct hw_cli *cli);
int hw_cmd_redact(struct hw_cli *cli);
int hw_cmd_refused(struct hw_cli *cli);
int hw_cmd_retry(struct hw_cli *cli);
int hw_cmd_report(struct hw_cli *cli);
int hw_cmd_resolve(struct hw_cli *cli);
int hw_cmd_restore(struct hw_cli *cli);
int hw_cmd_set(struct hw_cli *cli);
int hw_cmd_show(struct hw_cli *cli);
int hw_cmd_status(struct hw_cli *cli);
int hw_cmd_sync(struct hw_cli *cli);
int hw_cmd_todo(struct hw_cli *cli);
int hw_cmd_undo(struct hw_cli *cli);
int hw_cmd_upstream(struct hw_cli *cli);
int hw_cmd_verify(struct hw_cli *cli);
int hw_cmd_version(struct hw_cli *cli);

#endif
