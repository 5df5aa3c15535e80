"""Published checkpoints of bitsandbytes: a tiny Llama as NF4 (nested scales and plain), FP4 and int8, saved by transformers.

Beside each: the codes, scales and values that bitsandbytes itself has of every matrix, the logits of its CPU kernels, and
those of the same model with the dequantised matrices. Writes to src/training/session/golden/bitsandbytes.

    interop/.venv/bin/python interop/golden_bitsandbytes.py
"""

import shutil
import tempfile
from pathlib import Path

import torch
from bitsandbytes import functional as bnb
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).parent.parent / "src/training/session/golden/bitsandbytes"
IDS = [3, 17, 5, 40, 9, 28, 33]

CASES = {
    "nf4-nested": (torch.bfloat16, dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)),
    "nf4": (torch.float16, dict(load_in_4bit=True, bnb_4bit_quant_type="nf4")),
    "nf4-odd": (torch.bfloat16, dict(load_in_4bit=True, bnb_4bit_quant_type="nf4")),
    "fp4": (torch.float32, dict(load_in_4bit=True, bnb_4bit_quant_type="fp4")),
    # Kept in the type that FSDP shards: the same bytes under another name.
    "fp4-storage": (
        torch.bfloat16,
        dict(load_in_4bit=True, bnb_4bit_quant_type="fp4", bnb_4bit_quant_storage=torch.bfloat16),
    ),
    "int8": (torch.float16, dict(load_in_8bit=True)),
}


def base_model(hidden: int, intermediate: int) -> LlamaForCausalLM:
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=50,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.15,
    )
    return LlamaForCausalLM(config)


def scales_of(weight) -> torch.Tensor:
    state = weight.quant_state
    if not state.nested:
        return state.absmax
    return bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset


def parts_of(model) -> tuple[dict, dict]:
    """What bitsandbytes has of each matrix, and the values as it computes with them."""
    parts, values = {}, {}
    for name, module in model.named_modules():
        if isinstance(module, Linear4bit):
            weight = module.weight
            packed = weight.data.contiguous().view(torch.uint8).flatten()
            parts[f"{name}.codes"] = torch.stack([packed >> 4, packed & 15], dim=1).flatten()
            parts[f"{name}.scales"] = scales_of(weight).float().clone()
            state = weight.quant_state
            # The CPU kernel takes every row for whole blocks, which is wrong where it is not; the plain form does not.
            values[f"{name}.weight"] = _dequantize_4bit_compute(
                packed, scales_of(weight).float(), state.code, state.blocksize, state.shape, state.dtype
            )
        elif isinstance(module, Linear8bitLt):
            weight = module.weight
            parts[f"{name}.codes"] = weight.data.view(torch.uint8).flatten().clone()
            parts[f"{name}.scales"] = weight.SCB.clone()
            values[f"{name}.weight"] = bnb.int8_vectorwise_dequant(weight.data, weight.SCB)
    return parts, values


def make(name: str, dtype: torch.dtype, settings: dict) -> None:
    folder = OUT / name
    # Scales are nested in blocks of 256: only larger matrices have several. Rows of 96 values are no whole blocks of 64.
    sizes = (128, 192) if "nested" in name else (64, 96 if "odd" in name else 128)
    with tempfile.TemporaryDirectory() as plain:
        base_model(*sizes).to(dtype).save_pretrained(plain)
        quantised = AutoModelForCausalLM.from_pretrained(
            plain, dtype=dtype, quantization_config=BitsAndBytesConfig(**settings), device_map="cpu"
        )
    shutil.rmtree(folder, ignore_errors=True)
    quantised.save_pretrained(folder)
    # What others load is what is compared.
    quantised = AutoModelForCausalLM.from_pretrained(folder, device_map="cpu", dtype=dtype)
    parts, values = parts_of(quantised)
    whole = base_model(*sizes)
    own = {key: value for key, value in quantised.state_dict().items() if key in whole.state_dict()}
    whole.load_state_dict({**own, **values}, strict=True)
    ids = torch.tensor([IDS])
    with torch.no_grad():
        logits = {"logits.dequantised": whole.double()(ids).logits[0].float().contiguous()}
        if "odd" not in name:
            logits["logits.kernels"] = quantised(ids).logits[0].float().contiguous()
            off = (logits["logits.kernels"] - logits["logits.dequantised"]).abs().max()
            print(name, "kernels off by", (off / logits["logits.dequantised"].abs().max()).item())
    floats = {f"{key}.values": value.contiguous() for key, value in values.items()}
    save_file({**parts, **floats, **logits}, folder / "expected.safetensors")
    (folder / "generation_config.json").unlink(missing_ok=True)


if __name__ == "__main__":
    for name, (dtype, settings) in CASES.items():
        make(name, dtype, settings)
