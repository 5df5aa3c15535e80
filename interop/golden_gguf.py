"""A GGUF file as PyPI's gguf writes it, for src/files/gguf.test.ts: python interop/golden_gguf.py

Metadata of every type that is read, and the same numbers as F32, F16, BF16 and Q8_0. For src/files/k-quants.test.ts blocks
of Q4_K and Q6_K, random bytes whose scales are finite, and the numbers that they hold.
"""

import base64
import json
from pathlib import Path

import numpy
from gguf import GGMLQuantizationType, GGUFWriter, dequantize, quantize

K_QUANTS = Path(__file__).resolve().parent.parent / "src" / "files" / "golden" / "k-quants.json"
OUT = Path(__file__).resolve().parent.parent / "src" / "files" / "golden" / "pypi.gguf"


def numbers():
    """[4, 64] numbers of very different sizes, a block of zeros and halves between two steps among them."""
    values = numpy.random.default_rng(7).standard_normal((4, 64)).astype(numpy.float32)
    values[1] *= 1e-4
    values[2, :32] = 0
    values[3, :32] = numpy.linspace(-127, 127, 32, dtype=numpy.float32)
    values[3, 32:] = numpy.arange(32, dtype=numpy.float32) - 0.5
    values[3, 63] = 127
    return values


def k_quants():
    random = numpy.random.default_rng(11)
    halves = numpy.array([0.0123, 0.4], numpy.float16).view(numpy.uint8)
    blocks = {"Q4_K": (144, [(0, halves)]), "Q6_K": (210, [(208, halves[:2])])}
    found = {}
    for kind, (size, scales) in blocks.items():
        data = random.integers(0, 256, (2, size), numpy.uint8)
        for at, value in scales:
            data[:, at : at + len(value)] = value
        values = dequantize(data, GGMLQuantizationType[kind]).astype("<f4")
        found[kind] = {key: base64.b64encode(each.tobytes()).decode() for key, each in (("blocks", data), ("values", values))}
    K_QUANTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main():
    writer = GGUFWriter(OUT, "llama")
    writer.add_name("Näme")
    writer.add_uint32("a.u32", 4294967295)
    writer.add_int32("a.i32", -5)
    writer.add_float32("a.f32", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_array("a.strings", ["", "Ġa", "東京", "\n"])
    writer.add_array("a.floats", [0.5, -1.0])
    writer.add_array("a.ints", [1, -2, 3])
    values = numbers()
    writer.add_tensor("f32", values)
    for kind in (GGMLQuantizationType.F16, GGMLQuantizationType.BF16, GGMLQuantizationType.Q8_0):
        writer.add_tensor(kind.name.lower(), quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    k_quants()


if __name__ == "__main__":
    main()
