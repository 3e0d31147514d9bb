/* test_cli.c: the table of commands and what is made from it: parsing, help,
 * completion, suggestions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli.h"
#include "client/demo.h"
#include "client/help.h"
#include "client/options.h"

enum { WORDS_MAX = 16, TEXT_MAX = 4000 };

/* Reads a command line; what it says on stderr goes to `said`. */
static int parse(struct hw_cli *cli, char said[TEXT_MAX], char **words)
{
    int argc = 0;
    while (words[argc])
        argc++;
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    *cli = (struct hw_cli){.home = NULL};
    int code = hw_options_read(cli, argc, words);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, TEXT_MAX - 1, file)] = 0;
    fclose(file);
    return code;
}
#define LINE(...) (char *[]){(char[]){"headway"}, __VA_ARGS__, NULL}
#define W(word) (char[]){word}

/* The text that `print` writes; the caller frees. */
static char *printed(void (*print)(FILE *to))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    print(file);
    size_t n = (size_t)ftell(file);
    char *text = malloc(n + 1);
    assert_non_null(text);
    rewind(file);
    text[fread(text, 1, n, file)] = 0;
    fclose(file);
    return text;
}

static void every_command_has_help_and_an_example_of_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_commands_n; i++) {
        const struct hw_command *command = &hw_commands[i];
        char start[64];
        print_message("%s\n", command->name);
        assert_true(strlen(command->summary) > 5);
        assert_true(strncmp(command->synopsis, command->name, strlen(command->name)) == 0);
        snprintf(start, sizeof start, "headway %s", command->name);
        assert_true(strncmp(command->examples, start, strlen(start)) == 0);
        assert_non_null(command->text);
        assert_true(command->run != NULL);
        assert_ptr_equal(hw_command_find(command->name), command);
    }
}

static void options_have_help_and_never_clash(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_commands_n; i++)
        for (const struct hw_option *option = hw_commands[i].options; option && option->name; option++) {
            assert_true(strlen(option->help) > 5);
            assert_int_not_equal(option->help[strlen(option->help) - 1], '.');
            for (const struct hw_option *other = hw_common_options; other->name; other++) {
                assert_string_not_equal(option->name, other->name);
                assert_true(!option->letter || option->letter != other->letter);
            }
        }
}

static void the_daily_commands_are_the_eight_of_the_contract(void **state)
{
    static const char *const daily[] = {"list", "show", "set", "comment", "due", "import", "export", "undo"};
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < hw_commands_n; i++)
        n += hw_commands[i].daily;
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++)
        assert_true(hw_command_find(daily[i])->daily);
}

static void help_lists_every_command(void **state)
{
    char *text = printed(hw_help_overview);
    (void)state;
    for (size_t i = 0; i < hw_commands_n; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n  %s ", hw_commands[i].name);
        assert_non_null(strstr(text, line));
    }
    free(text);
}

static void completion_lists_every_command_and_option(void **state)
{
    char *text = printed(hw_help_completion);
    (void)state;
    for (size_t i = 0; i < hw_commands_n; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n    %s) words=\"", hw_commands[i].name);
        const char *at = strstr(text, line);
        assert_non_null(at);
        for (const struct hw_option *option = hw_commands[i].options; option && option->name; option++) {
            snprintf(line, sizeof line, "--%s ", option->name);
            const char *found = strstr(at, line);
            assert_true(found && found < strchr(at + 1, '\n'));
        }
    }
    assert_non_null(strstr(text, "status= "));
    free(text);
}

static void an_unknown_command_names_the_nearest(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    assert_int_equal(parse(&cli, said, LINE(W("lsit"))), 2);
    assert_non_null(strstr(said, "did you mean \"list\"?"));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
}

static void an_unknown_option_names_the_nearest(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    assert_int_equal(parse(&cli, said, LINE(W("set"), W("k7"), W("--drry-run"))), 2);
    assert_non_null(strstr(said, "--dry-run?"));
    assert_int_equal(parse(&cli, said, LINE(W("list"), W("-Z"))), 2);
    assert_non_null(strstr(said, "-Z"));
}

static void an_option_without_its_value_is_refused(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    assert_int_equal(parse(&cli, said, LINE(W("set"), W("k7"), W("-m"))), 2);
    assert_non_null(strstr(said, "-m needs a value"));
    assert_int_equal(parse(&cli, said, LINE(W("add"), W("x"), W("--plan"))), 2);
    assert_non_null(strstr(said, "--plan needs a value"));
    assert_int_equal(parse(&cli, said, LINE(W("set"), W("--yes=1"))), 2);
    assert_non_null(strstr(said, "--yes takes no value"));
}

static void options_stand_before_behind_and_between(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    int code = parse(&cli, said, LINE(W("--home"), W("/x"), W("set"), W("k7"), W("-m"), W("why"), W("status=done"), W("--json"),
                                      W("--"), W("--odd")));
    assert_int_equal(code, 0);
    assert_string_equal(cli.home, "/x");
    assert_string_equal(hw_cli_value(&cli, "message"), "why");
    assert_true(cli.json);
    assert_int_equal(cli.argc, 3);
    assert_string_equal(cli.argv[0], "k7");
    assert_string_equal(cli.argv[1], "status=done");
    assert_string_equal(cli.argv[2], "--odd");
}

static void an_option_may_be_repeated(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    assert_int_equal(parse(&cli, said, LINE(W("invite"), W("KAZ"), W("--group"), W("a"), W("--group=b"))), 0);
    assert_string_equal(hw_cli_value_at(&cli, "group", 0), "a");
    assert_string_equal(hw_cli_value_at(&cli, "group", 1), "b");
    assert_null(hw_cli_value_at(&cli, "group", 2));
    assert_string_equal(hw_cli_value(&cli, "group"), "b");
    assert_false(hw_cli_flag(&cli, "replace"));
}

static void help_is_asked_for_in_three_ways(void **state)
{
    struct hw_cli cli;
    char said[TEXT_MAX];
    (void)state;
    assert_int_equal(parse(&cli, said, (char *[]){W("headway"), NULL}), -1);
    assert_null(cli.command);
    assert_int_equal(parse(&cli, said, LINE(W("--help"))), -1);
    assert_null(cli.command);
    assert_int_equal(parse(&cli, said, LINE(W("list"), W("--help"))), -1);
    assert_string_equal(cli.command->name, "list");
}

/* The demo carries its sample files inside; they must be the ones of the tests. */
static void demo_samples_are_the_sample_files(void **state)
{
    (void)state;
    if (access("tests/samples", R_OK) != 0) {
        print_message("tests/samples is not here; run from the top of the project\n");
        skip();
    }
    for (size_t i = 0; i < hw_demo_samples_n; i++) {
        char path[128], text[TEXT_MAX];
        snprintf(path, sizeof path, "tests/samples/%s", hw_demo_samples[i].name);
        FILE *from = fopen(path, "r");
        assert_non_null(from);
        text[fread(text, 1, sizeof text - 1, from)] = 0;
        fclose(from);
        assert_string_equal(text, hw_demo_samples[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help_and_an_example_of_itself),
        cmocka_unit_test(options_have_help_and_never_clash),
        cmocka_unit_test(the_daily_commands_are_the_eight_of_the_contract),
        cmocka_unit_test(help_lists_every_command),
        cmocka_unit_test(completion_lists_every_command_and_option),
        cmocka_unit_test(an_unknown_command_names_the_nearest),
        cmocka_unit_test(an_unknown_option_names_the_nearest),
        cmocka_unit_test(an_option_without_its_value_is_refused),
        cmocka_unit_test(options_stand_before_behind_and_between),
        cmocka_unit_test(an_option_may_be_repeated),
        cmocka_unit_test(help_is_asked_for_in_three_ways),
        cmocka_unit_test(demo_samples_are_the_sample_files),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
