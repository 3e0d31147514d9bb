/* test_config.c: headway.conf is read strictly and written so that a person can
 * read it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/home.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

struct place {
    char directory[64], file[96];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->directory, sizeof place->directory, "/tmp/headway-test-config-XXXXXX");
    if (!place || !mkdtemp(place->directory))
        return -1;
    snprintf(place->file, sizeof place->file, "%s/headway.conf", place->directory);
    *state = place;
    return 0;
}

static int clear_place(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    int rc = rmdir(place->directory); /* fails when a temporary file was left */
    free(place);
    return rc;
}

static enum hw_status read_text(struct place *place, const char *text, struct hw_config *config, struct hw_err *err)
{
    assert_int_equal(hw_file_write(place->file, text, strlen(text), 0600, NULL), HW_OK);
    err->text[0] = '\0';
    return hw_config_read(place->file, config, err);
}

static void expect_error(void **state, const char *text, const char *message)
{
    struct hw_config config;
    struct hw_err err;
    assert_int_equal(read_text(*state, text, &config, &err), HW_CONFIG);
    if (!strstr(err.text, message))
        fail_msg("expected '%s' in '%s'", message, err.text);
    assert_null(config.name); /* nothing to free after an error */
}

static void every_key_is_read(void **state)
{
    struct hw_config c;
    struct hw_err err;
    const char *text = "# a comment\nname = KAZ\n\nroot = " KEY "\nlisten = \"tcp://0.0.0.0:7400\"\n"
                       "upstream = tcp://hub.example.org:7400 # beside\nupstream_key = \"" KEY "\"\n"
                       "log_level = debug\nheartbeat_ms = 5000\ntimeout_ms = 30000\nhandshake_ms = 4000\n"
                       "reconnect_ms = 300\nreconnect_max_ms = 9000\nmax_peers = 12\n"
                       "max_strangers = 13\nmax_per_address = 14\nconnects_per_second = 15\nmax_per_office = 16\n"
                       "unfinished_kb = 1024\nhellos_per_minute = 17\njoins_per_minute = 18\nmessages_per_second = 19\n"
                       "lives_per_day = 20\njoins_per_address = 21\njoins_per_invitation = 22\n"
                       "refusals_per_minute = 23\n"
                       "credit_kb = 500\nsnapshot_events = 70\n"
                       "metered = yes\nbytes_per_hour = 300000\nbytes_per_day = 3000000\n";
    if (read_text(*state, text, &c, &err) != HW_OK)
        fail_msg("%s", err.text);
    assert_string_equal(c.name, "KAZ");
    assert_string_equal(c.root, KEY);
    assert_string_equal(c.listen, "tcp://0.0.0.0:7400");
    assert_string_equal(c.upstream, "tcp://hub.example.org:7400");
    assert_string_equal(c.upstream_key, KEY);
    assert_string_equal(c.log_level, "debug");
    assert_int_equal(c.heartbeat_ms, 5000);
    assert_int_equal(c.timeout_ms, 30000);
    assert_int_equal(c.handshake_ms, 4000);
    assert_int_equal(c.reconnect_ms, 300);
    assert_int_equal(c.reconnect_max_ms, 9000);
    assert_int_equal(c.max_peers, 12);
    assert_int_equal(c.max_strangers, 13);
    assert_int_equal(c.max_per_address, 14);
    assert_int_equal(c.connects_per_second, 15);
    assert_int_equal(c.max_per_office, 16);
    assert_int_equal(c.unfinished_kb, 1024);
    assert_int_equal(c.hellos_per_minute, 17);
    assert_int_equal(c.joins_per_minute, 18);
    assert_int_equal(c.messages_per_second, 19);
    assert_int_equal(c.lives_per_day, 20);
    assert_int_equal(c.joins_per_address, 21);
    assert_int_equal(c.joins_per_invitation, 22);
    assert_int_equal(c.refusals_per_minute, 23);
    assert_int_equal(c.credit_kb, 500);
    assert_int_equal(c.metered, 1);
    assert_int_equal(c.bytes_per_hour, 300000);
    assert_int_equal(c.bytes_per_day, 3000000);
    assert_int_equal(c.snapshot_events, 70);
    hw_config_done(&c);
}

static void what_is_not_set_stays_empty(void **state)
{
    struct hw_config c;
    struct hw_err err;
    assert_int_equal(read_text(*state, "name = KAZ\r\n", &c, &err), HW_OK);
    assert_null(c.listen);
    assert_null(c.upstream);
    assert_int_equal(c.max_peers, 0);
    hw_config_done(&c);
    hw_config_done(&c); /* twice is harmless */
}

static void an_unknown_key_is_refused_with_its_line_and_the_nearest(void **state)
{
    expect_error(state, "# comment\n\nname = KAZ\n   \nupstraem = x\n",
                 "headway.conf:5: unknown key 'upstraem', did you mean 'upstream'?");
    expect_error(state, "name = KAZ\ncolour = blue\n", "headway.conf:2: unknown key 'colour'");
}

static void bad_lines_are_named(void **state)
{
    expect_error(state, "name = KAZ\n= 3\n", "headway.conf:2: this is not a line of the form");
    expect_error(state, "name = KAZ\nhub\n", "headway.conf:2: this is not a line of the form");
    expect_error(state, "name = KAZ\n\rmax_peers = 3\n", "headway.conf:2: a carriage return stands inside this line");
    expect_error(state, "name = \"KAZ\n", "headway.conf:1: the closing quotation mark is missing");
    expect_error(state, "name = 'KAZ' x\n", "headway.conf:1: something stands after");
    expect_error(state, "name = KAZ\n    max_peers = 3\n", "headway.conf:2: this line is indented");
    expect_error(state, "name = KAZ\n\nname = TJK\n", "headway.conf:3: 'name' stands here a second time");
    expect_error(state, "name = KAZ\nlisten =\n", "headway.conf:2: 'listen' has no value");
}

static void bad_values_are_named_with_what_is_wanted(void **state)
{
    expect_error(state, "name = kaz\n", "headway.conf:1: 'name' is 'kaz', and must be 1 to 16 capital letters");
    expect_error(state, "name = KAZ\nmax_peers = many\n", "must be a whole number from 1 to 65000");
    expect_error(state, "name = KAZ\nmax_peers = 70000\n", "must be a whole number");
    expect_error(state, "name = KAZ\nmax_peers = 12x\n", "must be a whole number");
    expect_error(state, "name = KAZ\nmax_peers = -1\n", "must be a whole number");
    expect_error(state, "name = KAZ\nheartbeat_ms = 99999999999999999999\n", "must be a whole number");
    expect_error(state, "name = KAZ\nlog_level = loud\n", "error, warning, notice, info or debug");
    expect_error(state, "name = KAZ\nlisten = 0.0.0.0:7400\n", "tcp://");
    expect_error(state, "name = KAZ\nroot = abc\n", "43 characters");
    expect_error(state, "name = KAZ\nmetered = 1\n", "'metered' is '1', and must be yes or no");
    expect_error(state, "name = KAZ\nbytes_per_hour = 299999\n", "must be a whole number from 300000 to 2000000000");
}

static void what_does_not_fit_together_is_refused(void **state)
{
    expect_error(state, "", "'name' is missing");
    expect_error(state, "name = KAZ\nupstream = tcp://a:1\n", "'upstream' needs 'upstream_key'");
    expect_error(state, "name = KAZ\nlisten = tcp://0.0.0.0:1\nbytes_per_day = 300000\n", "this node follows none");
    expect_error(state, "name = KAZ\nheartbeat_ms = 60000\n", "timeout_ms (60000) must be greater");
    expect_error(state, "name = KAZ\nheartbeat_ms = 300001\ntimeout_ms = 600000\n", "heartbeat_ms");
}

static void a_missing_file_is_named(void **state)
{
    struct place *place = *state;
    struct hw_config c;
    struct hw_err err;
    assert_int_equal(hw_config_read(place->file, &c, &err), HW_CONFIG);
    assert_non_null(strstr(err.text, place->file));
}

static void what_is_written_is_read_back(void **state)
{
    struct place *place = *state;
    char name[] = "HQ", root[] = KEY, listen[] = "tcp://0.0.0.0:7400", level[] = "info";
    struct hw_config c = {.name = name, .root = root, .listen = listen, .log_level = level, .max_peers = 99}, d;
    struct hw_err err;
    assert_int_equal(hw_config_write(place->file, &c, &err), HW_OK);
    struct stat st;
    assert_int_equal(stat(place->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    if (hw_config_read(place->file, &d, &err) != HW_OK)
        fail_msg("%s", err.text);
    assert_string_equal(d.name, name);
    assert_string_equal(d.root, root);
    assert_string_equal(d.listen, listen);
    assert_string_equal(d.log_level, level);
    assert_null(d.upstream);
    assert_int_equal(d.max_peers, 99);
    assert_int_equal(d.timeout_ms, 0);
    hw_config_done(&d);
}

static void every_key_is_explained_in_the_file(void **state)
{
    struct place *place = *state;
    char name[] = "HQ", *text = NULL;
    struct hw_config c = {.name = name};
    size_t n = 0, comments = 0;
    assert_int_equal(hw_config_write(place->file, &c, NULL), HW_OK);
    assert_int_equal(hw_file_read(place->file, 65536, &text, &n, NULL), HW_OK);
    for (const char *p = text; (p = strstr(p, "\n\n# ")); p++)
        comments++;
    assert_int_equal(comments, 32);
    assert_non_null(strstr(text, "# max_peers = 4096\n"));
    free(text);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    struct place *place = *state;
    char name[] = "HQ", listen[] = "tcp://a:1\"\nname = KAZ";
    struct hw_config c = {.name = name, .listen = listen};
    struct hw_err err;
    assert_int_equal(hw_config_write(place->file, &c, &err), HW_CONFIG);
    assert_int_not_equal(access(place->file, F_OK), 0);
}

static void signals_stay_ours(void **state)
{
    struct hw_config c;
    struct hw_err err;
    assert_int_equal(read_text(*state, "name = KAZ\n", &c, &err), HW_OK);
    hw_config_done(&c);
    struct sigaction action;
    assert_int_equal(sigaction(SIGTERM, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, make_place, clear_place)
    const struct CMUnitTest tests[] = {
        T(every_key_is_read),
        T(what_is_not_set_stays_empty),
        T(an_unknown_key_is_refused_with_its_line_and_the_nearest),
        T(bad_lines_are_named),
        T(bad_values_are_named_with_what_is_wanted),
        T(what_does_not_fit_together_is_refused),
        T(a_missing_file_is_named),
        T(what_is_written_is_read_back),
        T(every_key_is_explained_in_the_file),
        T(what_could_not_be_read_is_not_written),
        T(signals_stay_ours),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
