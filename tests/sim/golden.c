/* golden.c: `golden`: the main flows as traces in English, compared with those that
 * are checked in (tests/sim/golden). `--accept` writes them; `--show NAME` prints one. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/golden.h"

struct options {
    const char *folder, *show;
    bool accept;
};

/* Like `diff` itself: 0 the same, 1 different, else it could not be told. */
static int differs(const char *path, struct hw_slice text)
{
    char command[600];
    snprintf(command, sizeof command, "diff -u -- '%s' -", path);
    fflush(stdout);
    FILE *diff = popen(command, "w");
    if (!diff)
        return 2;
    bool written = fwrite(text.p, 1, text.n, diff) == text.n;
    return pclose(diff) == 0 && written ? 0 : 1;
}

static bool write_file(const char *path, struct hw_slice text)
{
    FILE *file = fopen(path, "w");
    bool good = file && fwrite(text.p, 1, text.n, file) == text.n;
    good = file && fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return good;
}

/* The flow as text; false when it failed. */
static bool trace(const struct golden_flow *flow, struct golden *golden)
{
    golden_begin(golden);
    golden_text(golden, 0, flow->about);
    golden_text(golden, 0, "");
    golden_text(golden, 0, "Names: hub is headquarters' node; KAZ.1/gtg-eca:3 is change 3 of the first incarnation of office "
                           "KAZ in the group gtg-eca; <...> stands for the id of the item with that title.");
    golden_text(golden, 0, "");
    flow->run(golden);
    if (!*golden->world.failure)
        golden_state(golden);
    if (*golden->world.failure)
        printf("not ok - %s: %s\n", flow->name, golden->world.failure);
    return !*golden->world.failure;
}

static bool one(const struct golden_flow *flow, const struct options *options)
{
    static struct golden golden; /* large */
    char path[512];
    bool good = trace(flow, &golden);
    struct hw_slice text = hw_out_slice(&golden.text);
    snprintf(path, sizeof path, "%s/%s.txt", options->folder, flow->name);
    if (options->show) {
        fwrite(text.p, 1, text.n, stdout);
    } else if (good && options->accept) {
        good = write_file(path, text);
    } else if (good) {
        good = differs(path, text) == 0;
        printf("%s - %s goes as written down in %s.txt\n", good ? "ok" : "not ok", flow->name, flow->name);
    }
    golden_done(&golden);
    return good;
}

static int usage(void)
{
    fprintf(stderr, "golden [--dir tests/sim/golden] [--accept | --show NAME]\n");
    return 2;
}

static int parse(int argc, char **argv, struct options *options)
{
    static const struct option list[] = {
        {"dir", 1, NULL, 'd'}, {"show", 1, NULL, 's'}, {"accept", 0, NULL, 'a'}, {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", list, NULL)) != -1;) {
        if (c == 'd')
            options->folder = optarg;
        else if (c == 's')
            options->show = optarg;
        else if (c == 'a')
            options->accept = true;
        else
            return usage();
    }
    return optind == argc && !strchr(options->folder, '\'') ? 0 : usage();
}

int main(int argc, char **argv)
{
    struct options options = {.folder = "tests/sim/golden"};
    bool good = true, found = false;
    int code = parse(argc, argv, &options);
    if (code)
        return code;
    if (sodium_init() < 0)
        return 1;
    sim_disk_register();
    for (size_t i = 0; i < golden_flows_n; i++) {
        if (options.show && strcmp(options.show, golden_flows[i].name) != 0)
            continue;
        found = true;
        good = one(&golden_flows[i], &options) && good;
    }
    if (!found)
        return usage();
    if (!good && !options.accept)
        printf("Is the new trace what should happen? Read it, then: make golden ACCEPT=1\n");
    return !good;
}
