"""test_cli.py: what scripts rely on: exit codes, JSON keys, suggestions."""
import json
import os
import re
import subprocess

from harness import HEADWAY, SAMPLES, Skip, case, check, has, main, same

LIST = {"id", "kind", "group", "plan", "number", "type", "title", "countries", "responsible", "deadline", "status",
        "status_label", "reason", "progress", "overdue", "updated", "updated_by", "office", "conflicts"}
TIME = {"raw", "edtf", "earliest", "latest"}
LOG = {"event", "change", "when", "received", "author", "office", "id", "field", "before", "after", "comment",
       "signature", "verdict"}
REPORT = {"key", "name", "total", "completed", "in_progress", "not_started", "on_hold", "not_applicable", "cancelled",
          "proposed", "overdue", "no_date", "denominator", "percent", "offices", "silent_offices", "last_heard"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def stocked(world):
    """A hub with a plan of five rows."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p", "--period", "2024")
    hub.run("import", os.path.join(SAMPLES, "workplan.tsv"), "--plan", "p")
    return hub


def keys(wanted, got, what):
    missing = wanted - set(got)
    check(not missing, what, "lacks", sorted(missing))


def one_line(result, *parts):
    """Refused with one line on stderr, and nothing on stdout."""
    same(result.out, "", result)
    same(len(result.err.strip().splitlines()), 1, result)
    has(result.err, *parts)


@case
def list_and_show_print_the_promised_keys(world):
    hub = stocked(world)
    rows = hub.json("list")
    check(len(rows) >= 5, "rows", len(rows))
    for row in rows:
        keys(LIST, row, "list --json")
        keys(TIME, row["deadline"], "a time")
        check(RFC3339.match(row["updated"]), row["updated"])
        same(len(row["id"]), 16, "ids are whole")
    first = hub.json("show", "p/1")
    keys(LIST | {"description", "themes", "references", "completed_on", "comments", "children"}, first, "show --json")
    keys({"event", "when", "author", "office", "text"}, first["comments"][0], "a comment")
    check(all(re.fullmatch("[0-9a-z]{16}", child) for child in first["children"]))
    same([r for r in rows if r["id"] == first["id"]][0]["title"], first["title"])


@case
def a_plans_whole_code_means_the_plan_even_where_an_id_begins_so(world):
    hub = stocked(world)
    item = hub.json("show", "p/1")["id"]
    code = item[:4]
    hub.run("plan", "add", "--group", "wg6", "Another", "--code", code, "--period", "2025")
    same(hub.json("show", code)["title"], "Another")
    same(hub.json("show", item[:6])["id"], item, "a longer prefix is the item still")


@case
def text_that_is_not_utf8_is_refused_and_filters_nothing_in(world):
    hub = stocked(world)
    for words in (["list", "\udcff"], ["list", "country:\udcff"], ["set", "country:\udcff", "status=done", "--yes"],
                  ["set", "p/1", "title=a\udcff"], ["comment", "p/1", "\udcff"]):
        one_line(hub.run(*words, code=2), "UTF-8")


@case
def words_typed_do_not_reach_the_terminal_raw(world):
    hub = stocked(world)
    check("\033" not in hub.run("list", "--\033[31m", code=2).err)


@case
def long_titles_in_cyrillic_are_cut_between_characters(world):
    hub = stocked(world)
    for lead in ("", "a"):
        title = lead + "План действий по гендерному равенству в странах региона " * 3
        hub.run("add", "activity", title, "--plan", "p", "countries=UZB", "deadline=2024-05")
    has(hub.run("set", "country:UZB", "status=done", code=4).err, "would change 2 records")


@case
def a_device_is_written_to_and_not_replaced(world):
    hub = stocked(world)
    has(hub.run("export", "--format", "csv", "-o", "/dev/stdout").out, "id,group")
    if os.geteuid() != 0:  # as root a broken version would take the device away
        one_line(hub.run("export", "--format", "csv", "-o", "/dev/full", code=1), "No space left")


@case
def plain_show_and_status_are_tab_separated(world):
    hub = stocked(world)
    for words in (("show", "p/1"), ("status",)):
        lines = hub.run(*words, "--plain").out.splitlines()
        check(lines and all("\t" in line for line in lines), lines)


@case
def undoing_an_import_leaves_the_plan_of_what_others_changed(world):
    hub = world.hub("wg6")
    hub.run("import", os.path.join(SAMPLES, "workplan.tsv"), "--group", "wg6")
    plan = hub.json("plan", "list")[0]["code"]
    first = hub.json("list")[0]["id"]
    hub.run("set", first, "status=on-hold", author="Ana")
    has(hub.run("undo", "--yes", code=4).out, "the plan still holds items")
    same([r["id"] for r in hub.json("list", "plan:" + plan)], [first])


@case
def status_and_sync_print_the_promised_keys(world):
    hub = stocked(world)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    for node in (hub, kaz):
        status = node.status()
        keys({"node", "roles", "incarnation", "upstream", "offices", "pending", "refused", "conflicts", "records", "events",
              "db_bytes", "integrity"}, status, "status --json")
        keys({"code", "state", "last_heard", "behind"}, status["offices"][0], "an office of status --json")
        check(status["integrity"] in ("ok", "failed", "unchecked"))
    keys({"address", "state", "since", "last_sync", "clock_offset_ms"}, kaz.status()["upstream"], "upstream")
    keys({"sent", "received", "pending", "seconds"}, kaz.json("sync", "--wait", "10"), "sync --json")


@case
def sync_at_a_hub_prints_its_document_too(world):
    hub = stocked(world)
    keys({"sent", "received", "pending", "seconds"}, hub.json("sync", "--wait", "5"), "sync --json")


@case
def log_and_conflicts_and_refused_print_the_promised_keys(world):
    hub = stocked(world)
    for args in (("log",), ("log", "p/1"), ("log", "p/1", "--field", "status")):
        rows = hub.json(*args)
        check(rows, args, "prints nothing")
        for row in rows:
            keys(LOG, row, "log --json")
            check(RFC3339.match(row["when"]), row["when"])
            check(row["signature"] in ("good", "bad", "unknown"), row)
    same(len(hub.json("log", "--limit", "3")) <= 3 * 12, True)
    for command in ("conflicts", "refused", "todo"):
        same(hub.json(command), [], command)


@case
def the_report_adds_up_and_prints_the_promised_keys(world):
    hub = stocked(world)
    for by in ("region", "country", "group", "plan", "status", "office"):
        report = hub.json("report", "--by", by)
        same(report["by"], by)
        keys({"by", "period", "as_of", "rows", "total"}, report, "report --json")
        for row in report["rows"] + [report["total"]]:
            keys(REPORT, row, "a row of report --json")
            same(row["total"], sum(row[k] for k in ("completed", "in_progress", "not_started", "on_hold", "not_applicable",
                                                    "cancelled", "proposed")), by)
            same(row["denominator"], row["total"] - row["not_applicable"] - row["cancelled"])
    total = hub.json("report", "--by", "country")["total"]
    # Five activities; each deliverable has a counted parent. One is completed, two are late.
    same((total["total"], total["completed"], total["percent"]), (5, 1, 20))
    countries = {r["key"]: r["total"] for r in hub.json("report", "--by", "country")["rows"]}
    same(countries, {"KAZ": 2, "COL": 3, "SEN": 2, "PER": 1, "KGZ": 1, "MLI": 1}, "a row of several countries counts in each")
    period = hub.json("report", "--by", "group", "--period", "2025")
    same(period["total"]["total"], 2)


@case
def the_report_is_written_as_csv_and_as_one_printable_page(world):
    hub = stocked(world)
    hub.run("report", "--by", "region", "-o", "r.csv")
    hub.run("report", "--by", "region", "-o", "r.html")
    check(len(open(world.path("r.csv"), encoding="utf-8-sig").read().splitlines()) >= 4)
    page = open(world.path("r.html"), encoding="utf-8").read()
    has(page, "<svg", "</html>", "Central Asia")
    check("http://" not in page.replace("http://www.w3.org", "") and "<script" not in page, "the page needs something else")
    one_line(hub.run("report", "-o", "r.docx", code=2), ".html")


@case
def import_prints_the_promised_keys_and_its_counts_add_up(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    done = hub.json("import", os.path.join(SAMPLES, "workplan.tsv"), "--plan", "p")
    keys({"rows", "new", "changed", "same", "records", "problems", "lossless"}, done, "import --json")
    same(done["rows"], done["new"] + done["changed"] + done["same"] + len(done["problems"]))
    same(done["records"]["item"], 10, "five activities and five deliverables")


@case
def group_plan_and_office_lists_are_json(world):
    hub = stocked(world)
    keys({"code", "name", "kind", "countries"}, hub.json("group", "list")[0], "group list")
    keys({"id", "code", "group", "title", "period", "items"}, hub.json("plan", "list")[0], "plan list")
    keys({"code", "name", "state", "last_heard"}, hub.json("office", "list")[0], "office list")
    same(hub.json("group", "show", "wg6")["code"], "wg6")
    same(hub.json("plan", "show", "p")["code"], "p")
    same(hub.json("office", "show", "HQ")["code"], "HQ")


@case
def export_jsonl_has_every_kind_sorted_and_only_replicated_facts(world):
    hub = stocked(world)
    lines = hub.export().decode().splitlines()
    rows = [json.loads(line) for line in lines]
    order = [(r["kind"], r["id"]) for r in rows]
    same(order, sorted(order), "not sorted by kind, then id")
    check({"plan", "item", "comment", "group", "office", "incarnation"} <= {r["kind"] for r in rows})
    for row in rows:
        same(list(row), sorted(row), "keys are not sorted")
    item = [r for r in rows if r["kind"] == "item"][0]
    same(item["group"], "wg6")
    keys(TIME, item["deadline"], "a time")
    same(len(item["plan"]), 16, "a reference is an id")
    same(json.loads(hub.run("export", "--format", "json").out)[0]["kind"] != "", True)
    csv = hub.run("export", "--format", "csv", "--fields", "number,title,status").out.lstrip("\ufeff").splitlines()
    same(csv[0], "id,number,title,status,base")
    hub.run("export", "--format", "csv", "-o", "all.csv")
    check(os.path.getsize(world.path("all.csv")) > 200)


@case
def filters_choose_as_promised(world):
    hub = stocked(world)
    titles = lambda *f: sorted(r["title"] for r in hub.json("list", "type:activity", *f))
    same(len(titles()), 5)
    same(len(titles("country:KAZ")), 2)
    same(len(titles("country:Kazakhstan")), 2)
    same(len(titles("region:Central Asia")), 2)
    same(titles("status:completed"), ["Collect good practices of cities"])
    same(titles("status:on-hold"), titles("status:ON_HOLD"))
    same(len(titles("status:overdue")), 3)
    same(titles("due.before:2024-12"), ["Hold a learning day for school heads"])
    same(titles("due:2024-12"), ["Collect good practices of cities"])
    same(len(titles("responsible:Cities team")), 2)
    same(titles("checklist"), ["Write a checklist for town halls"])
    same(titles("plan:p", "group:wg6", "country:SEN", "school"), ["Hold a learning day for school heads"])


@case
def words_are_understood_in_several_spellings_and_tongues(world):
    hub = stocked(world)
    for typed, shown in (("in-progress", "in progress"), ("On Hold", "on hold"), ("NOT_STARTED", "not started"),
                         ("завершено", "completed"), ("en cours", "in progress"), ("no longer applicable", "no longer applicable")):
        hub.run("set", "p/1", "status=" + typed)
        same(hub.value("p/1", "status"), shown)
    hub.run("set", "p/1", "status=")
    same(hub.value("p/1", "status"), None, "`field=` clears")
    hub.run("set", "p/1", "статус=завершено")
    same(hub.value("p/1", "status"), "completed")
    hub.run("set", "p/1", "countries=KAZ,TAJ", "themes+=water", "deadline=Dec-2030")
    same((hub.value("p/1", "countries"), hub.value("p/1", "themes")), (["KAZ", "TJK"], ["water"]))
    same(hub.value("p/1", "deadline")["edtf"], "2030-12")


@case
def unknown_words_exit_2_and_name_the_nearest(world):
    hub = stocked(world)
    for args, near in ((("lsit",), "list"), (("list", "--jsn"), "--json"), (("list", "contry:KAZ"), "country"),
                       (("list", "status:complet"), "completed"), (("set", "p/1", "stauts=done"), "status"),
                       (("set", "p/1", "status=complted"), "completed"), (("report", "--by", "regin"), "region"),
                       (("add", "activty", "X", "--plan", "p"), "activity"), (("help", "lsit"), "list"),
                       (("set", "p/1", "countries=KAZZ"), "KAZ"), (("export", "--format", "cvs"), "csv")):
        one_line(hub.run(*args, code=2), near)
    same(hub.value("p/1", "status"), "in progress", "a suggestion was run")


@case
def a_date_that_is_none_exits_2(world):
    hub = stocked(world)
    for args in (("list", "due:someday-ish"), ("due", "banana"), ("list", "due.before:2019-13"),
                 ("log", "--since", "yesteryear"), ("report", "--period", "2016-Q9"),
                 ("report", "--as-of", "32.13.2016")):
        one_line(hub.run(*args, code=2))


@case
def a_date_that_is_none_is_not_set(world):
    hub = stocked(world)
    one_line(hub.run("set", "p/1", "deadline=2019-13-45", code=2))
    hub.run("set", "p/1", "deadline=ongoing")  # a word that real plans have


@case
def log_of_an_unknown_field_exits_2_and_names_the_nearest(world):
    one_line(stocked(world).run("log", "--field", "stauts", code=2), "status")


@case
def unknown_and_ambiguous_ids_exit_3(world):
    hub = stocked(world)
    for args in (("show", "zzzzzzzz"), ("set", "zzzzzzzz", "status=completed"), ("comment", "zzzzzzzz", "x"),
                 ("archive", "zzzzzzzz"), ("show", "p/77"), ("log", "zzzzzzzz"), ("resolve", "zzzzzzzz", "status", "--mine"),
                 ("plan", "show", "q"), ("group", "show", "wg7"), ("office", "show", "XXX"),
                 ("undo", "HQ.1:999"), ("add", "activity", "X", "--plan", "pp"), ("add", "member", "X", "--group", "wg66")):
        one_line(hub.run(*args, code=3))
    # 6,000 ids of four letters from 2^20: some two agree; imported ids are hashed, so always the same two.
    rows = "".join("Task number %d,2030-01\n" % i for i in range(6000))
    hub.run("import", world.write("many.csv", "Action,Deadline\n" + rows), "--group", "wg6")
    ids = sorted(r["id"] for r in hub.json("list", "plan:many"))
    same(len(ids), 6000)
    twins = [(a, b) for a, b in zip(ids, ids[1:]) if a[:4] == b[:4]]
    check(twins, "no two ids begin alike; import more rows")
    one, two = twins[0]
    one_line(hub.run("show", one[:4], code=3), one[:5])
    length = next(n for n in range(17) if one[:n] != two[:n])
    same(hub.json("show", one[:length])["id"], one)
    same(hub.json("show", one[:length].upper())["id"], one)


@case
def a_daemon_that_does_not_run_exits_69_with_the_line_that_starts_it(world):
    hub = stocked(world)
    hub.stop()
    for args in (("list",), ("show", "p/1"), ("set", "p/1", "status=done"), ("sync",), ("status",), ("report",),
                 ("import", os.path.join(SAMPLES, "tracker.txt"), "--group", "wg6")):
        one_line(hub.run(*args, code=69), "headwayd --home " + hub.home)
    for args in (("help",), ("help", "set"), ("version",), ("completion",)):
        hub.run(*args)


@case
def what_is_not_permitted_exits_77(world):
    hub = stocked(world)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    one_line(kaz.run("group", "add", "mine", "--name", "Ours", code=77))
    one_line(kaz.run("invite", "TKM", "--group", "wg6", code=77))
    same([g["code"] for g in hub.json("group", "list")], ["wg6"])


@case
def a_change_of_many_needs_yes_and_a_dry_run_writes_nothing(world):
    hub = stocked(world)
    before = hub.export()
    asked = hub.run("set", "country:KAZ", "status=on-hold", code=4)
    has(asked.err, "--yes", "--dry-run")
    has(hub.run("set", "country:KAZ", "status=on-hold", "--dry-run").out, "→ on hold", "Nothing was written")
    same(hub.export(), before)
    hub.run("set", "country:KAZ", "type:activity", "status=on-hold", "--yes")
    same([r["status"] for r in hub.json("list", "country:KAZ", "type:activity")], ["on hold"] * 2)


@case
def a_change_says_before_and_after_where_it_is_and_how_to_undo_it(world):
    hub = stocked(world)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    kaz.cut()
    out = kaz.run("set", "p/1", "status=completed", "-m", "All three countries").out
    has(out, "status", "in progress → completed", "Saved here; 2 changes wait", "Undo: headway undo")
    same(kaz.json("show", "p/1")["comments"][-1]["text"], "All three countries")


@case
def every_command_has_help_and_completion_loads_in_bash(world):
    node = world.node("NONE")
    overview = node.run("help").out
    commands = re.findall(r"^  ([a-z]+) +\S", overview, re.M)
    check(len(commands) >= 26, commands)
    for command in commands:
        for args in (("help", command), (command, "--help")):
            has(node.run(*args).out, "headway " + command, "Examples")
    has(node.run("help", "item").out, "deadline", "no longer applicable")
    script = node.run("completion").out
    same(node.run("completion", "bash").out, script, "the Makefile asks for `completion bash`")
    ask = 'eval "$1"; COMP_WORDS=(headway imp); COMP_CWORD=1; _headway; echo "${COMPREPLY[*]}"; ' \
          'COMP_WORDS=(headway set k7f3 stat); COMP_CWORD=3; _headway; echo "${COMPREPLY[*]}"'
    done = subprocess.run(["bash", "-c", ask, "bash", script], capture_output=True, env=world.environment, timeout=10)
    same(done.stdout.decode().split(), ["import", "status="], done.stderr.decode())


@case
def the_examples_of_the_help_are_understood(world):
    """Each example line of each command gets past the command line and the schema: never exit 2."""
    hub = stocked(world)
    world.write("tracker.txt", open(os.path.join(SAMPLES, "tracker.txt"), "rb").read())
    world.write("minutes.txt", "Minutes")
    for command in ("list", "show", "set", "comment", "due", "export", "add", "archive", "log", "report", "todo", "conflicts",
                    "resolve", "refused", "status", "sync", "office", "group", "plan", "undo"):
        text = hub.run("help", command).out
        # The command's own; those of a kind of the same name, below, have words to fill in.
        for line in text.split("Examples\n")[1].split("\n\n")[0].splitlines():
            line = line.split(">")[0].strip()
            for shown, here in (("group add gtg-eca", "group add gtg-new"), ("--code wg6-2019", "--code new"), ("k7f3", "p/2"), ("wg6-2019", "p"),
                                ("gtg-eca", "wg6"), ("show KAZ", "show HQ")):
                line = line.replace(shown, here)
            done = subprocess.run(["sh", "-c", 'headway() { "$HW" --home "$HH" "$@"; }; ' + line], cwd=world.dir,
                                  env=dict(world.environment, HW=HEADWAY, HH=hub.home), capture_output=True, timeout=60)
            check(done.returncode in (0, 3, 4), "exit %d: %s\n%s" % (done.returncode, line, done.stderr.decode()))


@case
def a_full_output_is_a_failure_and_a_closed_one_is_not(world):
    hub = stocked(world)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HEADWAY, "--home", hub.home, "list"], stdout=full, stderr=subprocess.PIPE, env=world.environment)
    same(done.returncode, 1, done.stderr.decode())
    done = subprocess.run(["sh", "-c", '"$0" --home "$1" log | head -1', HEADWAY, hub.home], capture_output=True,
                          env=world.environment)
    same((done.returncode, done.stderr), (0, b""))


@case
def several_homes_are_listed_and_one_alone_is_found(world):
    if os.geteuid() == 0:
        raise Skip("root's homes are under /var/lib/headway, which is not a test's to fill")
    own = dict(world.environment, XDG_DATA_HOME=world.dir + "/x")
    ask = lambda *args: subprocess.run([HEADWAY, *args], env=own, capture_output=True, timeout=20)
    same(ask("init", "--name", "KAZ").returncode, 0)
    same(ask("list").returncode, 69, "the only home was not found")
    same(ask("init", "--name", "TKM").returncode, 0)
    both = ask("list")
    same(both.returncode, 3)
    has(both.stderr.decode(), "/KAZ", "/TKM", "--home")


main()
