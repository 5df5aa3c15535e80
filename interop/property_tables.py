"""Random tables, written by pandas in every format that is read, must be read as pandas' own values.

    python interop/property_tables.py [--cases 1000] [--seed N] [--only INDEX] [--work interop/.work/tables]

Each case is a table of one to five columns (texts with quotes, delimiters, line breaks and several scripts; whole numbers
up to 64 bits, floating-point numbers, truth values, times, lists, records, nothing) in one format with random options:
CSV and TSV (encoding, delimiter, quoting, line end, `sep=`), JSON in every `orient`, JSONL, Parquet (codec, row groups,
page version) or Excel (two engines). `property_tables.ts` reads them all and compares. The seed is printed; with `--seed` and
`--only` a case is made again. The last line says how many passed; a failure is an exit status of 1.
"""

import argparse
import csv
import datetime
import decimal
import json
import random
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
WORDS = {
    "ascii": ["yes", "no", "What is 2 + 3?", "a, b; c | d\te", 'say "hi"', '"', '""', "line\nbreak", " lead", "trail ", "a\n\nb",
              "1.0", "007", "-0", "1e5", "true", "null", "None", "NaN", "'single'", "{\"a\": 1}", "[1, 2]", "x" * 300, "\\n", "\\",
              "#tag", "// no comment", "a\r\nb", ",", ";;", "|", "\t", "sep=;", "2024-04-01"],
    "cp1252": ["é", "naïve café", "Je m’appelle", "¿Qué?", "Größe", "€ 5"],
    "ja": ["東京", "日本の首都は？", "ﾃｽﾄ", "はい、そうです。\n次", "表,能;ソ", "①髙"],
    "ja-plain": ["東京", "日本の首都は？", "はい、そうです。\n次", "表,能;ソ"],
    "zh": ["北京", "中国的首都是北京。", "回答,是"],
    "zh-tw": ["台北", "台灣的首都在哪裡？", "功,許"],
    "ko": ["서울", "한국의 수도는 어디입니까?", "똠방각하,펲"],
    "all": ["emoji 😀", "𠮷野家", "a\u0301", "\u200bzero", "العربية", "नमस्ते", "\u2028", "ﾃｽﾄ①", "é"],
}
NAMES = ["instruction", "output", "質問", "回答", "a b", "x.y", "Name", "col,umn", 'qu"ote', "semi;colon", "id", "text"]
# Encoding of Python, what the reader is told ('' finds it out), scripts.
ENCODINGS = [
    ("utf-8", "", ["ascii", "ja", "all"]), ("utf-8-sig", "", ["ascii", "zh", "all"]), ("utf-16", "", ["ascii", "ko", "all"]),
    ("cp932", "shift_jis", ["ascii", "ja"]), ("euc_jp", "euc-jp", ["ascii", "ja-plain"]), ("gbk", "gbk", ["ascii", "zh"]),
    ("gb18030", "gb18030", ["ascii", "zh", "all"]), ("big5", "big5", ["ascii", "zh-tw"]), ("cp949", "euc-kr", ["ascii", "ko"]),
    ("cp1252", "windows-1252", ["ascii", "cp1252"]), ("utf-16-le", "utf-16le", ["ascii", "ja", "all"]),
]


class Case:
    """One table, and how a reader must give it back."""

    def __init__(self, seed, index, folder):
        self.random = random.Random(f"{seed} {index}")
        self.path = folder / f"{index}"
        self.encoding = ""
        self.name, self.columns, self.rows = getattr(self, self.random.choice(["csv", "csv", "csv", "json", "json", "json", "parquet", "parquet", "excel"]))()

    def choose(self, *options):
        return self.random.choice(options)

    def text(self, scripts):
        words = [word for script in scripts for word in WORDS[script]]
        return "".join(self.random.choice(words) for _ in range(self.choose(0, 1, 1, 1, 2)))

    def values(self, kind, count, scripts):
        draw = self.random
        made = {
            "text": lambda: self.text(scripts),
            "int": lambda: draw.choice([0, 1, -7, 42, 10**15 - 1, draw.randrange(-10**6, 10**6)]),
            "long": lambda: draw.choice([2**53 + 1, -(2**63), 2**63 - 1, 1098765432109876543]),
            "float": lambda: draw.choice([0.5, -3.0, 1e-7, 1e22, 0.1 + 0.2, 123456.789, draw.uniform(-1e6, 1e6)]),
            "bool": lambda: draw.random() < 0.5,
            "time": lambda: pd.Timestamp(draw.choice(["2024-04-01 13:30:00", "1999-12-31", "2026-11-28 01:02:03.123000"])),
            "list": lambda: [self.text(scripts) for _ in range(draw.randrange(3))],
            "record": lambda: {"role": self.text(scripts), "n": draw.randrange(5)},
        }[kind]
        return [made() for _ in range(count)]

    def frame(self, kinds, scripts, codec="utf-8"):
        """A data frame, and the kind of each of its columns."""
        names = [name for name in NAMES if name.encode(codec, "ignore").decode(codec).endswith(name)]
        names = self.random.sample(names, self.random.randrange(1, 6))
        if len(names) == 1:
            # Without another column nothing says that a comma in the only name is no delimiter.
            names = ["text"]
        count = self.random.randrange(1, 13)
        chosen = ["text", *(self.random.choice(kinds) for _ in names[1:])]
        columns = {}
        for name, kind in zip(names, chosen):
            values = self.values(kind, count, scripts)
            if kind in ("text", "list", "record") and self.random.random() < 0.3:
                values[self.random.randrange(count)] = None
            columns[name] = pd.Series(values, dtype=object if kind in ("text", "list", "record") else None)
        return pd.DataFrame(columns), dict(zip(names, chosen))

    def csv(self):
        codec, self.encoding, scripts = self.random.choice(ENCODINGS)
        frame, _ = self.frame(["text", "text", "int", "float", "bool"], scripts, codec)
        delimiter = self.choose(",", ",", "\t", ";", "|")
        quoting = self.choose(csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
        end = self.choose("\n", "\r\n")
        name = f"{self.path}.{'tsv' if delimiter == chr(9) else 'csv'}"
        frame.to_csv(name, index=False, sep=delimiter, quoting=quoting, encoding=codec, lineterminator=end)
        read = pd.read_csv(name, sep=delimiter, encoding=codec, dtype=str, keep_default_na=False, skip_blank_lines=False)
        if codec == "utf-8" and self.random.random() < 0.1:
            Path(name).write_bytes(f"sep={delimiter}\r\n".encode() + Path(name).read_bytes())
        rows = [[["text", plain(cell)] for cell in row] for row in read.itertuples(index=False)]
        return name, list(read.columns), [row for row in rows if any(cell.strip() for _, cell in row)]

    def json(self):
        frame, _ = self.frame(["text", "int", "long", "float", "bool", "time", "list", "record"], ["ascii", "ja", "all"])
        orient = self.choose("columns", "index", "split", "records", "values", "table", "lines", "held", "splits")
        lines, held = orient == "lines", orient in ("held", "splits")
        options = {"force_ascii": self.choose(True, False), "double_precision": 15, "date_format": "iso"}
        kept = "records" if lines or held else orient
        text = frame.to_json(orient=kept, lines=lines, **options, **({} if lines else {"indent": self.choose(None, 2)}))
        value = [json.loads(line) for line in text.split("\n") if line] if lines else json.loads(text)
        if held:
            text = {"held": '{"version": "1.0", "data": %s}', "splits": '{"test": [{"x": 1}], "train": %s}'}[orient] % text
        name = f"{self.path}.{'jsonl' if lines else self.choose('json', 'json', 'jsonl')}"
        Path(name).write_text(text, encoding=self.choose("utf-8", "utf-8", "utf-8-sig"))
        names, places = list(frame.columns), range(len(frame))
        rows = {
            "columns": lambda: [[value[column][str(row)] for column in names] for row in places],
            "index": lambda: [[value[str(row)][column] for column in names] for row in places],
            "split": lambda: value["data"],
            "values": lambda: value,
            "table": lambda: [[row[column] for column in names] for row in value["data"]],
            "records": lambda: [[row[column] for column in names] for row in value],
        }[kept]()
        if orient == "values":
            names = [f"column_{place + 1}" for place in range(len(names))]
        return name, names, [[loaded(cell) for cell in row] for row in rows]

    def parquet(self):
        frame, kinds = self.frame(["text", "int", "long", "float", "bool", "time", "list", "record"], ["ascii", "ja", "all"])
        # Lists of nothing, and records of nothing, have no type.
        for name, kind in list(kinds.items()):
            if kind == "float" and self.random.random() < 0.3:
                frame[name], kinds[name] = frame[name].astype(np.float32), "float32"
            elif kind == "float" and self.random.random() < 0.3:
                frame.loc[0, name] = self.choose(float("nan"), float("inf"))
            elif kind == "int" and self.random.random() < 0.4:
                frame[name] = pd.array([None, *frame[name][1:]], dtype="Int64")
            elif kind == "int" and self.random.random() < 0.4:
                frame[name] = [decimal.Decimal(int(each)).scaleb(-3) for each in frame[name]]
                kinds[name] = "decimal"
            elif kind == "time" and self.random.random() < 0.3:
                frame[name] = frame[name].dt.tz_localize("UTC")
                kinds[name] = "zoned"
            elif kind == "time" and self.random.random() < 0.3:
                frame[name], kinds[name] = frame[name].dt.date, "day"
            elif kind == "text" and self.random.random() < 0.2:
                frame[name] = frame[name].astype("category")
        name = f"{self.path}.parquet"
        codec = self.choose(None, "snappy", "gzip", "brotli", "zstd", "lz4")
        frame.to_parquet(name, index=False, compression=codec, row_group_size=self.choose(1, 3, 100),
                         data_page_version=self.choose("1.0", "2.0"), version=self.choose("2.4", "2.6"),
                         use_dictionary=self.choose(True, False))
        read = pd.read_parquet(name)
        rows = [[typed(cell, kinds[column]) for column, cell in zip(read.columns, row)] for row in read.itertuples(index=False)]
        return name, list(read.columns), rows

    def excel(self):
        frame, kinds = self.frame(["text", "int", "float", "bool", "time"], ["ascii", "ja", "all"])
        name = f"{self.path}.xlsx"
        engine = self.choose("openpyxl", "xlsxwriter")
        frame.to_excel(name, index=False, engine=engine)
        read = pd.read_excel(name, dtype=object, keep_default_na=False)
        rows = [[typed(cell, "cell") for cell in row] for row in read.itertuples(index=False)]
        return name, [str(column) for column in read.columns], [row for row in rows if any(cell.strip() for _, cell in row)]


def plain(text):
    """Line ends of text formats are all \\n."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def loaded(value):
    """A value of JSON, as how it is compared and what with."""
    if value is None:
        return ["text", ""]
    if isinstance(value, bool):
        return ["text", str(value).lower()]
    if isinstance(value, (int, str)):
        return ["text", str(value)]
    return ["number", repr(value)] if isinstance(value, float) else ["json", json.dumps(value)]


def typed(value, kind):
    """A value of a typed format."""
    if isinstance(value, np.ndarray):
        return ["json", json.dumps(value.tolist())]
    if isinstance(value, dict):
        return ["json", json.dumps(value)]
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ["text", ""]
    if isinstance(value, (bool, np.bool_)):
        return ["text", str(value).lower()]
    if kind == "cell" and isinstance(value, float):
        return ["number", repr(value)]
    if kind == "float32":
        return ["text", str(np.float32(value))]
    if isinstance(value, (pd.Timestamp, datetime.datetime)):
        stamp = pd.Timestamp(value)
        at_midnight = stamp == stamp.normalize() and stamp.tzinfo is None
        text = str(stamp)
        # A spreadsheet keeps thousandths of a second.
        return ["text", text[:10] if at_midnight else text[:23] if kind == "cell" else text]
    if isinstance(value, str):
        # openpyxl leaves a carriage return as Excel escapes it.
        return ["text", plain(value.replace("_x000D_", "\r")) if kind == "cell" else value]
    return ["text", str(value)]


def write_cases(seed, indices, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = []
    for index in indices:
        case = Case(seed, index, folder)
        made.append({"file": case.name, "encoding": case.encoding, "columns": case.columns, "rows": case.rows})
    (folder / "cases.json").write_text(json.dumps(made), encoding="utf-8")


def compare(seed, indices, folder):
    """Writes the cases and has them read. Gives how many passed and failed."""
    write_cases(seed, indices, folder)
    command = ["node", "--import", "tsx", "interop/property_tables.ts", str(folder / "cases.json")]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, encoding="utf-8", timeout=1800)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"property_tables.ts ended with {done.returncode}")
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def check(tally, work, seed, cases=60):
    """A few cases for test_interop.py; this file run alone draws new ones."""
    passed, failed = compare(seed, range(cases), work / "tables")
    tally.check(f"tables that pandas writes, seed {seed}", passed and not failed, f"{passed} of {passed + failed}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    arguments.add_argument("--only", type=int)
    arguments.add_argument("--work", type=Path, default=HERE / ".work" / "tables")
    options = arguments.parse_args()
    print(f"tables: seed {options.seed}", flush=True)
    indices = range(options.cases) if options.only is None else [options.only]
    passed, failed = compare(options.seed, indices, options.work.resolve())
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed or not passed else 0)


warnings.simplefilter("ignore")
if __name__ == "__main__":
    main()
