"""A Llama of which several runs are trained side by side: every tensor has a leading axis of runs.

The models of the sweep are so small that a step of one run is mostly overhead; runs that differ in nothing but their rate
(or warm-up, clipping, seed of the adapter) share the batch, so they share the step. Held to transformers in
`python stacked.py`; shapes are [runs, …].
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.functional import scaled_dot_product_attention, silu

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Frozen:
    """A published Llama's config and weights, as float32."""

    def __init__(self, folder):
        self.config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        self.weights = {name.removeprefix("model."): value.float() for name, value in load_file(Path(folder) / "model.safetensors").items()}
        self.layers, self.hidden = self.config["num_hidden_layers"], self.config["hidden_size"]

    def linears(self):
        """(name, out, in) of every linear layer."""
        for name, value in self.weights.items():
            if name.split(".")[-2] in LINEAR:
                yield name, *value.shape


class Flat:
    """The trained values of all runs as one leaf [runs, values], and views of it by name."""

    def __init__(self, runs, initial):
        """`initial`: name → the values that each run starts from, [shape] or [runs, shape]"""
        parts, self.places, at = [], {}, 0
        for name, (value, shape) in initial.items():
            parts.append(value.reshape(-1, value.numel() if value.shape == shape else value[0].numel()).expand(runs, -1))
            size = parts[-1].shape[1]
            self.places[name], at = (at, size, shape), at + size
        self.values = torch.cat(parts, 1).contiguous().requires_grad_()

    def views(self):
        runs = self.values.shape[0]
        pieces = self.values.split([size for _, size, _ in self.places.values()], 1)
        return {name: piece.view(runs, *shape) for (name, (_, _, shape)), piece in zip(self.places.items(), pieces)}


def start(frozen, method, runs, rank, seed, outputs):
    """What a method trains, as it starts; LoRA's A uniform as Kaiming's with a = √5, B zero, a head N(0, 0.02²)."""
    draw = torch.Generator().manual_seed(seed)
    initial = {}

    def add(name, value):
        initial[name] = (value, value.shape)

    if method == "full":
        for name, value in frozen.weights.items():
            add(name, value)
    elif method.startswith("lora"):
        for name, rows, columns in frozen.linears():
            if method == "lora" or name.split(".")[-2] in ("q_proj", "v_proj"):
                bound = columns ** -0.5
                add(name + ".A", (2 * torch.rand(rank, columns, generator=draw) - 1) * bound)
                add(name + ".B", torch.zeros(rows, rank))
    elif method == "ia3":
        for name, rows, columns in frozen.linears():
            kind = name.split(".")[-2]
            if kind in ("k_proj", "v_proj", "down_proj"):
                add(name + ".scale", torch.ones(columns if kind == "down_proj" else rows))
    elif method == "vera":
        for name, rows, _ in frozen.linears():
            if name.split(".")[-2] in ("q_proj", "o_proj"):
                add(name + ".d", torch.full((rank,), 0.1))
                add(name + ".b", torch.zeros(rows))
    elif method == "prompt":
        add("prompt", torch.randn(20, frozen.hidden, generator=draw))
    elif method == "prefix":
        kept = frozen.config["num_key_value_heads"] * frozen.config["head_dim"]
        for layer in range(frozen.layers):
            add(f"prefix.{layer}.k", torch.randn(20, kept, generator=draw))
            add(f"prefix.{layer}.v", torch.randn(20, kept, generator=draw))
    elif method in ("series", "parallel"):
        width = frozen.hidden // (16 if method == "series" else 2)
        for layer in range(frozen.layers):
            down = torch.randn(width, frozen.hidden, generator=draw) * 0.02
            up = torch.randn(frozen.hidden, width, generator=draw) * 0.02
            if method == "parallel":
                down, up = (2 * torch.rand(width, frozen.hidden, generator=draw) - 1) * frozen.hidden ** -0.5, torch.zeros(frozen.hidden, width)
            add(f"adapter.{layer}.down", down)
            add(f"adapter.{layer}.up", up)
    else:
        raise KeyError(method)
    if outputs:
        add("score", torch.randn(outputs, frozen.hidden, generator=draw) * 0.02)
    return Flat(runs, initial)


class Forward:
    """The forward pass of all runs over the same rows."""

    def __init__(self, frozen, trained, runs, rank):
        self.frozen, self.trained, self.runs, self.scale = frozen, trained, runs, 2.0
        draw = torch.Generator().manual_seed(7)
        widest = max(max(shape) for _, *shape in frozen.linears())
        self.a = (2 * torch.rand(rank, widest, generator=draw) - 1) * frozen.hidden ** -0.5  # VeRA's fixed matrices
        self.b = (2 * torch.rand(widest, rank, generator=draw) - 1) * rank ** -0.5

    def linear(self, x, name):
        """x [runs, tokens, in] → [runs, tokens, out]"""
        values = self.trained
        if name in values:
            return torch.bmm(x, values[name].transpose(1, 2))
        weight = self.frozen.weights[name]
        if name + ".scale" in values:
            scale = values[name + ".scale"][:, None]
            return (x * scale) @ weight.T if ".down_proj." in name else (x @ weight.T) * scale
        out = x @ weight.T
        if name + ".A" in values:
            return out + self.scale * torch.bmm(torch.bmm(x, values[name + ".A"].transpose(1, 2)), values[name + ".B"].transpose(1, 2))
        if name + ".d" in values:
            inner = (x @ self.a[:, :x.shape[2]].T) * values[name + ".d"][:, None]
            return out + (inner @ self.b[:out.shape[2]].T) * values[name + ".b"][:, None]
        return out

    def norm(self, x, name):
        weight = self.trained[name][:, None] if name in self.trained else self.frozen.weights[name]
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.frozen.config["rms_norm_eps"]) * weight

    def bottleneck(self, x, layer):
        down, up = self.trained[f"adapter.{layer}.down"], self.trained[f"adapter.{layer}.up"]
        return torch.bmm(torch.relu(torch.bmm(x, down.transpose(1, 2))), up.transpose(1, 2))

    def hidden(self, ids):
        """ids [rows, length], padded at their ends → [runs, rows, length, hidden]"""
        config, (rows, length) = self.frozen.config, ids.shape
        heads, kept, size = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
        if "embed_tokens.weight" in self.trained:
            x = self.trained["embed_tokens.weight"][:, ids]
        else:
            x = self.frozen.weights["embed_tokens.weight"][ids].expand(self.runs, -1, -1, -1)
        prompt = self.trained.get("prompt")
        if prompt is not None:
            x = torch.cat((prompt[:, None].expand(-1, rows, -1, -1), x), 2)
        length = x.shape[2]
        x = x.reshape(self.runs, rows * length, -1)
        angles = torch.arange(length)[:, None] * config["rope_theta"] ** (-torch.arange(0, size, 2) / size)
        cos, sin = (torch.cat((part, part), 1) for part in (angles.cos(), angles.sin()))

        def split(y, count):
            return y.view(self.runs * rows, length, count, size).transpose(1, 2)

        def turned(y):
            first, second = y.chunk(2, -1)
            return y * cos + torch.cat((-second, first), -1) * sin

        mask = None
        if "prefix.0.k" in self.trained:
            mask = torch.ones(length, length + 20, dtype=torch.bool).tril(20)
        for layer in range(self.frozen.layers):
            at = f"layers.{layer}."
            y = self.norm(x, at + "input_layernorm.weight")
            q, k = turned(split(self.linear(y, at + "self_attn.q_proj.weight"), heads)), turned(split(self.linear(y, at + "self_attn.k_proj.weight"), kept))
            v = split(self.linear(y, at + "self_attn.v_proj.weight"), kept)
            if mask is not None:
                before = [self.trained[f"prefix.{layer}.{part}"].view(self.runs, 1, 20, kept, size).transpose(2, 3)
                          .expand(-1, rows, -1, -1, -1).reshape(self.runs * rows, kept, 20, size) for part in "kv"]
                k, v = torch.cat((before[0], k), 2), torch.cat((before[1], v), 2)
            k, v = (part.repeat_interleave(heads // kept, 1) for part in (k, v))
            attended = scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
            x = x + self.linear(attended.transpose(1, 2).reshape(self.runs, rows * length, heads * size), at + "self_attn.o_proj.weight")
            y = self.norm(x, at + "post_attention_layernorm.weight")
            beside = y
            y = self.linear(silu(self.linear(y, at + "mlp.gate_proj.weight")) * self.linear(y, at + "mlp.up_proj.weight"), at + "mlp.down_proj.weight")
            if f"adapter.{layer}.up" in self.trained:
                series = self.trained[f"adapter.{layer}.up"].shape[2] * 16 <= self.frozen.hidden
                y = y + (self.bottleneck(y, layer) if series else 4 * self.bottleneck(beside, layer))
            x = x + y
        x = self.norm(x, "norm.weight").view(self.runs, rows, length, -1)
        return x if prompt is None else x[:, :, prompt.shape[1]:]

    def logits(self, states):
        """states [runs, places, hidden] → [runs, places, vocabulary or outputs]"""
        head = self.trained.get("score", self.trained.get("embed_tokens.weight"))
        return states @ self.frozen.weights["embed_tokens.weight"].T if head is None else torch.bmm(states, head.transpose(1, 2))


if __name__ == "__main__":
    import sys

    from transformers import AutoModelForCausalLM

    folder = sys.argv[1]
    ids = torch.randint(2, 1500, (3, 17), generator=torch.Generator().manual_seed(1))
    wanted = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)(ids).logits
    frozen = Frozen(folder)
    for method in ("full", "lora", "vera", "ia3"):
        model = Forward(frozen, start(frozen, method, 2, 8, 1, 0).views(), 2, 8)
        found = model.logits(model.hidden(ids).flatten(1, 2)).view(2, 3, 17, -1)
        print(method, "largest difference from transformers:", (found - wanted).abs().max().item())
