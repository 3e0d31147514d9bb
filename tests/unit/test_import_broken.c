/* test_import_broken.c: files as they should not be. Every sample is cut off at
 * each byte, edited at random, and written in each encoding with each
 * delimiter and line end. What is read loses no cell; what is not read is
 * refused with a sentence. BROKEN=100000 (make broken) asks for more inputs
 * than the few thousand of every day; SEED for others. */
#include <dirent.h>
#include <iconv.h>
#include <stdio.h>
#include <time.h>

#include "import_file.h"

enum { SAMPLES_MAX = 64, ROOM = 96 * 1024, EVERY_DAY = 4000 };

struct sample {
    char name[64];
    struct hw_slice bytes;
};
static struct sample samples[SAMPLES_MAX];
static size_t samples_n;
static struct hw_arena kept;
static struct {
    size_t inputs, read, refused, cells;
    double slowest;
    char slowest_name[200];
} figures;

static uint32_t draw(uint32_t *seed, size_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return below > 0 ? (uint32_t)((uint64_t)(*seed >> 8) * below >> 24) : 0;
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static size_t wanted(void)
{
    const char *text = getenv("BROKEN");
    return text != NULL ? (size_t)strtoul(text, NULL, 10) : EVERY_DAY;
}

static uint32_t seed_of(void)
{
    const char *text = getenv("SEED");
    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) * 7919u + 1 : 20161231u;
}

static void try_input(struct hw_slice bytes, const char *what)
{
    struct making m = {.import = {.arena = &m.arena, .heads = {.arena = &m.arena}}};
    double begun = now();
    hw_arena_init(&m.arena);
    enum hw_status status = make_bytes(&m, bytes);
    double took = now() - begun;
    figures.inputs++;
    figures.read += status == HW_OK;
    figures.refused += status != HW_OK;
    figures.cells += status == HW_OK ? m.import.tally.cells : 0;
    if (took > figures.slowest) {
        figures.slowest = took;
        snprintf(figures.slowest_name, sizeof figures.slowest_name, "%s", what);
    }
    if (status == HW_FAILED || (status == HW_OK && !m.lossless))
        fail_msg("%s loses line %u: %.*s", what, (unsigned)m.import.tally.line, (int)m.import.tally.missing.n,
                 (const char *)m.import.tally.missing.p);
    if (status != HW_OK && m.err.text[0] == 0)
        fail_msg("%s is refused without a word", what);
    if (!hw_utf8_valid(hw_slice_text(m.err.text)))
        fail_msg("%s is refused in broken letters", what);
    hw_arena_done(&m.arena);
}

static int read_samples(void **state)
{
    DIR *folder = opendir("tests/samples");
    (void)state;
    hw_arena_init(&kept);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && samples_n < SAMPLES_MAX;) {
        struct sample *sample = &samples[samples_n];
        const char *path = hw_arena_printf(&kept, "tests/samples/%s", entry->d_name);
        if (entry->d_name[0] == '.' || hw_import_read_file(path, &kept, &sample->bytes, NULL) != HW_OK ||
            sample->bytes.n > ROOM / 3)
            continue;
        snprintf(sample->name, sizeof sample->name, "%.60s", entry->d_name);
        samples_n++;
    }
    closedir(folder);
    return samples_n > 5 ? 0 : -1;
}

static int forget_samples(void **state)
{
    (void)state;
    print_message("%zu broken inputs: %zu read (%zu cells, none lost), %zu refused; the slowest took %.0f ms (%s)\n",
                  figures.inputs, figures.read, figures.cells, figures.refused, figures.slowest * 1000,
                  figures.slowest_name);
    hw_arena_done(&kept);
    return 0;
}

/* Each sample, cut off at each byte; every day at some of them. */
static void a_file_cut_off_anywhere_loses_nothing_that_is_read(void **state)
{
    size_t all = 0, done = 0;
    (void)state;
    for (size_t i = 0; i < samples_n; i++)
        all += samples[i].bytes.n;
    size_t step = all / (wanted() / 3 + 1) + 1;
    for (size_t i = 0; i < samples_n; i++)
        for (size_t n = i % step; n <= samples[i].bytes.n; n += step) {
            char what[200];
            snprintf(what, sizeof what, "%.60s cut at byte %zu", samples[i].name, n);
            try_input((struct hw_slice){samples[i].bytes.p, n}, what);
            done++;
        }
    assert_true(done > 0);
}

static size_t edit(uint8_t *text, size_t n, uint32_t *seed)
{
    static const char special[] = "\"\";,|\t\n\r-=+<>&'/\\()[]{}0123456789.:\xE2\x80\xA2\xD0\x96\xFF\xC3";
    static const char *const words[] = {"|---|", "<ul><li>", "</td>", "<table>", "\xEF\xBB\xBF", "Status", "Deadline;",
                                        "\"\"\"", "1.1 ", "KAZ:", "\xE2\x80\xA2 ", "+---+", "&#x10FFFF;", "PK\x03\x04"};
    size_t at = draw(seed, n + 1), length = 1 + draw(seed, 24);
    switch (draw(seed, 6)) {
    case 0: /* a piece is lost */
        length = at + length > n ? n - at : length;
        memmove(text + at, text + at + length, n - at - length);
        return n - length;
    case 1: /* one stands twice */
        length = at + length > n ? n - at : length;
        if (n + length > ROOM)
            return n;
        memmove(text + at + length, text + at, n - at);
        return n + length;
    case 2: { /* a word comes in */
        const char *word = words[draw(seed, sizeof words / sizeof words[0])];
        length = strlen(word);
        if (n + length > ROOM)
            return n;
        memmove(text + at + length, text + at, n - at);
        memcpy(text + at, word, length);
        return n + length;
    }
    case 3: /* the end is missing */
        return draw(seed, 8) == 0 ? at : n;
    default:
        if (at < n)
            text[at] = (uint8_t)special[draw(seed, sizeof special - 1)];
        return n;
    }
}

static void a_file_edited_at_random_loses_nothing_that_is_read(void **state)
{
    uint8_t *text = hw_arena_alloc(&kept, ROOM);
    uint32_t seed = seed_of();
    (void)state;
    size_t rounds = wanted() - wanted() / 3 - figures.inputs;
    for (size_t round = 0; round < rounds; round++) {
        const struct sample *from = &samples[round % samples_n];
        size_t n = from->bytes.n, times = 1 + draw(&seed, 8);
        char what[200];
        memcpy(text, from->bytes.p, n);
        for (size_t i = 0; i < times; i++)
            n = edit(text, n, &seed);
        snprintf(what, sizeof what, "%.60s in round %zu", from->name, round);
        try_input((struct hw_slice){text, n}, what);
    }
}

/* A table in letters of four alphabets, which each encoding has or has not. */
static struct hw_slice write_table(uint8_t *room, char delimiter, const char *end, unsigned words, uint32_t *seed)
{
    static const char *const heads[] = {"Action", "Responsible", "Deadline", "Status", "Comments"};
    static const char *const texts[4][3] = {{"Count the crossings", "WHO; City", "done, and \"printed\""},
                                            {"Compter les passages piétons", "Ministère", "terminé à l'été"},
                                            {"Посчитать переходы дороги", "Министерство", "выполнено в срок"},
                                            {"عد معابر المشاة في المدينة", "وزارة النقل", "مكتمل في الموعد"}};
    static const char *const dates[] = {"2024-05", "25/11/2024", "Q1 2025", "05-06/2020", "TBD"};
    size_t n = 0;
    for (size_t k = 0; k < 5; k++)
        n += (size_t)sprintf((char *)room + n, "%s%c", heads[k], k < 4 ? delimiter : ' ');
    n += (size_t)sprintf((char *)room + n, "%s", end);
    for (size_t row = 0; row < 6; row++) {
        n += (size_t)sprintf((char *)room + n, "\"%s %zu\"%c\"%s\"%c%s%c%s%c\"%s%s\"", texts[words][0], row, delimiter,
                             texts[words][1], delimiter, dates[draw(seed, 5)], delimiter, row % 2 ? "done" : "open", delimiter,
                             texts[words][2][0] == 'd' ? "yes" : texts[words][2], row == 3 ? "\nmore" : "");
        /* Every third file mixes its line ends. */
        n += (size_t)sprintf((char *)room + n, "%s", draw(seed, 12) == 0 ? "\r\n" : end);
    }
    return (struct hw_slice){room, n};
}

/* What the letters become; false when the encoding lacks some. */
static bool encode(struct hw_slice text, const char *encoding, const char *mark, size_t mark_n, uint8_t *room,
                   struct hw_slice *out)
{
    iconv_t handle = iconv_open(encoding, "UTF-8");
    char *from = (char *)(uintptr_t)text.p, *to = (char *)room + mark_n;
    size_t left = text.n, space = ROOM - mark_n;
    assert_true(handle != (iconv_t)-1);
    memcpy(room, mark, mark_n);
    bool whole = iconv(handle, &from, &left, &to, &space) != (size_t)-1;
    iconv_close(handle);
    *out = (struct hw_slice){room, (size_t)(to - (char *)room)};
    return whole;
}

static void every_encoding_with_every_delimiter_is_read_whole(void **state)
{
    static const struct {
        const char *name, *mark;
        size_t mark_n;
    } encodings[] = {{"UTF-8", "", 0},           {"UTF-8", "\xEF\xBB\xBF", 3}, {"UTF-16LE", "\xFF\xFE", 2},
                     {"UTF-16BE", "\xFE\xFF", 2}, {"CP1252", "", 0},            {"CP1251", "", 0}, {"CP1256", "", 0}};
    static const char delimiters[] = {',', ';', '\t', '|', '/'};
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    uint8_t *room = hw_arena_alloc(&kept, ROOM), *bytes = hw_arena_alloc(&kept, ROOM);
    uint32_t seed = seed_of();
    size_t rounds = wanted() / 3 / (7 * 5 * 3 * 4) + 1, whole = 0, tried = 0;
    (void)state;
    for (size_t round = 0; round < rounds; round++)
        for (size_t e = 0; e < 7; e++)
            for (size_t k = 0; k < 5 * 3 * 4; k++) {
                struct hw_slice text = write_table(room, delimiters[k % 5], ends[k / 5 % 3], (unsigned)(k / 15), &seed), input;
                char what[200];
                if (!encode(text, encodings[e].name, encodings[e].mark, encodings[e].mark_n, bytes, &input))
                    continue;
                snprintf(what, sizeof what, "%s with '%c', alphabet %zu, line end %zu", encodings[e].name, delimiters[k % 5],
                         k / 15, k / 5 % 3);
                size_t read = figures.read;
                try_input(input, what);
                tried++;
                whole += figures.read > read;
                if (figures.read == read)
                    print_message("%s is refused\n", what);
            }
    /* A slash parts a table whose dates have slashes too; all others are read. */
    assert_true(whole * 10 > tried * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_off_anywhere_loses_nothing_that_is_read),
        cmocka_unit_test(a_file_edited_at_random_loses_nothing_that_is_read),
        cmocka_unit_test(every_encoding_with_every_delimiter_is_read_whole),
    };
    return cmocka_run_group_tests(tests, read_samples, forget_samples);
}
