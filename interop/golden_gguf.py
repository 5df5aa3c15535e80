"""A GGUF file as PyPI's gguf writes it, for src/files/gguf.test.ts: python interop/golden_gguf.py

Metadata of every type that is read, and the same numbers as F32, F16, BF16 and Q8_0.
"""

from pathlib import Path

import numpy
from gguf import GGMLQuantizationType, GGUFWriter, quantize

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


if __name__ == "__main__":
    main()
