"""One optimizer step of the random decoders of bench/workloads.ts with PyTorch, transformers and PEFT.

python bench/pytorch.py [--model 1m|18m|25m|110m] [--method lora|full] [--steps N] [--device cuda|cpu] [--json FILE]

fp32 runs with TF32 off, as our engine computes; bf16 is what one would use on such a card (PEFT keeps the adapter in
f32). Gradients are clipped as transformers' Trainer does; our step computes their norm too. Weights are random, so
only times are compared: the numbers are held to PyTorch's by interop/.
"""

import argparse
import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

SHAPES = {
    "1m": dict(hidden=128, layers=4, heads=4, kv_heads=2, mlp=344, vocabulary=1536, rows=8, length=64),
    "18m": dict(hidden=512, layers=6, heads=8, kv_heads=4, mlp=1376, vocabulary=2048, rows=2, length=128),
    "25m": dict(hidden=512, layers=8, heads=8, kv_heads=4, mlp=1376, vocabulary=4096, rows=2, length=128),
    "110m": dict(hidden=768, layers=12, heads=12, kv_heads=12, mlp=2048, vocabulary=32000, rows=4, length=256),
}


def build(shape, method, dtype, device):
    config = LlamaConfig(
        hidden_size=shape["hidden"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        intermediate_size=shape["mlp"],
        vocab_size=shape["vocabulary"],
        tie_word_embeddings=True,
        max_position_embeddings=256,
        rms_norm_eps=1e-5,
    )
    model = LlamaForCausalLM(config).to(device=device, dtype=dtype)
    if method == "lora":
        model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules="all-linear"))
    return model.train()


def median_step(model, shape, device, steps):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.0)
    ids = torch.randint(shape["vocabulary"], (shape["rows"], shape["length"]), device=device)
    times = []
    for step in range(steps + 3):
        start = time.perf_counter()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        if step >= 3:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=SHAPES, default="1m")
    parser.add_argument("--method", choices=["lora", "full"], default="lora")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json")
    options = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    shape = SHAPES[options.model]
    name = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    print(f"{options.model}, {options.method}, {shape['rows']} x {shape['length']} tokens, torch {torch.__version__}, {name}")
    medians = {}
    for label, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        model = build(shape, options.method, dtype, options.device)
        milliseconds, loss = median_step(model, shape, options.device, options.steps)
        medians[label] = milliseconds
        print(f"  {label}  {milliseconds:9.2f} ms  loss {loss:.4f}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"model": options.model, "method": options.method, "device": name, "milliseconds": medians}, file)


main()
