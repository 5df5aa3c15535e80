"""Writes the small tables of src/data/golden/tables in every format that is read.

Needs pyarrow and openpyxl beside Python: pip install pyarrow openpyxl; python interop/golden_tables.py
"""

import datetime
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

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


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_parquet()
    write_json()
    write_excel()
