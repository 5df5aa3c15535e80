"""Trains on the example's model as bitsandbytes publishes it in few bits, and has PEFT put the adapter on that base.

`test_interop.py --case bitsandbytes` runs it, and `--case bitsandbytes-sample` NF4 alone.

The studio reads the checkpoint as it is; its logits with the adapter it trained are compared with those of PEFT on
bitsandbytes' base, in bitsandbytes' own CPU kernels and with its matrices dequantised.
"""

import json
import shutil
from pathlib import Path

import torch
from bitsandbytes import functional as bnb
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "public/example"
IDS = [5, 90, 411, 33, 1200, 7, 64]
# Rows of 352 values are no whole blocks, which bitsandbytes' CPU kernels cannot take.
LEFT = ["lm_head", "down_proj"]
FORMS = {
    "nf4": dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True),
    "fp4": dict(load_in_4bit=True, bnb_4bit_quant_type="fp4"),
    "int8": dict(load_in_8bit=True),
}
SAMPLE = {"nf4": FORMS["nf4"]}
# Of the largest logit: bitsandbytes rounds dequantised matrices to the published bfloat16, the studio does not.
ROUNDED = 2e-2


def dequantised(folder: Path):
    """The same model with float matrices, as bitsandbytes dequantises them, in float32."""
    quantised = AutoModelForCausalLM.from_pretrained(folder, device_map="cpu")
    values = {}
    for name, module in quantised.named_modules():
        if isinstance(module, Linear4bit):
            values[f"{name}.weight"] = bnb.dequantize_4bit(module.weight.data, module.weight.quant_state).float()
        elif isinstance(module, Linear8bitLt):
            values[f"{name}.weight"] = bnb.int8_vectorwise_dequant(module.weight.data, module.weight.SCB)
    whole = AutoModelForCausalLM.from_pretrained(EXAMPLE / "model", dtype=torch.float32)
    own = {name: value.float() for name, value in quantised.state_dict().items() if name in whole.state_dict()}
    whole.load_state_dict({**own, **values})
    return whole


def check_form(tally, studio, name: str, settings: dict, work: Path) -> None:
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    base = folder / "model"
    settings = BitsAndBytesConfig(**settings, llm_int8_skip_modules=LEFT)
    model = AutoModelForCausalLM.from_pretrained(
        EXAMPLE / "model", dtype=torch.bfloat16, quantization_config=settings, device_map="cpu"
    )
    model.save_pretrained(base)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(EXAMPLE / "model" / file, base / file)
    run = json.loads((EXAMPLE / "run.json").read_text())
    run["model"]["llm_backbone"] = str(base)
    run["dataset"]["train_dataframe"] = str(EXAMPLE / "data.csv")
    run["training"]["max_steps"] = 20
    run["tuning"]["lora_target_modules"] = "all-linear"
    (folder / "run.json").write_text(json.dumps(run))
    studio("train", str(folder / "run.json"), "--out", str(folder / "out"))
    losses = [json.loads(line) for line in (folder / "out/metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in losses if "loss" in line]
    out = folder / "logits.safetensors"
    adapter = folder / "out/adapter"
    ids = ",".join(map(str, IDS))
    studio("logits", "--model", str(base), "--adapter", str(adapter), "--ids", ids, "--out", str(out))
    ours = load_file(out)["logits"]
    with torch.no_grad():
        exact = PeftModel.from_pretrained(dequantised(base), adapter)(torch.tensor([IDS])).logits[0].float()
        loaded = AutoModelForCausalLM.from_pretrained(base, device_map="cpu")
        kernels = PeftModel.from_pretrained(loaded, adapter)(torch.tensor([IDS])).logits[0].float()
        untuned = dequantised(base)(torch.tensor([IDS])).logits[0].float()
    size = exact.abs().max()
    apart = lambda left, right: ((left - right).abs().max() / size).item()
    tally.check(f"{name}: the loss falls", losses[-1] < losses[0], f"{losses[0]:.3f} to {losses[-1]:.3f}")
    change = apart(exact, untuned)
    tally.check(f"{name}: the adapter changes what PEFT answers", change > 0.2, f"by {change:.1e}")
    off = apart(ours, exact)
    tally.check(f"{name}: PEFT on the dequantised base gives our logits", off < ROUNDED, f"{off:.1e} of the largest")
    off, own = apart(ours, kernels), apart(kernels, exact)
    detail = f"{off:.1e} of the largest; they are {own:.1e} from the dequantised base"
    tally.check(f"{name}: PEFT on bitsandbytes' kernels gives our logits", off < own + ROUNDED, detail)


def check(tally, studio, work: Path, forms: dict) -> None:
    for name, settings in forms.items():
        check_form(tally, studio, name, settings, work)
