"""Writes the small tables of src/data/golden/tables in every format that is read.

Needs pyarrow, openpyxl and xlsxwriter beside Python: pip install pyarrow openpyxl xlsxwriter; python interop/golden_tables.py
"""

import datetime
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

FOLDER = Path(__file__).parent.parent / "src" / "data" / "golden" / "tables"
ROWS = [
    {"question": "What is 2 + 3?", "answer": "Five.", "score": 0.5, "tags": ["math", "sums"]},
    {"question": "日本の首都は?", "answer": '東京です。\n"Tokyo"', "score": None, "tags": []},
    {"question": "emoji 😀", "answer": "", "score": -3.0, "tags": ["x"]},
]


def write_parquet():
    table = pa.Table.from_pylist(ROWS)
    for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
        pq.write_table(table, FOLDER / f"{codec}.parquet", compression=codec)
    nothing = pa.table({"text": ["a"], "gap": pa.array([None], pa.int64())})
    pq.write_table(nothing, FOLDER / "lz4-empty-page.parquet", compression="lz4", data_page_version="2.0")
    groups = [
        {
            "id": index,
            "messages": [{"role": "user", "content": f"Hi {index}"}, {"role": "assistant", "content": "Hello"}],
            "day": datetime.date(2026, 1, 1 + index),
            "big": 2**53 + 1,
        }
        for index in range(25)
    ]
    pq.write_table(pa.Table.from_pylist(groups), FOLDER / "groups.parquet", row_group_size=10)
    write_times()


def write_times():
    """Spans of time and times of day, in each unit; pandas prints them as read-table.test.ts expects."""
    units = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
    day, nanoseconds = 86_400 * 10**9, [93_784_123_456_789, -1, 0, -93_784_000_000_001, None]
    columns = {}
    for unit, size in units.items():
        spans = [value and value // size for value in nanoseconds]
        columns[f"span_{unit}"] = pa.array(spans, pa.duration(unit))
        times = [span and span % (day // size) for span in spans]
        columns[f"time_{unit}"] = pa.array(times, (pa.time32 if size > 1000 else pa.time64)(unit))
    pq.write_table(pa.table(columns), FOLDER / "times.parquet")


def write_json():
    def write(name, text):
        (FOLDER / name).write_text(text, encoding="utf-8")

    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS) + "\n"
    write("records.json", json.dumps(ROWS, indent=1))
    write("columns.json", json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}))
    write("wrapped.json", json.dumps({"version": 2, "data": ROWS}))
    write("lines.json", lines)
    write("lines.jsonl", lines)


def write_excel():
    book = openpyxl.Workbook()
    book.active.append(list(ROWS[0]))
    for row in ROWS:
        tags = json.dumps(row["tags"], separators=(",", ":"))
        book.active.append([row["question"], row["answer"], row["score"], tags])
    book.save(FOLDER / "book.xlsx")

    mixed = openpyxl.Workbook()
    for row in ([], ["質問", "回答", "when"], ["数", 42, datetime.datetime(2026, 1, 25)], [], ["真偽", True]):
        mixed.active.append(row)
    mixed.create_sheet("second").append(["not", "read"])
    mixed.save(FOLDER / "mixed.xlsx")


def write_hidden():
    """A hidden column and a column without width, which pandas reads, on the first sheet."""
    book = openpyxl.Workbook()
    for row in (["question", "note", "answer"], ["one", "two", "three"]):
        book.active.append(row)
    book.active.column_dimensions["B"].hidden = True
    book.active.column_dimensions["C"].width = 0
    book.save(FOLDER / "hidden.xlsx")


def write_sheets():
    """What a table cannot say: hidden rows, merged cells, errors, formulas, other sheets; furigana above a word."""
    with xlsxwriter.Workbook(FOLDER / "sheets.xlsx") as book:
        sheet = book.add_worksheet("first")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, ["question", "answer"])
        sheet.write(1, 0, "東京")
        sheet.write_rich_string(1, 1, "rich ", bold, "text")
        sheet.write_row(2, 0, ["error"])
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write_row(3, 0, ["no value"])
        sheet.write_formula(3, 1, "=1+1", None, "")
        sheet.write_row(4, 0, ["cached"])
        sheet.write_formula(4, 1, "=1+2", None, 3)
        sheet.write_row(5, 0, ["hidden", "row"])
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.merge_range("A7:A8", "merged")
        sheet.write(6, 1, "x")
        sheet.write(7, 1, "y")
        sheet.write_row(8, 0, ["long id", "PLACE"])
        sheet.write_row(9, 0, ["formula error"])
        sheet.write_formula(9, 1, "=1/0", None, "#DIV/0!")
        book.add_worksheet("second").write_column(0, 0, ["not", "read"])
        secret = book.add_worksheet("secret")
        secret.write(0, 0, "hidden")
        secret.hide()
        book.add_worksheet("empty")
    # xlsxwriter rounds numbers to 16 digits, keeps no readings, and gives a formula without a value an empty one.
    edits = {
        "xl/sharedStrings.xml": [("<si><t>東京</t></si>", "<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh></si>")],
        "xl/worksheets/sheet1.xml": [("<f>1+1</f><v></v>", "<f>1+1</f>")],
    }
    edit(FOLDER / "sheets.xlsx", edits)


def edit(path, edits):
    """Replaces texts in the parts of a zip file."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    shared = parts["xl/sharedStrings.xml"].decode()
    place = re.findall(r"<si>.*?</si>", shared).index("<si><t>PLACE</t></si>")
    edits["xl/worksheets/sheet1.xml"].append((f'<c r="B9" t="s"><v>{place}</v></c>', '<c r="B9"><v>1098765432109876543</v></c>'))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            text = data.decode()
            for old, new in edits.get(name, []):
                assert old in text, (name, old, text)
                text = text.replace(old, new)
            book.writestr(zipfile.ZipInfo(name), text)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_parquet()
    write_json()
    write_excel()
    write_hidden()
    write_sheets()
