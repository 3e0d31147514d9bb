/* seeds: writes the inputs that the search starts from: seeds DIR makes DIR/NAME/NN for each target. All are made with our
 * own encoders, or written here by hand; whole files come from tests/samples. */
#include <jansson.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bundle_file.h"
#include "daemon/verb.h"
#include "fuzz.h"
#include "headway/invitation.h"
#include "headway/merge.h"
#include "headway/value.h"
#include "tests/unit/events.h"

static const char *folder;

static void save(const char *target, const char *head, size_t head_n, struct hw_slice bytes)
{
    static unsigned number;
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s/seed-%03u", folder, target, number++);
    FILE *to = fopen(path, "w");
    HOLDS(to);
    fwrite(head, 1, head_n, to);
    fwrite(bytes.p, 1, bytes.n, to);
    HOLDS(fclose(to) == 0);
}

static void save_text(const char *target, const char *head, size_t head_n, const char *text)
{
    save(target, head, head_n, hw_slice_text(text));
}

/* JSON, ' for ", as CBOR. */
static void put_json(struct hw_out *out, const json_t *value)
{
    const char *key;
    json_t *one;
    size_t i;
    if (json_is_object(value)) {
        hw_put_map(out, json_object_size(value));
        json_object_foreach((json_t *)(uintptr_t)value, key, one) {
            hw_put_text(out, key);
            put_json(out, one);
        }
    } else if (json_is_array(value)) {
        hw_put_array(out, json_array_size(value));
        json_array_foreach(value, i, one)
            put_json(out, one);
    } else if (json_is_string(value)) {
        hw_put_text(out, json_string_value(value));
    } else if (json_is_integer(value)) {
        hw_put_int(out, json_integer_value(value));
    } else if (json_is_real(value)) {
        hw_put_double(out, json_real_value(value));
    } else if (json_is_boolean(value)) {
        hw_put_bool(out, json_is_true(value));
    } else {
        hw_put_null(out);
    }
}

static void put_text_json(struct hw_out *out, const char *text)
{
    char copy[2000];
    size_t n = 0;
    for (; text[n] && n < sizeof copy - 1; n++)
        copy[n] = text[n] == '\'' ? '"' : text[n];
    copy[n] = 0;
    json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);
    HOLDS(value);
    put_json(out, value);
    json_decref(value);
}

static void bodies_and_segments(void)
{
    struct hw_event events[EVENTS_FIXED];
    struct hw_out body = {0}, wire = {0};
    struct hw_binding binding = {.office = hw_slice_text("KAZ")};
    uint8_t secret[HW_SIGN_SECRET] = {1}, hash[HW_HASH_SIZE], none[HW_HASH_SIZE] = {0};
    events_fixed(events);
    struct hw_arena arena;
    hw_arena_init(&arena);
    hw_event_redact(&events[1], events_seed, 1, &arena);
    for (size_t n = 1; n <= EVENTS_FIXED; n++) {
        const char head[] = {1, 0, (char)n};
        hw_out_reset(&body);
        hw_body_encode(&body, &events_self, events_seed, events, n, NULL);
        save("body", head + 1, 2, hw_out_slice(&body));
        save("segment", head, 3, hw_out_slice(&body));
        save("cbor", "\1\12", 2, hw_out_slice(&body));
        hw_out_reset(&wire);
        hw_segment_seal(&binding, &events_self, hw_slice_text("wg6"), events, n, none, events_seed, secret, &wire, hash);
        save("segment", "\0", 1, hw_out_slice(&wire));
        hw_out_reset(&body);
        hw_segments_item(&body, hw_out_slice(&wire));
        struct hw_out message = {0};
        hw_segments_wrap(&message, 5, hw_out_slice(&body), 1);
        save("message", "", 0, hw_out_slice(&message));
        hw_out_done(&message);
    }
    hw_out_done(&body);
    hw_out_done(&wire);
    hw_arena_done(&arena);
}

/* At each limit and one beyond it: a limit that is gone is noticed at once. */
static void body_limits(void)
{
    static struct hw_name seen[HW_SEEN_MAX + 1];
    static struct hw_op ops[HW_OPS_MAX + 1];
    static uint8_t author[HW_AUTHOR_MAX + 1];
    struct hw_out body = {0};
    memset(author, 'a', sizeof author);
    for (size_t i = 0; i <= HW_SEEN_MAX; i++)
        seen[i] = (struct hw_name){events_self, i + 1, 0};
    for (size_t i = 0; i <= HW_OPS_MAX; i++)
        ops[i] = (struct hw_op){.code = HW_OP_SET, .field = 3, .value = TEXT("\xf6")};
    for (size_t more = 0; more < 2; more++)
        for (size_t which = 0; which < 4; which++) {
            struct hw_op op = {.code = HW_OP_SET, .field = 3, .value = TEXT("\xf6"), .seen = seen};
            struct hw_event event = {.seq = 7, .kind = 10, .author = {author, 3}, .ops = &op, .ops_n = 1};
            op.seen_n = which == 0 ? HW_SEEN_MAX + more : 1;
            event.author.n = which == 1 ? HW_AUTHOR_MAX + more : 3;
            event.ops = which == 2 ? ops : &op;
            event.ops_n = which == 2 ? HW_OPS_MAX + more : 1;
            event.stamp = which == 3 ? (uint64_t)INT64_MAX + more : 5;
            hw_out_reset(&body);
            hw_body_encode(&body, &events_self, events_seed, &event, 1, NULL);
            save("body", "\0\1", 2, hw_out_slice(&body));
        }
    hw_out_done(&body);
}

static void entries(void)
{
    struct hw_out out = {0}, items = {0}, message = {0};
    struct hw_entry entry = {.position = 3, .time_ms = 1784000000000, .type = HW_ENTRY_ADMIT, .inc = events_self,
                             .seq = 7, .n = 3, .hash = {4}};
    hw_entry_encode(&out, &entry);
    save("journal", "", 0, hw_out_slice(&out));
    hw_journal_item(&items, &(struct hw_journal_item){.entry = hw_out_slice(&out), .segment = hw_slice_text("x")});
    entry = (struct hw_entry){.position = 4, .time_ms = 1784000000001, .type = HW_ENTRY_VERDICT, .inc = events_self,
                              .seq = 8, .verdict = HW_VERDICT_REFUSED, .code = HW_REFUSAL_RIGHTS, .stamp = 12,
                              .text = hw_slice_text("no right")};
    hw_out_reset(&out);
    hw_entry_encode(&out, &entry);
    save("journal", "", 0, hw_out_slice(&out));
    hw_journal_item(&items, &(struct hw_journal_item){.entry = hw_out_slice(&out)});
    static uint8_t text[501];
    memset(text, 'a', sizeof text);
    for (entry.text = (struct hw_slice){text, 500}; entry.text.n <= sizeof text; entry.text.n++) {
        hw_out_reset(&out);
        hw_entry_encode(&out, &entry);
        save("journal", "", 0, hw_out_slice(&out));
    }
    entry = (struct hw_entry){.position = 5, .time_ms = 1784000000002, .type = HW_ENTRY_ROOT, .handover = {.from = {1}, .to = {2}}};
    hw_out_reset(&out);
    hw_entry_encode(&out, &entry);
    save("journal", "", 0, hw_out_slice(&out));
    const struct hw_journal_message head = {.group = hw_slice_text("wg6"), .life = events_peer};
    hw_journal_wrap(&message, 5, &head, hw_out_slice(&items), 2);
    save("message", "", 0, hw_out_slice(&message));
    hw_out_done(&out);
    hw_out_done(&items);
    hw_out_done(&message);
}

static void messages(void)
{
    struct hw_stream_tip tips[] = {{hw_slice_text("directory"), 3, {1}, false}, {hw_slice_text("wg6"), 12, {2}, true}};
    struct hw_cursor cursors[] = {{hw_slice_text("wg6"), {{1}}, 7, {3}, true}};
    struct hw_group_welcome groups[] = {{.group = hw_slice_text("wg6"), .state = HW_GROUP_RESUME, .position = 9, .resume = 7}};
    struct hw_ack acks[] = {{{{1}}, hw_slice_text("wg6"), 12, 11}};
    static uint8_t author[70];
    struct hw_news_item news[] = {{.ms = 3, .next = true, .n = 1, .sealed = {author, 70}},
                                  {.ms = -3, .inc = {{1}}, .first = 4, .n = 2, .sealed = {author, 70}},
                                  {.own = true, .first = 5, .n = 1}};
    struct hw_position positions[] = {{hw_slice_text("wg6"), 9, 0}};
    struct hw_history_verdict verdict = {.seq = 4, .verdict = 3, .code = 2, .stamp = 5, .text = hw_slice_text("taken out")};
    struct hw_history_item pages[] = {{.position = 9, .time_ms = 5, .segment = {author, 70}, .verdicts = &verdict, .verdicts_n = 1},
                                      {.position = 3, .time_ms = 4, .segment = {author, 70}}};
    struct hw_history_named named = {.name = {{{1}}, 2, 1}, .stamp = 5, .value = {author, 1}};
    const struct hw_history_message page = {.what = HW_HISTORY_PAGE, .number = 1, .group = hw_slice_text("wg6"), .from = 2,
                                            .items = pages, .items_n = 2, .named = &named, .named_n = 1};
    const struct hw_history_message one = {.what = HW_HISTORY_ASK, .number = 1, .group = hw_slice_text("wg6"), .one = true,
                                           .record = {{7}}, .from = 9, .since_ms = 3, .events = 50};
    const struct hw_history_message every = {.what = HW_HISTORY_ASK, .number = 2, .group = hw_slice_text("wg6"), .from = 9,
                                             .events = HW_HISTORY_EVENTS};
    const struct hw_message all[] = {
        {.type = HW_JOIN, .body.join = {.office = hw_slice_text("KAZ"), .curve_key = {1}, .inc = {{2}}}},
        {.type = HW_ADMITTED, .body.admitted = {.office = hw_slice_text("KAZ"), .token = {1}, .time_ms = 5, .life = 1}},
        {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = {{1}}, .time_ms = 1784000000000, .streams = tips,
                                          .streams_n = 2, .cursors = cursors, .cursors_n = 1}},
        {.type = HW_WELCOME, .session = 5, .body.welcome = {.schema = 1, .session = 5, .status = HW_WELCOME_FORK, .credit = 500000,
                                                            .streams = tips, .streams_n = 2, .groups = groups,
                                                            .groups_n = 1}},
        {.type = HW_CONFIRM, .session = 5, .body.confirm = {{7}, true, {HW_LANE_SNAPSHOT, 500000}}},
        {.type = HW_SEALED, .session = 5, .body.sealed = {.lane = 1, .first = 9, .n = 1, .sealed = {author, 70}}},
        {.type = HW_NEWS, .session = 5, .body.news = {.lane = 1, .position = 9, .items = news, .items_n = 3, .is_signed = true}},
        {.type = HW_AGAIN, .body.hello = {.schema = 1, .streams = tips, .streams_n = 2, .cursors = cursors, .cursors_n = 1}},
        {.type = HW_CREDIT, .session = 5, .body.credit = {HW_LANE_BACKLOG, 500000}},
        {.type = HW_ACK, .session = 5, .body.ack = {acks, 1, positions, 1}},
        {.type = HW_PING, .session = 5, .body.ping = {3, true, 1784000000000, positions, 1}},
        {.type = HW_BYE, .session = 5, .body.bye = hw_slice_text("restart")},
        {.type = HW_ERROR, .session = 5, .body.error = {hw_slice_text("NO_SPACE"), hw_slice_text("wg6"),
                                                        hw_slice_text("the disk is full"), 60000}},
        {.type = HW_HISTORY, .session = 5, .body.history = page},
        {.type = HW_HISTORY, .session = 5, .body.history = one},
        {.type = HW_HISTORY, .session = 5, .body.history = every},
    };
    struct hw_out out = {0};
    const uint64_t numbers[] = {9, INT64_MAX, (uint64_t)INT64_MAX + 1}; /* usual, greatest, beyond */
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            tips[1].seq = cursors[0].position = groups[0].position = groups[0].resume = numbers[k];
            acks[0].durable = acks[0].admitted = positions[0].position = numbers[k];
            hw_out_reset(&out);
            hw_message_encode(&out, &all[i]);
            if (k == 0 || all[i].type == HW_HELLO || all[i].type == HW_WELCOME || all[i].type >= HW_ACK)
                save("message", "", 0, hw_out_slice(&out));
        }
    hw_out_done(&out);
}

/* Who knocks at a hub: each request alone, a session as it should be, and keys asked about. */
static void knocks(void)
{
    const struct hw_message join = {.type = HW_JOIN, .body.join = {.office = hw_slice_text("TJK"), .curve_key = {1}, .inc = {{2}}}};
    struct hw_stream_tip tip = {hw_slice_text("wg6"), 12, {2}, false};
    struct hw_cursor cursors[] = {{hw_slice_text("wg6"), {{9}}, 7, {3}, false}, {hw_slice_text("wg7"), {{9}}, 1, {3}, false}};
    const struct hw_message hello = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = {{11}}, .streams = &tip, .streams_n = 1,
                                                                      .cursors = cursors, .cursors_n = 2}};
    const struct hw_message plain = {.type = HW_HELLO, .body.hello = {.schema = 1, .inc = {{11}}}};
    const struct hw_message confirm = {.type = HW_CONFIRM, .session = 1, .body.confirm.token = {7}};
    const struct hw_message *const all[] = {&join, &hello, &plain, &confirm};
    struct hw_out out = {0}, session = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        hw_out_reset(&out);
        hw_message_encode(&out, all[i]);
        const char step[] = {all[i]->type == HW_JOIN ? 2 : 0, (char)(out.n >> 8), (char)out.n};
        save("hub", step, sizeof step, hw_out_slice(&out));
        for (char bits = 0; bits < 8 && i < 3; bits++)
            save("enter", &bits, 1, hw_out_slice(&out));
        if (i < 2)
            continue;
        hw_put_raw(&session, step, sizeof step);
        hw_put_raw(&session, out.p, out.n);
        hw_put_raw(&session, "\x10", 1); /* stored */
    }
    save("hub", "", 0, hw_out_slice(&session));
    save("zap", "\x01\x01\x02\x03", 4, (struct hw_slice){(const uint8_t[29]){0}, 29});
    save("zap", "\x01\x04\x05\x06", 4, (struct hw_slice){(const uint8_t[29]){0}, 29});
    save("zap", "\x01\x04\x05\x06", 4, (struct hw_slice){(const uint8_t[40]){0}, 40});
    save_text("zap", "", 0, "\x02\x021.0\x01x");
    hw_out_done(&out);
    hw_out_done(&session);
}

static void rows_and_invitations(void)
{
    struct hw_name name = {events_peer, 12, 2}, seen[] = {{events_peer, 10, 0}, {events_self, 3, 1}};
    struct hw_head heads[] = {{name, 77, TEXT("\x63Old")}, {{events_self, 4, 0}, 80, TEXT("\x63New")}};
    struct hw_cell cells[] = {{.field = 3, .heads = heads, .heads_n = 2, .awaited = seen, .awaited_n = 2},
                              {.field = 4, .heads = heads + 1, .heads_n = 1}};
    struct hw_refused refused[] = {{.name = name, .field = 3, .seen = seen, .seen_n = 2}};
    struct hw_row row = {.cells = cells, .cells_n = 2, .refused = refused, .refused_n = 1,
                         .made = {events_self, 1, 5, TEXT("Ana")}, .updated = {events_peer, 12, 77, TEXT("Boris")}};
    struct hw_out out = {0};
    hw_row_encode(&row, &out);
    save("meta", "", 0, hw_out_slice(&out));
    const struct hw_invitation invitation = {.office = hw_slice_text("KAZ"), .root = {1}, .root_now = {4}, .hub_key = {2}, .secret = {3},
                                             .address = hw_slice_text("tcp://hq.example.org:7400"),
                                             .expires_ms = 1784000000000};
    hw_out_reset(&out);
    hw_invitation_print(&out, &invitation);
    save("invitation", "\0", 1, hw_out_slice(&out));
    hw_out_reset(&out);
    hw_put_array(&out, 8);
    hw_put_uint(&out, 1);
    hw_put_text(&out, "KAZ");
    hw_put_text(&out, "tcp://hq.example.org:7400");
    hw_put_bytes(&out, invitation.root, HW_ROOT_SIZE);
    hw_put_bytes(&out, invitation.root_now, HW_ROOT_SIZE);
    hw_put_bytes(&out, invitation.hub_key, HW_CURVE_SIZE);
    hw_put_bytes(&out, invitation.secret, HW_CURVE_SIZE);
    hw_put_uint(&out, invitation.expires_ms);
    save("invitation", "\1", 1, hw_out_slice(&out));
    hw_out_done(&out);
}

static const char *const times[] = {
    "2016-12-31", "05/06/2019", "25.11.2019", "Dec 2016", "Q4 2016", "H1 2017", "2016-Q4", "2017-36", "2018/19", "2018-20",
    "by the end of 2019", "Jan-Mar 2020", "28 May - 2 June 2020", "since 2015", "ongoing", "TBD", "до июля 2018",
    "1er trimestre 2019", "primer semestre de 2018", "2016-12/..", "../2017", "~2015", "2019-12-16~", "Sept 11-15, 2023",
    "between March and May 2018", "1H-00", "mid-2017", "early 2018", "نهاية 2017", "2017年12月", "II quarter 2018"};

static void fields(void)
{
    static const char *const references[] = {"SDG 8.7, 8.8 and 16.b", "ILO Convention n° 142 (2019)", "A/RES/70/1",
                                             "WHA Resolutions 61.17 and 70.15", "GCM: objective 15", "ЦУР 3 и 4",
                                             "XX (?) TBD ___", "[insert name] à définir", "Pending; no longer pending"};
    static const char *const texts[] = {"completed", "in-progress", "Kazakhstan", "KAZ", "yes", "50%", "Late \xc2\xa0",
                                        "0123456789abcdef", "AAEC", "final draft", "Регион"};
    struct hw_out out = {0};
    bool met[HW_TYPE_BYTES + 1] = {false};
    for (size_t k = 0; k < hw_schema_n; k++)
        for (size_t f = 0; f < hw_schema[k].fields_n; f++) {
            if (met[hw_schema[k].fields[f].type])
                continue; /* one field of each type */
            met[hw_schema[k].fields[f].type] = true;
            const char head[] = {(char)k, (char)f, 1};
            for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                const char peer[] = {(char)k, (char)f, 0};
                hw_out_reset(&out);
                if (hw_value_parse(&hw_schema[k].fields[f], hw_slice_text(texts[i]), HW_DATES_DMY, &out, NULL) != HW_OK)
                    continue;
                save_text("value", head, 3, texts[i]);
                save("value", peer, 3, hw_out_slice(&out));
            }
        }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        save_text("when", i % 3 ? "\1" : "\2", 1, times[i]);
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        save_text("reference", i % 2 ? "\1" : "\0", 1, references[i]);
    save_text("id", "", 0, "0123456789abcdef");
    save_text("id", "", 0, "oIl4");
    save_text("id", "", 0, "gtg-eca");
    save_text("id", "", 0, "KAZ-2");
    hw_out_done(&out);
}

static void files(void)
{
    static const char *const names[] = {"broken.csv", "plan-es.csv", "plan-fr.csv", "plan.csv",
                                        "plan.tsv", "tracker-bars.txt", "tracker.txt", "workplan.tsv"};
    static const char *const outlines[] = {"outline-page.txt", "outline-group.txt", "outline-slides.txt"};
    /* A document's lines: mark and depth stand before each. */
    static const char *const lists[] = {"\1\3Members\n\1Water Office (chair)\n\1Port Office (proposed)\n",
                                        "\1\3Next steps\n\2" "1. Dig by 2030\n\x0aa) here\n\x01\xe2\x80\xa2\n",
                                        "\1\3Mali - since May 2020\n\3Priorities\n\1Dig:\n\5Dig deep\n\5Dig deep\n"};
    static const char *const tables[] = {"A,B\nOne,2016\nTwo,\"Dec\n2017\"\n", "Title;Due;Country\nTrain;05/06/2019;KAZ, UZB\n",
                                         "Activity\tDeliverables\n1.1 Train\t- a\n- b\n1.2 KAZ: Law\t\n",
                                         "| Title | Status |\n|---|---|\n| **One** | done |\n",
                                         "\xff\xfeT\0i\0t\0l\0e\0\n\0x\0", "Titre,\xc9tat\nLoi,fini\n"};
    static const char *const configs[] = {
        "name = KAZ\nroot = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nupstream = tcp://hq.example.org:7400\n"
        "upstream_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\nlog_level = debug\n",
        "# a hub\nname = \"HQ\"\nlisten = 'tcp://0.0.0.0:7400' # all\naddress = tcp://hq.example.org:7400\nheartbeat_ms = 500\n"
        "timeout_ms = 2000\nhandshake_ms = 100\nreconnect_ms = 10\nreconnect_max_ms = 60000\nmax_peers = 9\n"};
    static char bytes[4000];
    char path[100];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "tests/samples/%s", names[i]);
        FILE *from = fopen(path, "r");
        HOLDS(from);
        size_t n = fread(bytes, 1, sizeof bytes, from);
        fclose(from);
        save("import", "\0", 1, (struct hw_slice){(const uint8_t *)bytes, n});
    }
    for (size_t i = 0; i < sizeof outlines / sizeof outlines[0]; i++) {
        snprintf(path, sizeof path, "tests/samples/%s", outlines[i]);
        FILE *from = fopen(path, "r");
        HOLDS(from);
        size_t n = fread(bytes, 1, sizeof bytes, from);
        fclose(from);
        save("outline", "\0", 1, (struct hw_slice){(const uint8_t *)bytes, n});
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        save_text("outline", "", 0, lists[i]);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        save("import", i ? "\0" : "\3", 1,
             i == 4 ? (struct hw_slice){(const uint8_t *)tables[i], 16} : hw_slice_text(tables[i]));
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
        save_text("config", "", 0, configs[i]);
}

static const char *const requests[][2] = {
    {"ping", "{}"}, {"status", "{}"}, {"sync", "{'wait':3}"}, {"office.list", "{}"}, {"office.show", "{'code':'KAZ'}"},
    {"group.add", "{'code':'wg8','assign':['name=Eight']}"}, {"group.list", "{}"}, {"group.show", "{'code':'wg6'}"},
    {"plan.add", "{'group':'wg6','title':'Third','assign':['code=p3']}"}, {"plan.list", "{'group':'wg6'}"},
    {"plan.show", "{'plan':'p1'}"},
    {"add", "{'plan':'p1','title':'New','type':'activity','assign':['countries=KAZ','deadline=2017-05'],'comment':'x'}"},
    {"set", "{'target':['p1/1.1'],'assign':['status=completed','themes+=law','countries-=KAZ'],'comment':'done'}"},
    {"set", "{'target':['status:open'],'assign':['deadline=2018'],'yes':true,'dry_run':false}"},
    {"comment", "{'id':'p1/1.1','text':'seen'}"}, {"archive", "{'id':'p1/1.2'}"}, {"show", "{'id':'p1/1.1'}"},
    {"list", "{'filter':['country:KAZ','status:open','strategy']}"}, {"log", "{'id':'p1/1.1','limit':5}"},
    {"log", "{'since':'2016','until':'2017-Q4','author':'aigul','office':'KAZ','field':'status'}"},
    {"undo", "{'dry_run':true}"}, {"undo", "{'change':'KAZ.1:5'}"}, {"conflicts", "{'filter':[]}"},
    {"resolve", "{'id':'p1/1.1','field':'status','mine':true}"}, {"todo", "{}"}, {"refused", "{}"},
    {"import", "{'plan':'p1','file':'a.csv','dates':'dmy','dry_run':false,'skip_bad':true,'rows':[{'row':1,'line':2,"
               "'key':'one','kind':'item','parent':null,'fields':[['title','One','Title'],['deadline','05/06/2019','Due']],"
               "'comments':['c'],'rest':'r'},{'row':2,'line':3,'key':'two','kind':'item','parent':1,'fields':"
               "[['title','Two','Title'],['countries','KAZ','C'],['countries','UZB','C']],'comments':[],'rest':''},"
               "{'row':3,'line':4,'problem':'p','column':'c','value':'v'}]}"},
    {"import", "{'group':'wg6','plan_new':'From file','file':'b.csv','dry_run':true,'rows':[]}"},
    {"export", "{'filter':['kind:all'],'kinds':['item'],'limit':2}"},
    {"report", "{'by':'country','filter':[],'period':'2016','as_of':'2017-01-01'}"}, {"report", "{'by':'status'}"},
    {"invite", "{'code':'UZB','groups':['wg6:reader:UZB'],'expires':3600,'replace':false}"}};

static void asks(void)
{
    struct hw_out out = {0}, args = {0};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        hw_out_reset(&args);
        put_text_json(&args, requests[i][1]);
        const struct hw_verb *verb = hw_verb_find(hw_slice_text(requests[i][0]));
        const char head = verb ? (char)(verb - hw_verbs) : 0;
        if (verb)
            save("verb", &head, 1, hw_out_slice(&args));
        hw_out_reset(&out);
        hw_put_array(&out, 4);
        hw_put_uint(&out, 1);
        hw_put_text(&out, requests[i][0]);
        hw_put_raw(&out, args.p, args.n);
        hw_put_text(&out, i % 2 ? "Aigul" : NULL);
        save("ctl", "\1", 1, hw_out_slice(&out));
        if (i >= 2)
            continue;
        const char frame[] = {0, 0, 0, 0, (char)out.n};
        save("ctl", frame, sizeof frame, hw_out_slice(&out));
    }
    hw_out_done(&out);
    hw_out_done(&args);
}

static void answers(void)
{
    static const char *const frames[] = {
        "[1,0,{'id':'0123456789abcdef','short':'0123','title':'One','countries':['KAZ'],'n':-3,'done':0.5,'x':null}]",
        "[1,1,0,'done',{'saved':true,'records':[{'when':{'raw':'2016','edtf':'2016','earliest':'2016-01-01'}}]}]",
        "[1,1,11,'nothing has the id 0123',null]", "[1,1,77,null,null]", "[1,0,[1,2,[true,false]]]"};
    struct hw_out out = {0}, both = {0};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        hw_out_reset(&out);
        put_text_json(&out, frames[i]);
        save("answer", "\1", 1, hw_out_slice(&out));
        const char head[] = {0, 0, 0, (char)out.n};
        if (i < 2) {
            hw_put_raw(&both, head, 4);
            hw_put_raw(&both, out.p, out.n);
        }
        save("cbor", "\0", 1, hw_out_slice(&out));
    }
    save("answer", "\0", 1, hw_out_slice(&both));
    hw_out_done(&out);
    hw_out_done(&both);
}

static void filters(void)
{
    static const char *const words[] = {
        "country:KAZ", "country:none\nstatus:overdue", "status:in-progress,open", "type:milestone", "plan:p1\nstrategy",
        "plan:Second", "group:wg7", "region:Central Asia", "responsible:mco", "theme:water", "office:KAZ", "kind:all",
        "due.before:2016-12", "due.after:2015", "due:2016-Q4", "due:week", "archived:all\ntext:law", "number:1.1",
        "conflict:yes", "contry:KAZ", "http://x", "2016-Q4"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        save_text("filter", "", 0, words[i]);
}

/* With the keys of fuzz_bundle.c; the end is left to it. */
static void bundles(void)
{
    static const uint8_t sign_seed[crypto_sign_SEEDBYTES], box_seed[crypto_box_SEEDBYTES];
    uint8_t secret[HW_SIGN_SECRET], box_public[HW_CURVE_SIZE], box_secret[HW_CURVE_SIZE], bytes[4096];
    crypto_box_seed_keypair(box_public, box_secret, box_seed);
    for (int sealed = 0; sealed < 2; sealed++) {
        struct hw_bundle bundle = {.office = "KAZ", .to = "HQ", .made_ms = 1784000000000, .inc = events_self};
        struct hw_bundle_writer writer;
        int fd = memfd_create("seed", MFD_CLOEXEC);
        crypto_sign_seed_keypair(bundle.sign_key, secret, sign_seed);
        HOLDS(hw_bundle_begin(&writer, fd, &bundle, sealed ? box_public : NULL, NULL) == HW_OK);
        HOLDS(hw_bundle_put(&writer, hw_slice_text("a message"), NULL) == HW_OK);
        HOLDS(hw_bundle_put(&writer, hw_slice_text("m"), NULL) == HW_OK);
        HOLDS(hw_bundle_end(&writer, secret, NULL) == HW_OK);
        ssize_t n = pread(fd, bytes, sizeof bytes, 0);
        HOLDS(n > 100);
        save("bundle", "\0", 1, (struct hw_slice){bytes, (size_t)n});
        save("bundle", "\1", 1, (struct hw_slice){bytes, (size_t)n - 4 - HW_HASH_SIZE - HW_SIGNATURE_SIZE});
        save("bundle", sealed ? "\3" : "\2", 1, hw_slice_text("\1a\4four\7sixteen"));
        hw_bundle_writer_done(&writer);
        close(fd);
    }
}

static void objects_of_json(void)
{
    /* Without the first { and the last }, which the target adds. */
    static const char *const objects[] = {
        "\"archived\":true,\"base\":\"title=0123abcd deadline=01234567 deadline.edtf=89abcdef\",\"countries\":[\"KAZ\"],"
        "\"deadline\":{\"earliest\":\"2024-11-12\",\"edtf\":\"2024-11-12\",\"latest\":\"2024-11-12\",\"raw\":\"12/11/2024\"},"
        "\"group\":\"wg6\",\"id\":\"6pm1j7qg7e6r8etz\",\"kind\":\"item\",\"parent\":null,\"progress\":40,\"status\":\"completed\","
        "\"status_label\":\"Fini\",\"title\":\"Wells\",\"new\":{\"a\":[1.5,false]}},{\"kind\":\"comment\",\"id\":\"3n8qe7aaec66rxe9\","
        "\"on\":\"6pm1j7qg7e6r8etz\",\"text\":\"Да\\nنعم\"",
        "\"kind\":\"plan\",\"id\":\"sctr6eqn2b1cwkb8\",\"group\":\"wg6\",\"code\":\"p\"}\n{\"kind\":\"office\",\"id\":\"ad1yxsp4d6zpg834\"",
        "\"uuid\":\"35a8191e-f03b-8ead-8a00-00008d843b5f\",\"description\":\"Wells\",\"status\":\"completed\",\"end\":\"20241112T093000Z\","
        "\"due\":\"20241112T120000Z\",\"project\":\"p\",\"tags\":[\"KAZ\",\"next\"],\"headway_tags\":\"KAZ water\",\"headway_countries\":\"KAZ; TKM\","
        "\"headway_due\":\"20241112T120000Z\",\"headway_deadline\":\"12 Nov\",\"headway_base\":\"title=0123abcd\",\"urgency\":4.5,"
        "\"annotations\":[{\"entry\":\"20241112T120000Z\",\"description\":\"Said\"}]",
        "\"uuid\":\"0b1f\",\"description\":\"A task\",\"status\":\"waiting\",\"tags\":\"a,b\",\"depends\":[\"x\"]},\n{\"description\":\"B\",\"status\":\"pending\",\"start\":\"20241112T120000Z\""};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        save_text("json", i % 2 ? "\1" : "\0", 1, objects[i]);
}

static void snapshots(void)
{
    static const uint8_t hashes[2 * HW_HASH_SIZE] = {1};
    const struct hw_snapshot_stream streams[] = {{.inc = {{1}}, .seq = 9}, {.inc = {{2}}, .seq = 1204}};
    struct hw_manifest manifest = {.group = hw_slice_text("gtg-eca"), .position = 30, .records = 2, .streams = streams,
                                   .streams_n = 2, .chunks = hashes, .chunks_n = 2};
    struct hw_chunk_record records[] = {{.kind = 8, .meta = hw_slice_text("one")}, {.kind = 10, .meta = hw_slice_text("two")}};
    struct hw_out out = {0}, items = {0};
    hw_manifest_encode(&out, &manifest);
    save("snapshot", "\0", 1, hw_out_slice(&out));
    for (size_t i = 0; i < 2; i++)
        hw_chunk_item(&items, &records[i]);
    hw_out_reset(&out);
    hw_chunk_pack(&out, hw_out_slice(&items), 2);
    save("snapshot", "\1", 1, hw_out_slice(&out));
    hw_out_done(&out);
    hw_out_done(&items);
}

/* How far a peer goes as it should, with an office's key and without, and what it then says. */
static void greetings(void)
{
    static const uint8_t frames[] = {4, 7, 4, 'P', 'I', 'N', 'G', 0, 9, 0, 3, 'o', 'n', 'e', 1, 3, 't', 'w', 'o', 0, 0};
    static const char broken = 60; /* in session, and broken off: a full queue, then PINGs */
    struct hw_out full HW_CLEANUP(hw_out_done) = {0};
    for (int i = 0; i < 32; i++)
        hw_put_raw(&full, i < 24 ? "\0\1A" : "\2\7\4PING\0\20", i < 24 ? 3 : 9);
    save("greeting", &broken, 1, hw_out_slice(&full));
    for (char how = 0; how < 5; how++) {
        const char keyed = (char)(how | 8), framed = (char)(how | 24);
        save_text("greeting", &how, 1, "GET / HTTP/1.1");
        save_text("greeting", &keyed, 1, "\x0bSocket-Type1234DEALER");
        save("greeting", &framed, 1, (struct hw_slice){frames, sizeof frames});
    }
}

int main(int argc, char **argv)
{
    HOLDS(argc == 2);
    folder = argv[1];
    mkdir(folder, 0755);
    bodies_and_segments();
    body_limits();
    entries();
    messages();
    knocks();
    rows_and_invitations();
    fields();
    files();
    asks();
    answers();
    filters();
    objects_of_json();
    snapshots();
    bundles();
    greetings();
    return 0;
}
