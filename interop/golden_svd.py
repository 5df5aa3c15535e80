"""Makes src/tuning/golden/svd.json: matrices and their singular values by numpy, python interop/golden_svd.py"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "src" / "tuning" / "golden" / "svd.json"
# Rows, columns and how many singular values are not nothing.
SHAPES = [(1, 1, 1), (1, 7, 1), (7, 1, 1), (13, 5, 5), (5, 13, 5), (17, 17, 17), (11, 23, 3), (29, 19, 1)]


def main():
    rng = np.random.default_rng(7)
    cases = []
    for rows, columns, rank in SHAPES:
        # As f32 holds them, in which they are read back.
        matrix = (rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, columns))).astype(np.float32)
        values = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
        cases.append({"rows": rows, "columns": columns, "rank": rank,
                      "matrix": [float(value) for value in matrix.ravel()], "values": values.tolist()})
    OUT.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
