/* test_fuzz.c: the targets of tests/fuzz without a fuzzer. Each gets its corpus, every truncation of it and, of small
 * inputs, every byte flipped. A target runs in a process of its own, since it ends it when a property does not hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    INPUT_MAX = 8192,
    CUTS = 100,  /* truncations of one input at most, evenly spread */
    FLIPS = 150, /* bytes up to which each is flipped */
};

typedef int target_fn(const uint8_t *data, size_t size);
target_fn fuzz_answer, fuzz_body, fuzz_book_document, fuzz_book_html, fuzz_book_sheet, fuzz_bundle, fuzz_cbor, fuzz_config, fuzz_ctl, fuzz_enter,
    fuzz_filter, fuzz_greeting, fuzz_hub, fuzz_id, fuzz_import, fuzz_invitation, fuzz_journal, fuzz_json, fuzz_message, fuzz_meta, fuzz_outline, fuzz_reference,
    fuzz_segment, fuzz_snapshot, fuzz_value, fuzz_verb, fuzz_when, fuzz_zap;

struct target {
    const char *name;
    target_fn *run;
    size_t every; /* one of so many mutations: those that ask a store are slow */
};

/* What the child is at, for the message when it ends. */
struct place {
    char input[400];
    char change[40];
    size_t runs;
};

/* A copy of the exact size: reading behind it is noticed. */
static void feed(const struct target *target, const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    target->run(copy, n);
    free(copy);
}

static void feed_changed(const struct target *target, uint8_t *bytes, size_t n, struct place *place)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    size_t turn = 0, step = n / CUTS + 1;
    for (size_t cut = 0; cut < n; cut += step) {
        if (turn++ % target->every)
            continue;
        snprintf(place->change, sizeof place->change, "cut to %zu", cut);
        feed(target, bytes, cut);
        place->runs++;
    }
    for (size_t i = 0; i < n && n <= FLIPS; i++)
        for (size_t k = 0; k < sizeof flips; k++) {
            if (turn++ % target->every)
                continue;
            snprintf(place->change, sizeof place->change, "byte %zu ^ %02x", i, flips[k]);
            bytes[i] ^= flips[k];
            feed(target, bytes, n);
            bytes[i] ^= flips[k];
            place->runs++;
        }
}

static void feed_corpus(const struct target *target, struct place *place)
{
    static uint8_t bytes[INPUT_MAX];
    struct dirent **names;
    char folder[100];
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", target->name);
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(place->input, sizeof place->input, "%s/%s", folder, names[i]->d_name);
        FILE *from = names[i]->d_name[0] == '.' ? NULL : fopen(place->input, "r");
        free(names[i]);
        if (!from)
            continue;
        size_t size = fread(bytes, 1, sizeof bytes, from);
        fclose(from);
        snprintf(place->change, sizeof place->change, "as it is");
        feed(target, bytes, size);
        place->runs++;
        feed_changed(target, bytes, size, place);
    }
    if (n >= 0)
        free(names);
}

static void every_property_holds(void **state)
{
    const struct target *target = *state;
    struct place *place = mmap(NULL, sizeof *place, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    assert_true(place != MAP_FAILED);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        feed_corpus(target, place);
        exit(0); /* leaks are looked for */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        fail_msg("%s, %s", place->input, place->change);
    if (place->runs == 0)
        fail_msg("tests/fuzz/corpus/%s holds nothing", target->name);
    munmap(place, sizeof *place);
}

int main(void)
{
    static const struct target targets[] = {
        {"answer", fuzz_answer, 1},   {"body", fuzz_body, 1},       {"bundle", fuzz_bundle, 4},
        {"cbor", fuzz_cbor, 1},
        {"book_document", fuzz_book_document, 4}, {"book_html", fuzz_book_html, 2}, {"book_sheet", fuzz_book_sheet, 4},
        {"config", fuzz_config, 1},   {"ctl", fuzz_ctl, 2},         {"filter", fuzz_filter, 4},
        {"id", fuzz_id, 1},           {"import", fuzz_import, 4},   {"invitation", fuzz_invitation, 1}, {"json", fuzz_json, 4},
        {"journal", fuzz_journal, 1}, {"message", fuzz_message, 1}, {"meta", fuzz_meta, 1},
        {"outline", fuzz_outline, 4}, {"reference", fuzz_reference, 1}, {"segment", fuzz_segment, 4}, {"snapshot", fuzz_snapshot, 4}, {"value", fuzz_value, 1},
        {"verb", fuzz_verb, 16},
        {"when", fuzz_when, 1},       {"enter", fuzz_enter, 16},  {"hub", fuzz_hub, 2},
        {"zap", fuzz_zap, 1},         {"greeting", fuzz_greeting, 16}};
    enum { N = sizeof targets / sizeof targets[0] };
    struct CMUnitTest tests[N];
    for (size_t i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){targets[i].name, every_property_holds, NULL, NULL, (void *)(uintptr_t)&targets[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
