/* help.c: help and completion, printed from the table of commands and the
 * schema (floor 3, noun: help). */
#include "client/help.h"

#include <string.h>

#include "client/commands.h"
#include "client/options.h"
#include "headway/schema.h"

static void put_tier(FILE *to, bool daily)
{
    for (size_t i = 0; i < hw_commands_n; i++)
        if (hw_commands[i].daily == daily)
            fprintf(to, "  %-12s %s\n", hw_commands[i].name, hw_commands[i].summary);
}

void hw_help_overview(FILE *to)
{
    fputs("Headway keeps the workplans of working groups in step between offices.\n\nEvery day\n", to);
    put_tier(to, true);
    fputs("\nNow and then\n", to);
    put_tier(to, false);
    fputs("\nMore: headway help COMMAND, or headway help KIND for its fields (item, plan, meeting ...)\n", to);
}

/* A text of several lines, each behind `before`. */
static void put_lines(FILE *to, const char *before, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(to, "%s%.*s\n", before, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void put_options(FILE *to, const struct hw_option *options)
{
    for (; options && options->name; options++) {
        char left[64];
        char letter[5] = "";
        if (options->letter)
            snprintf(letter, sizeof letter, "-%c, ", options->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, options->name, options->value ? " " : "",
                 options->value ? options->value : "");
        fprintf(to, "  %-26s %s\n", left, options->help);
    }
}

void hw_help_command(FILE *to, const struct hw_command *command)
{
    fprintf(to, "%s\n\n", command->summary);
    put_lines(to, "  headway ", command->synopsis);
    if (*command->text) {
        putc('\n', to);
        put_lines(to, "", command->text);
    }
    if (command->options) {
        fputs("\nOptions\n", to);
        put_options(to, command->options);
    }
    fputs("\nOptions of every command\n", to);
    put_options(to, hw_common_options);
    fputs("\nExamples\n", to);
    put_lines(to, "  ", command->examples);
}

static const char *type_name(const struct hw_field *field)
{
    static const char *const names[] = {
        [HW_TYPE_TEXT] = "text",   [HW_TYPE_INTEGER] = "number", [HW_TYPE_BOOL] = "yes or no",
        [HW_TYPE_ENUM] = "one of", [HW_TYPE_TIME] = "time",      [HW_TYPE_REF] = "record",
        [HW_TYPE_COUNTRY] = "country", [HW_TYPE_BYTES] = "key"};
    return names[field->type];
}

/* Which command makes a record of this kind. */
static void put_maker(FILE *to, const struct hw_kind *kind)
{
    switch (kind->id) {
    case HW_KIND_GROUP:
        fputs("  headway group add CODE --name TEXT\n", to);
        break;
    case HW_KIND_PLAN:
        fputs("  headway plan add --group G TITLE\n", to);
        break;
    case HW_KIND_COMMENT:
        fputs("  headway comment ID TEXT\n", to);
        break;
    case HW_KIND_OFFICE:
    case HW_KIND_INCARNATION:
    case HW_KIND_GRANT:
        fputs("  headway invite CODE --group G\n", to);
        break;
    default:
        fprintf(to, "  headway add %s TITLE --group G\n", kind->name);
    }
}

static void put_kind(FILE *to, const struct hw_kind *kind)
{
    fprintf(to, "%s: %s\n\nFields\n", kind->name, kind->help);
    for (size_t i = 0; i < kind->fields_n; i++) {
        const struct hw_field *field = &kind->fields[i];
        fprintf(to, "  %-14s %-10s %s%s\n", field->name, type_name(field), field->help,
                field->set ? " (a set: += adds, -= removes)" : "");
        if (!field->words)
            continue;
        fprintf(to, "  %-14s %-10s ", "", "");
        for (size_t w = 0; w < field->words->n; w++)
            fprintf(to, "%s%s", w ? ", " : "", field->words->words[w].name);
        putc('\n', to);
    }
    fprintf(to, "\nExamples\n  headway set ID %s=VALUE\n", kind->fields[2].name);
    put_maker(to, kind);
}

/* Exit code of `headway help WORD`. */
static int unknown(const char *word)
{
    const char *names[128];
    size_t n = 0;
    for (size_t i = 0; i < hw_commands_n && n < 64; i++)
        names[n++] = hw_commands[i].name;
    for (size_t i = 0; i < hw_schema_n && n < 128; i++)
        names[n++] = hw_schema[i].name;
    return hw_cli_unknown("command or kind", word, names, n);
}

int hw_cmd_help(struct hw_cli *cli)
{
    if (cli->argc == 0) {
        hw_help_overview(stdout);
        return 0;
    }
    const struct hw_command *command = hw_command_find(cli->argv[0]);
    const struct hw_kind *kind = hw_kind_find(hw_slice_text(cli->argv[0]));
    if (!command && !kind)
        return unknown(cli->argv[0]);
    if (command)
        hw_help_command(stdout, command);
    if (command && kind)
        putchar('\n');
    if (kind)
        put_kind(stdout, kind);
    return 0;
}

static void complete_command(FILE *to, const struct hw_command *command)
{
    fprintf(to, "    %s) words=\"", command->name);
    for (const struct hw_option *option = command->options; option && option->name; option++)
        fprintf(to, "--%s ", option->name);
    if (command->parts)
        fprintf(to, "%s ", command->parts);
    if (strcmp(command->name, "help") == 0) {
        for (size_t i = 0; i < hw_commands_n; i++)
            fprintf(to, "%s ", hw_commands[i].name);
    }
    bool kinds = strcmp(command->name, "help") == 0 || strcmp(command->name, "add") == 0;
    for (size_t i = 0; kinds && i < hw_schema_n; i++)
        fprintf(to, "%s ", hw_schema[i].name);
    fputs("\" ;;\n", to);
}

/* Names of the item's fields, then the words of its status with hyphens. */
static void complete_fields(FILE *to)
{
    const struct hw_kind *item = hw_kind_by_id(HW_KIND_ITEM);
    const struct hw_vocabulary *status = hw_field_named(item, "status")->words;
    fputs("  local fields=\"", to);
    for (size_t i = 0; i < item->fields_n; i++)
        fprintf(to, "%s= ", item->fields[i].name);
    fputs("\"\n  local filters=\"", to);
    for (size_t i = 0; i < item->fields_n; i++)
        fprintf(to, "%s: ", item->fields[i].name);
    fputs("\"\n  local status=\"", to);
    for (size_t i = 0; i < status->n; i++) {
        for (const char *c = status->words[i].name; *c; c++)
            putc(*c == ' ' ? '-' : *c, to);
        putc(' ', to);
    }
    fputs("\"\n", to);
}

void hw_help_completion(FILE *to)
{
    fputs("# Completion of headway for bash: headway completion > /etc/bash_completion.d/headway\n"
          "_headway() {\n"
          "  local cur=${COMP_WORDS[COMP_CWORD]} words=\"\" command=\"\" i\n"
          "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "    case ${COMP_WORDS[i]} in\n"
          "    --home | --author) ((i++)) ;;\n"
          "    -*) ;;\n"
          "    *) command=${COMP_WORDS[i]}; break ;;\n"
          "    esac\n"
          "  done\n",
          to);
    complete_fields(to);
    fputs("  case $command in\n    \"\") words=\"", to);
    for (size_t i = 0; i < hw_commands_n; i++)
        fprintf(to, "%s ", hw_commands[i].name);
    fputs("\" ;;\n", to);
    for (size_t i = 0; i < hw_commands_n; i++)
        complete_command(to, &hw_commands[i]);
    fputs("  esac\n"
          "  case $command in\n"
          "    set | add) words=\"$words $fields\" ;;\n"
          "    list | due | report | export) words=\"$words $filters\" ;;\n"
          "  esac\n"
          "  if [[ $cur == = && ${COMP_WORDS[COMP_CWORD-1]} == status ]]; then words=$status cur=\"\"; fi\n"
          "  if [[ ${COMP_WORDS[COMP_CWORD-1]} == = && ${COMP_WORDS[COMP_CWORD-2]} == status ]]; then words=$status; fi\n"
          "  if [[ $cur == -* ]]; then words=\"$words",
          to);
    for (const struct hw_option *option = hw_common_options; option->name; option++)
        fprintf(to, " --%s", option->name);
    fputs("\"; fi\n"
          "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "  if [[ ${COMPREPLY[0]} == *[=:] ]]; then compopt -o nospace; fi\n"
          "}\n"
          "complete -o default -F _headway headway\n",
          to);
}

int hw_cmd_completion(struct hw_cli *cli)
{
    (void)cli;
    hw_help_completion(stdout);
    return 0;
}
