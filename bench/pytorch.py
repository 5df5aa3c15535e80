"""One optimizer step of the random decoders of bench/workloads.ts, or of Qwen2.5-0.5B's shape as bench/reference.ts has it,
with PyTorch, transformers and PEFT.

python bench/pytorch.py [--model 1m|18m|25m|110m|qwen2.5-0.5b] [--method lora|full] [--layers N] [--length N] [--steps N]
  [--device cuda|cpu] [--json FILE]

fp32 runs with TF32 off, as our engine computes, and once more with it; bf16 is what one would use on such a card (PEFT
keeps the adapter in f32). All in one process. Gradients are clipped as transformers' Trainer does; our step computes their norm too. Weights are random, so
only times are compared: the numbers are held to PyTorch's by interop/.
"""

import argparse
import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

SHAPES = {
    "1m": dict(hidden=128, layers=4, heads=4, kv_heads=2, mlp=344, vocabulary=1536, rows=8, length=64),
    "18m": dict(hidden=512, layers=6, heads=8, kv_heads=4, mlp=1376, vocabulary=2048, rows=2, length=128),
    "25m": dict(hidden=512, layers=8, heads=8, kv_heads=4, mlp=1376, vocabulary=4096, rows=2, length=128),
    "110m": dict(hidden=768, layers=12, heads=12, kv_heads=12, mlp=2048, vocabulary=32000, rows=4, length=256),
    "qwen2.5-0.5b": dict(
        hidden=896, layers=24, heads=14, kv_heads=2, mlp=4864, vocabulary=151936, rows=1, length=1024, rank=16, qwen=True
    ),
}


def build(shape, method, dtype, device):
    qwen = shape.get("qwen", False)
    config = (Qwen2Config if qwen else LlamaConfig)(
        hidden_size=shape["hidden"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        intermediate_size=shape["mlp"],
        vocab_size=shape["vocabulary"],
        tie_word_embeddings=True,
        max_position_embeddings=max(256, shape["length"]),
        rms_norm_eps=1e-5,
    )
    model = (Qwen2ForCausalLM if qwen else LlamaForCausalLM)(config).to(device=device, dtype=dtype)
    if method == "lora":
        rank = shape.get("rank", 8)
        lora = LoraConfig(r=rank, lora_alpha=16, lora_dropout=0.0, target_modules="all-linear")
        model = get_peft_model(model, lora)
    return model.train()


def median_step(model, shape, device, steps):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.0)
    ids = torch.randint(shape["vocabulary"], (shape["rows"], shape["length"]), device=device)
    times = []
    for step in range(steps + 1):
        start = time.perf_counter()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        if step >= 1:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=SHAPES, default="1m")
    parser.add_argument("--method", choices=["lora", "full"], default="lora")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--length", type=int)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json")
    options = parser.parse_args()
    torch.manual_seed(1)
    given = {key: getattr(options, key) for key in ("layers", "length") if getattr(options, key) is not None}
    shape = {**SHAPES[options.model], **given}
    name = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    tokens = f"{shape['rows']} x {shape['length']} tokens"
    print(f"{options.model}, {options.method}, {shape['layers']} layers, {tokens}, torch {torch.__version__}, {name}")
    medians = {}
    for label, dtype, tf32 in (("fp32", torch.float32, False), ("tf32", torch.float32, True), ("bf16", torch.bfloat16, False)):
        if tf32 and options.device != "cuda":
            continue
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        model = build(shape, options.method, dtype, options.device)
        milliseconds, loss = median_step(model, shape, options.device, options.steps)
        del model
        medians[label] = milliseconds
        print(f"  {label}  {milliseconds:9.2f} ms  loss {loss:.4f}", flush=True)
        if options.json:
            figures = dict(kind="pytorch", model=options.model, method=options.method, device=name, **shape)
            with open(options.json, "w") as file:
                json.dump({**figures, "torch": torch.__version__, "milliseconds": medians}, file)


main()
