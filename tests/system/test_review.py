"""test_review.py: what is in doubt goes to a person as a workbook, and the answers come back."""
import re
import zipfile

from harness import case, check, has, main, same

PLAN = ("Action;Status;Country;Due\nDig;done;KAZ;2019\nFill;wobbly;Narnia, KGZ;one day\n"
        "Sow;wobbly;TJK;05/06/2020\n;open;TJK;2020\n")
SHEET = "xl/worksheets/sheet1.xml"


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def questions(path):
    """Rows of the sheet of questions: {column letter: text}."""
    with zipfile.ZipFile(path) as book:
        strings = [re.sub(r"<[^>]+>", "", s) for s in re.findall(r"<si>(.*?)</si>", book.read("xl/sharedStrings.xml").decode(), re.S)]
        rows = re.findall(r'<row r="(\d+)"(.*?)</row>', book.read(SHEET).decode(), re.S)
    out = {}
    for number, row in rows:
        cells = re.findall(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>(.*?)</c>)', row, re.S)
        out[int(number)] = {column: strings[int(re.search(r"<v>(\d+)</v>", cell).group(1))]
                            for column, cell in cells if "<v>" in cell and column not in "AC"}
    return out


def answer(path, answers):
    """Puts answers[text of column E, or words of column F] into column H, as a person would in a spreadsheet."""
    asked, used = questions(path), set()
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts[SHEET].decode()
    for number, row in asked.items():
        for key, text in answers.items():
            if row.get("E") == key or key in row.get("F", ""):
                cell = f'<c r="H{number}" t="inlineStr"><is><t>{escaped(text)}</t></is></c>'
                sheet, n = re.subn(rf'<c r="H{number}"[^>]*/>', cell, sheet)
                same(n, 1, f"row {number} has no place for an answer")
                used.add(key)
    same(used, set(answers), "questions that are not asked")
    parts[SHEET] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)


@case
def doubts_are_asked_and_answers_apply(world):
    hub = world.hub("wg6")
    plan, review = world.write("plan.csv", PLAN), world.write("questions.xlsx", "")
    asked = hub.run("import", plan, "--group", "wg6", "--review", review, code=4)
    has(asked.out, "5 questions are in")
    same(hub.json("list"), [])
    answer(review, {"wobbly": "in progress", "Narnia": "KAZ", "one day": "-", "05/06/2020": "2020-06-05",
                    "has no title": "Harvest"})
    done = hub.json("import", review)
    same((done["rows"], done["new"], done["problems"], done["unread"]), (4, 4, [], []))
    items = {i["title"]: i for i in hub.json("list")}
    same((items["Fill"]["status"], items["Fill"]["countries"]), ("in progress", ["KAZ", "KGZ"]))
    same(items["Fill"]["deadline"]["raw"], "one day")
    same(items["Sow"]["deadline"]["edtf"], "2020-06-05")
    check("Harvest" in items)
    source = hub.json("show", items["Sow"]["id"])["source"]
    has(source, "Status: wobbly")
    same(hub.json("import", review)["same"], 4)


@case
def answers_are_remembered_for_the_next_file_of_the_group(world):
    hub = world.hub("wg6")
    plan, review = world.write("plan.csv", PLAN.replace(";open;TJK;2020\n", "")), world.write("questions.xlsx", "")
    hub.run("import", plan, "--group", "wg6", "--review", review)
    answer(review, {"wobbly": "on hold"})
    hub.run("import", review)
    again = hub.json("import", plan, "--group", "wg6")
    same((again["new"], again["changed"], again["same"]), (0, 0, 3))
    other = world.write("other.csv", "Action;Status;Country;Due\nReap;wobbly;KAZ;2021\n")
    hub.run("import", other, "--group", "wg6")
    same({i["title"]: i["status"] for i in hub.json("list")}["Reap"], "on hold")


@case
def a_row_is_left_out_and_a_guess_taken_back(world):
    hub = world.hub("wg6")
    plan = world.write("plan.tsv", "Action\tReferences\tDue\nDig\tSDG:8\t2019\n\tGCM:15\t\n\tILO:C29\t2020\n")
    review = world.write("questions.xlsx", "")
    hub.run("import", plan, "--group", "wg6", "--review", review, code=4)
    answer(review, {"read as the rest of line 2": "no", "has no title": "skip"})
    refused = hub.json("import", review, code=4)
    same(len(refused["problems"]), 1)
    same(refused["problems"][0]["line"], 3, "the line that goes on by guess is a row without a title now")


@case
def a_review_of_a_file_that_changed_is_refused(world):
    hub = world.hub("wg6")
    plan, review = world.write("plan.csv", PLAN), world.write("questions.xlsx", "")
    hub.run("import", plan, "--group", "wg6", "--review", review, code=4)
    world.write("plan.csv", PLAN + "More;done;KAZ;2022\n")
    has(hub.run("import", review, code=3).err, "as it was then")
    same(hub.json("list"), [])


main()
