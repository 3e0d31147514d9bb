/* commands.c: the one table of commands (floor 3, noun: command). Parsing,
 * help, completion and the manual page's synopsis all come from it. The daily
 * commands stand first, as the help prints them. */
#include "client/commands.h"

#define END {0}
#define FILTERS                                                                                                   \
    "Filters are field:value, with .before and .after for times; free words look into title and description.\n" \
    "country:KAZ status:overdue due.before:2016-12 due:month region:\"Central Asia\" responsible:MCO"

static const struct hw_option set_options[] = {
    {"message", 'm', "COMMENT", "Add a comment with the change"},
    {"dry-run", 'n', NULL, "Show what would change, write nothing"},
    {"yes", 'y', NULL, "Change many records without asking"},
    END};
static const struct hw_option add_options[] = {
    {"plan", 0, "P", "The plan: its code, title or id"},
    {"group", 0, "G", "The group's code, for what belongs to no plan"},
    {"message", 'm', "COMMENT", "Add a comment with the record"},
    END};
static const struct hw_option comment_options[] = {{"file", 'F', "FILE", "Read the text from FILE; - is stdin"}, END};
static const struct hw_option due_options[] = {{"mine", 0, NULL, "Only what concerns this office's countries"}, END};
static const struct hw_option retry_options[] = {
    {"all", 'a', NULL, "Everything that headway refused lists"},
    {"dry-run", 'n', NULL, "Show what would be written, write nothing"},
    END};
static const struct hw_option undo_options[] = {
    {"dry-run", 'n', NULL, "Show what would be undone, write nothing"},
    {"yes", 'y', NULL, "Do not ask on a terminal"},
    END};
static const struct hw_option import_options[] = {
    {"group", 0, "G", "The group's code"},
    {"plan", 0, "P", "The plan, or new:TITLE for a new one"},
    {"map", 0, "HEADER=FIELD", "What a column is; may be repeated"},
    {"dates", 0, "dmy|mdy", "Which comes first in 12/11/2019"},
    {"dry-run", 'n', NULL, "Show what would be written, write nothing"},
    {"skip-bad", 0, NULL, "Write the good rows although others have problems"},
    {"archive-missing", 0, NULL, "Put away items that the file had at its last import and has no more"},
    {"review", 0, "FILE.xlsx", "Write what is in doubt into a workbook, and nothing else"},
    END};
static const struct hw_option export_options[] = {
    {"format", 0, "FORMAT", "csv, tsv, xlsx, json, jsonl, ics or taskwarrior; else by the ending of FILE"},
    {"fields", 0, "LIST", "Columns of csv, tsv and xlsx, separated by commas"},
    {"kind", 0, "KIND", "One kind of record; csv and tsv take item when absent"},
    {"outside", 0, NULL, "For people outside: without comments, sources, ids and who wrote what"},
    {"output", 'o', "FILE", "Write to FILE, whole or not at all"},
    END};
static const struct hw_option log_options[] = {
    {"field", 0, "F", "Only changes of this field"},
    {"since", 0, "D", "From this day on"},
    {"until", 0, "D", "Up to this day"},
    {"office", 0, "CODE", "Only changes made at this office"},
    {"limit", 0, "N", "At most N changes; 50 when absent"},
    {"output", 'o', "FILE.csv", "Write all of them to FILE.csv"},
    END};
static const struct hw_option report_options[] = {
    {"by", 0, "WHAT", "region, country, group, plan, responsible, theme, office or status"},
    {"period", 0, "P", "Only rows whose deadline touches P, such as 2016-Q4"},
    {"as-of", 0, "DATE", "As headquarters had admitted it by the end of that day"},
    {"output", 'o', "FILE", "Write FILE.html (printable) or FILE.csv"},
    END};
static const struct hw_option resolve_options[] = {
    {"mine", 0, NULL, "Take the value written at this office"},
    {"theirs", 0, NULL, "Take the value written elsewhere"},
    {"take", 0, "N", "Take value N of `headway conflicts`"},
    END};
static const struct hw_option sync_options[] = {
    {"wait", 0, "SECONDS", "Wait until everything is sent and received, at most so long"},
    {"now", 0, NULL, "Even when the link's budget is spent (bytes_per_hour, bytes_per_day of headway.conf)"},
    END};
static const struct hw_option init_options[] = {
    {"name", 0, "CODE", "The office's code, such as KAZ"},
    {"hub", 0, NULL, "Make a hub, which other offices join"},
    {"listen", 0, "ADDRESS", "Where a hub listens: tcp://0.0.0.0:7400"},
    END};
static const struct hw_option invite_options[] = {
    {"group", 0, "G[:ROLE[:COUNTRIES]]", "A group the office works in; may be repeated"},
    {"name", 0, "TEXT", "The office's full name"},
    {"kind", 0, "KIND", "hq, regional, multi-country, country or programme"},
    {"countries", 0, "LIST", "Countries the office works in, separated by commas"},
    {"expires", 0, "TIME", "How long it is good: 12h, 7d, 2w; 7d when absent"},
    {"replace", 0, NULL, "In place of an earlier one; or another machine for an office that has joined"},
    {"output", 'o', "FILE", "Write it to FILE; CODE.invite when absent"},
    END};
static const struct hw_option grant_options[] = {{"end", 0, NULL, "End the grant: the office gets nothing new of the group"}, END};
static const struct hw_option office_options[] = {
    {"reason", 0, "TEXT", "Why it is revoked; the office reads it, and so does the directory"},
    {"since", 0, "DATE", "List what was accepted of it since then"},
    END};
static const struct hw_option join_options[] = {
    {"words", 0, "\"W W W W\"", "The four check words that headquarters told you"},
    {"yes", 'y', NULL, "Join without comparing the check words"},
    END};
static const struct hw_option group_options[] = {
    {"name", 0, "TEXT", "Full name"},
    {"kind", 0, "KIND", "working group, theme group, alliance, network, task force or committee"},
    {"region", 0, "TEXT", "Region it works in"},
    {"countries", 0, "LIST", "Countries it works in, separated by commas"},
    {"parent", 0, "G", "The group it belongs to"},
    {"purpose", 0, "TEXT", "What it is for"},
    {"founded", 0, "TIME", "Since when it exists"},
    {"language", 0, "LANGUAGE", "Working language"},
    END};
static const struct hw_option plan_options[] = {
    {"group", 0, "G", "The group's code"},
    {"code", 0, "CODE", "A short code, such as wg6-2019"},
    {"period", 0, "P", "The time it covers, such as 2019 or 2019-Q4"},
    END};
static const struct hw_option key_options[] = {
    {"overlap", 0, "DAYS", "At headquarters and at relays: until offices need the new key; key_overlap_days when absent"},
    {"root", 0, NULL, "At headquarters: the root key, which signs the directory, instead of the node's own keys"},
    END};
static const struct hw_option upstream_options[] = {{"yes", 'y', NULL, "Write the address down without trying it"}, END};
static const struct hw_option backup_options[] = {
    {"keys", 0, NULL, "With the home's keys and configuration, sealed with a passphrase"},
    {"passphrase-file", 0, "F", "The passphrase is the first line of F, at least 8 characters"},
    END};
static const struct hw_option restore_options[] = {
    {"passphrase-file", 0, "F", "The passphrase of the backup's keys, for a home that does not exist yet"},
    END};
static const struct hw_option bundle_options[] = {
    {"output", 'o', "FILE", "Write it to FILE, whole or not at all"},
    {"for", 0, "CODE", "For this office: what it lacks, sealed so that it alone can read it"},
    {"all", 0, NULL, "Everything that it may read, also what it is known to have"},
    {"open", 0, NULL, "Not sealed: whoever has the file can read it"},
    END};
static const struct hw_option redact_options[] = {
    {"reason", 0, "TEXT", "Why; everybody reads it, so do not repeat the text itself"},
    {"dry-run", 'n', NULL, "Show what would be taken out, write nothing"},
    {"yes", 'y', NULL, "Do not ask on a terminal"},
    END};
static const struct hw_option verify_options[] = {
    {"against", 0, "FILE", "Compare with a bundle from elsewhere (headway bundle --all --open)"}, END};
static const struct hw_option demo_options[] = {{"once", 0, NULL, "Clean up and end when all is shown"}, END};

const struct hw_command hw_commands[] = {
    {"list", "list [FILTER...]", "List items", FILTERS,
     "headway list country:KAZ status:overdue\nheadway list region:\"Central Asia\" due.before:2016-12 --json",
     NULL, NULL, hw_cmd_list, true},
    {"show", "show ID", "Show one record with its comments and last changes",
     "ID is any unique beginning of the id, or PLAN/NUMBER as printed.",
     "headway show k7f3\nheadway show wg6-2019/1.2", NULL, NULL, hw_cmd_show, true},
    {"set", "set ID|FILTER... field=value [field+=x field-=x ...] [-m COMMENT]", "Change fields",
     "field= clears a field; += and -= add to and take from a set.\n"
     "A filter may name many records: look with --dry-run, then write with --yes.\n"
     "The fields of an item: headway help item",
     "headway set k7f3 status=completed -m \"Adopted by the Commission\"\n"
     "headway set plan:wg6-2019 status:proposed status=not-started --dry-run",
     set_options, NULL, hw_cmd_set, true},
    {"comment", "comment ID TEXT\ncomment ID -F FILE", "Add a remark to a record",
     "Remarks are only ever added; nothing replaces them.",
     "headway comment k7f3 \"The ministry has answered\"\nheadway comment k7f3 -F minutes.txt", comment_options, NULL,
     hw_cmd_comment, true},
    {"due", "due [week|month|DATE] [FILTER...] [--mine]", "List what is due soon", "week and month count from today; DATE is a day, a month (2016-12) or a quarter (2016-Q4).\n"
     "Without a word: the month to come.",
     "headway due week --mine\nheadway due 2016-12 country:KAZ", due_options, NULL, hw_cmd_due, true},
    {"import", "import FILE [--group G] [--plan P | --plan new:TITLE] [--map \"Header=field\"]...", "Read a tracker or workplan file",
     "Takes workbooks (xlsx), Word files (docx), web pages, CSV and its kin, drawn and bar-separated tables, outlines with\n"
     "bullets, tasks of Taskwarrior and what Headway exported; in any of six languages (docs/import.md).\n"
     "Look first with --dry-run. Importing the same file again changes only what changed in it.\n"
     "--review writes what is in doubt into a workbook: answer there, then import that workbook.",
     "headway import tracker.txt --group gtg-eca --dry-run\n"
     "headway import plan.csv --group wg6 --plan new:\"Workplan 2019\" --map \"Pays=countries\"",
     import_options, NULL, hw_cmd_import, true},
    {"export", "export [FILTER...] --format csv|tsv|xlsx|json|jsonl|ics|taskwarrior [--fields LIST] [--outside] [-o FILE]",
     "Write records for other programs",
     "csv, tsv and xlsx can be edited and imported again: leave the columns id and base as they are.\n"
     "xlsx has a sheet for each plan, and all other kinds and the comments on sheets of their own.\n"
     "ics is a list of to-dos for Thunderbird, Apple, Nextcloud or Tasks.org; Outlook does not read to-dos, give it xlsx.\n"
     "taskwarrior is for `task import`. What is archived stays out unless archived:yes is asked for (json, jsonl: all).\n"
     "--outside leaves out comments, sources, archived records, offices, keys, rights and reviews, and in tables the ids:\n"
     "such a table is to be read; it cannot be imported as a change.\n" FILTERS,
     "headway export country:KAZ -o kaz.xlsx\nheadway export --format jsonl > all.jsonl\n"
     "headway export status:open --format ics -o open.ics\nheadway export --format taskwarrior > tasks.json",
     export_options, NULL, hw_cmd_export, true},
    {"undo", "undo [CHANGE]", "Take back a change",
     "Without a word: your own last change. On a terminal it is shown first.\n"
     "What others changed since is left alone and listed (exit code 4).",
     "headway undo\nheadway undo --dry-run", undo_options, NULL, hw_cmd_undo, true},

    {"add", "add [TYPE|KIND] TITLE --plan P | --group G [field=value ...]", "Add an item, member, meeting, resource ...",
     "TYPE is a type of item (activity, deliverable, milestone ...), KIND another kind of record.",
     "headway add activity \"Train the focal points\" --plan wg6-2019 country=KAZ deadline=12/2019\n"
     "headway add member UNICEF --group wg6 role=co-lead",
     add_options, NULL, hw_cmd_add, false},
    {"archive", "archive ID", "Put a record away; nothing is deleted", "", "headway archive k7f3", NULL, NULL,
     hw_cmd_archive, false},
    {"log", "log [ID] [--field F] [--since D] [--until D] [--author A] [--office CODE]", "Who changed what, when",
     "Here --author chooses whose changes are shown. What is older than the history held here is fetched from the hub while it\n"
     "is shown; without a link it says what is missing. See: headway status\n", "headway log k7f3 --field status\nheadway log --since 2016-11 -o log.csv",
     log_options, NULL, hw_cmd_log, false},
    {"report", "report [FILTER...] [--by WHAT] [--period P] [--as-of DATE] [-o FILE.html|.csv]", "Progress by region, country, group ...",
     FILTERS, "headway report --by region\nheadway report --by country --period 2016-Q4 -o progress.html", report_options,
     NULL, hw_cmd_report, false},
    {"lint", "lint [FILTER...]", "What is odd or missing in the records, and how to mend it",
     "Advice, worked out here: late, without date or responsible, unreadable, printed twice and so on.\n"
     "Each finding has a command that can be typed as it stands; its value is a start, put the right one there.\n"
     "Nothing is changed, and the exit code is 0 whatever is found.\n" FILTERS,
     "headway lint\nheadway lint plan:wg6-2019 country:KAZ\nheadway lint --plain | grep -c overdue", NULL, NULL, hw_cmd_lint,
     false},
    {"todo", "todo", "What needs a person", "Conflicts, refused changes and open questions, each with what to type.",
     "headway todo", NULL, NULL, hw_cmd_todo, false},
    {"conflicts", "conflicts [FILTER...]", "Fields that two offices changed at the same time",
     "Both values are kept; the newer one is shown until somebody resolves it.", "headway conflicts\nheadway conflicts country:KAZ",
     NULL, NULL, hw_cmd_conflicts, false},
    {"resolve", "resolve ID FIELD --mine|--theirs|--take N|VALUE", "Settle a conflict", "",
     "headway resolve k7f3 status --take 2\nheadway resolve k7f3 deadline 2016-12", resolve_options, NULL, hw_cmd_resolve, false},
    {"refused", "refused", "Changes that headquarters did not admit",
     "Nothing of them is lost: what they changed stands as it stood before, and they can be tried again when headquarters has\n"
     "granted more. One that was written again is listed no more.",
     "headway refused", NULL, NULL, hw_cmd_refused, false},
    {"retry", "retry EVENT... | --all", "Write a refused change again",
     "As a new change of yours, after headquarters has granted more. What somebody changed since is left alone and listed\n"
     "(exit code 4).", "headway retry KAZ.1/gtg-eca:1204\nheadway retry --all --dry-run", retry_options, NULL, hw_cmd_retry, false},
    {"status", "status", "How this node is", "Records, hub, what waits to be sent, what needs a person.",
     "headway status\nheadway status --json", NULL, NULL, hw_cmd_status, false},
    {"sync", "sync [--wait SECONDS] [--now]", "Send and receive now",
     "With --wait the exit code is 0 once everything saved here is admitted and received, 4 when not in time. On a metered link\n"
     "this is what lets more through than what is changed now, until everything is in step.",
     "headway sync --wait 30", sync_options, NULL, hw_cmd_sync, false},
    {"init", "init --name CODE\ninit --hub --name HQ --listen tcp://0.0.0.0:7400", "Make a new node on this machine",
     "Without --home the node lives in /var/lib/headway/CODE for root, else in the XDG data directory.",
     "headway init --name KAZ\nheadway init --hub --name HQ --listen tcp://0.0.0.0:7400", init_options, NULL, hw_cmd_init, false},
    {"invite", "invite CODE [--name TEXT] --group G[:ROLE[:COUNTRIES]]... [--expires 7d] [-o FILE]\ninvite CODE --replace [-o FILE]",
     "At headquarters: let an office join",
     "Writes a file that can be used once and prints four check words. Send the file, tell the words by telephone.\n"
     "The groups must be there (headway group add); grant changes later what an office may do.\n"
     "ROLE is coordinator, contributor (when absent) or reader; COUNTRIES limit it.\n"
     "--replace gives an office that has joined another machine, with its history: when that one joins, the old one's\n"
     "keys stop working. What the old one had not sent stays on it, and can be exported there.\n"
     "It also lets a revoked office in again, with new keys, and replaces an invitation that was lost; grants stay as they are.",
     "headway invite KAZ --group gtg-eca:contributor:KAZ,KGZ --expires 14d\nheadway invite KAZ --replace -o kaz-new.invite",
     invite_options, NULL, hw_cmd_invite, false},
    {"join", "join FILE [--words \"W W W W\" | --yes]", "At an office: join headquarters",
     "Makes the office's home on this machine (see headway help init for where) and enrols it with headquarters, then prints the\n"
     "line that starts it. Compare the four check words with those that headquarters told you.\n"
     "An office that gets another machine joins there in the same way, with an invitation made by invite --replace.",
     "headway join KAZ.invite --words \"natid rakih girup vonub\"", join_options, NULL, hw_cmd_join, false},
    {"upstream", "upstream ADDRESS [--yes]", "At an office: the hub has another address",
     "The new address is tried first, with the hub's key that this office trusts: only the same hub can answer.\n"
     "Nothing else changes, and the daemon goes on working.",
     "headway upstream tcp://hq2.example.org:7400", upstream_options, NULL, hw_cmd_upstream, false},
    {"key", "key rotate [--overlap DAYS | --root]", "New keys for this node, without a break",
     "At an office: new keys for its connections and for signing. It goes on with the old ones until headquarters has entered\n"
     "the new ones in the directory; then the old ones are refused.\n"
     "At headquarters: it signs with new keys at once, and announces its connections' new key in the directory. Offices that come\n"
     "before the overlap is over follow by themselves.\n"
     "At a relay: both; offices behind it go on with its former key until the overlap is over, and follow by themselves.\n"
     "Who was away for longer follows by a file: bundle --for CODE at headquarters or at any office, apply at the one that was away.\n"
     "--root: headquarters' root key, to which every invitation leads back, signs a new one and is forgotten. Offices follow\n"
     "whenever they come, and invitations on their way go on working. Make a backup with --keys afterwards.",
     "headway key rotate\nheadway key rotate --overlap 90\nheadway key rotate --root", key_options, "rotate", hw_cmd_key, false},
    {"recovery", "recovery end", "At a restored hub: wait no longer for offices",
     "A hub that was restored from a backup first takes back what the offices hold, for a day at most.\n"
     "Offices that come later still hand back what they have.",
     "headway recovery end\nheadway recovery end --json", NULL, "end", hw_cmd_recovery, false},
    {"grant", "grant CODE G[:ROLE[:COUNTRIES]]\ngrant CODE G --end", "At headquarters: what an office may do in a group",
     "ROLE is coordinator, contributor (when absent) or reader; COUNTRIES limit it, none means all.\n"
     "Granting again replaces what was said before. It counts from the moment it is saved; history stays as it was.\n"
     "When a grant ends the office keeps what it has of the group and gets nothing new.",
     "headway grant KAZ gtg-eca:contributor:KAZ,KGZ\nheadway grant KAZ wg6 --end", grant_options, NULL, hw_cmd_grant, false},
    {"office", "office list\noffice show CODE\noffice revoke CODE [--reason TEXT] [--since DATE]", "Offices, and shutting one out",
     "revoke is for headquarters: the office is cut off at once and its keys are refused from then on.\n"
     "It keeps what it has. What was accepted of it stays; --since lists that, so that it can be taken back.",
     "headway office list\nheadway office show KAZ\nheadway office revoke KAZ --reason \"laptop stolen\" --since 2016-11-01",
     office_options, "list show revoke", hw_cmd_office, false},
    {"group", "group list\ngroup show CODE\ngroup add CODE --name TEXT [field=value ...]", "Groups", "",
     "headway group add gtg-eca --name \"Gender theme group\" --kind \"theme group\"\nheadway group list", group_options,
     "list show add", hw_cmd_group, false},
    {"plan", "plan list [--group G]\nplan show PLAN\nplan add --group G TITLE [--code CODE] [--period P] [field=value ...]",
     "Workplans", "", "headway plan add --group wg6 \"Workplan 2019\" --code wg6-2019 --period 2019\nheadway plan list",
     plan_options, "list show add", hw_cmd_plan, false},
    {"backup", "backup FILE [--keys --passphrase-file F]", "Write a copy of everything to FILE",
     "The daemon goes on working meanwhile. FILE is replaced only by a whole one.\n"
     "Without --keys it can be restored only into the home that it came from.",
     "headway backup kaz.backup\nheadway backup kaz-all.backup --keys --passphrase-file kaz.pass", backup_options, NULL,
     hw_cmd_backup, false},
    {"restore", "restore FILE [--passphrase-file F]", "Put a backup back in place",
     "Stop the daemon first. The old database is kept beside the new one.\n"
     "What the hub holds of this office comes back by itself after the start.\n"
     "From a backup with keys, --home DIR may name a directory that does not exist yet.",
     "headway restore kaz.backup\nheadway --home /var/lib/headway/KAZ restore kaz-all.backup --passphrase-file kaz.pass",
     restore_options, NULL, hw_cmd_restore, false},
    {"bundle", "bundle -o FILE [--for CODE] [--all] [--open]", "Changes for a USB stick or a letter",
     "At an office: what headquarters has not admitted yet, sealed for the hub. At headquarters: what office CODE\n"
     "lacks, sealed for it; without --for everything, not sealed. The file is signed, and holds what would go over the link.\n"
     "The other side types `headway apply FILE`.",
     "headway bundle -o kaz.bundle\nheadway bundle --for KAZ -o to-kaz.bundle", bundle_options, NULL, hw_cmd_bundle, false},
    {"apply", "apply FILE", "Take in a bundle",
     "With the checks of the link, all of it or nothing. The same file twice does no harm; bundles may come in any order.",
     "headway apply kaz.bundle", NULL, NULL, hw_cmd_apply, false},
    {"redact", "redact EVENT --reason TEXT", "At headquarters: take a text out everywhere, for ever",
     "EVENT is as in the last column of `headway log`. All values of that event go, at every office when it next syncs; who\n"
     "wrote it, when and where stays, with your reason. It cannot be undone. Backups and bundles made before still hold it.",
     "headway redact KAZ.1/wg6:17 --reason \"a private telephone number\"", redact_options, NULL, hw_cmd_redact, false},
    {"verify", "verify [--against FILE]", "Look everything held over again",
     "Every signature, every chain, and every record against its changes. The daemon goes on working.\n"
     "--against looks at a bundle from elsewhere: whether its changes are those held here, what either side lacks, and what\n"
     "differs, by office and change. The exit code is 0 when nothing is wrong or differs, 1 when something is.",
     "headway verify\nheadway verify --json\nheadway verify --against tkm.bundle", verify_options, NULL, hw_cmd_verify, false},
    {"demo", "demo [--once]", "A hub and three offices on this machine, to try everything",
     "Real daemons in a temporary directory, which is removed at the end.", "headway demo\nheadway demo --once", demo_options,
     NULL, hw_cmd_demo, false},
    {"completion", "completion", "Print the completion script for bash", "",
     "headway completion > /etc/bash_completion.d/headway", NULL, NULL, hw_cmd_completion, false},
    {"help", "help [COMMAND|KIND]", "This help, or that of a command or a kind of record", "",
     "headway help set\nheadway help item", NULL, NULL, hw_cmd_help, false},
    {"version", "version", "The version", "", "headway version", NULL, NULL, hw_cmd_version, false},
};
const size_t hw_commands_n = sizeof hw_commands / sizeof hw_commands[0];
