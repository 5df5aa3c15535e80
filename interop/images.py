"""Makes the golden data of image classification with PyTorch, timm, transformers, PEFT and Pillow: python interop/images.py

    python interop/images.py [--out FOLDER] [--seed 1] [--case NAME ...]
    python interop/images.py --check [--seed N] [--case NAME ...]    makes the cases anew from a seed, at sizes drawn from
        it, trains them with the studio, and loads what it writes with timm, transformers and PEFT

Needs interop/requirements-images.txt beside interop/requirements.txt. Every case of interop/golden-images is a folder that
`studio train` can run as it is (config.json, model.safetensors, run.json, and the pictures of `pictures` in a folder for
each class) beside what PyTorch made of it in double precision: expected.json (loss and gradient norm of each step) and
expected.safetensors (logits in evaluation mode before and after, every trained tensor after, the pixels of the first
picture). The loop is written out here, so that what is compared is the definition and not a trainer's habits. Stochastic
depth and dropouts are off, as the studio has them.
"""

import argparse
import base64
import json
import math
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from timm_import import timm

import numpy as np
import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.data import create_transform
from timm.models import efficientnet
from transformers import AutoModelForImageClassification, ViTConfig, ViTForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from methods import peft_config, stir

HERE = Path(__file__).resolve().parent
CLASSES = ["ring", "stripe", "wedge"]
STEPS, COUNT, SIZE = 20, 8, 32
NO_DECAY = re.compile(r"bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.)")
SCALE = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


class Timm:
    """A family of timm. `arguments`: its model_args; what is drawn for --check replaces some of them."""

    def __init__(self, architecture, arguments, features, classifier, stem, blocks):
        self.architecture, self.arguments, self.features, self.classifier = architecture, arguments, features, classifier
        self.stem, self.blocks, self.crop = stem, blocks, dict(interpolation="bicubic", crop_pct=0.95, crop_mode="center")

    def config(self):
        return {
            "architecture": self.architecture, "num_classes": len(CLASSES), "num_features": self.features, "model_args": self.arguments,
            "pretrained_cfg": {
                "tag": "tiny", "custom_load": False, "input_size": [3, SIZE, SIZE], "fixed_input_size": False, **self.crop, **SCALE,
                "num_classes": len(CLASSES), "pool_size": [1, 1], "first_conv": self.stem, "classifier": self.classifier,
            },
            "label_names": CLASSES,
        }

    def cut(self, picture):
        """The bytes that timm's evaluation transform gives, [3, size, size]."""
        scaled = create_transform((3, SIZE, SIZE), is_training=False, mean=(0, 0, 0), std=(1, 1, 1), **self.crop)(picture)
        return (scaled.double() * 255).round()

    def scale(self):
        return SCALE["mean"], SCALE["std"]

    def make(self, seed):
        torch.manual_seed(seed)
        extra = {"zero_init_last": False} if self.architecture.startswith("resnet") else {}
        model = timm.create_model(self.architecture, num_classes=len(CLASSES), **extra, **self.arguments)
        return stirred(model).float()

    def save(self, model, folder):
        save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps(self.config(), indent=2) + "\n", encoding="utf-8")

    def open(self, folder):
        """timm's own way to load a folder."""
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        state = load_file(Path(folder) / "model.safetensors")
        assert model.load_state_dict(state, strict=True).missing_keys == []
        return model

    def logits(self, model, pixels):
        return model(pixels)

    def decays(self, name, value):
        return value.ndim > 1


class EfficientNet(Timm):
    """EfficientNet of factors that timm has no architecture of: made by its generator, which `create_model` gives none."""

    def make(self, seed):
        torch.manual_seed(seed)
        return stirred(efficientnet._gen_efficientnet(self.architecture, num_classes=len(CLASSES), **self.arguments)).float()

    def open(self, folder):
        config = json.loads((Path(folder) / "config.json").read_text())
        assert config["model_args"] == self.arguments and config["label_names"] == CLASSES, config
        model = self.make(0)
        assert model.load_state_dict(load_file(Path(folder) / "model.safetensors"), strict=True).missing_keys == []
        return model.eval()


class ViT:
    """ViTForImageClassification of transformers, saved by transformers. `sizes` are those of ViTConfig."""

    stem = "vit.embeddings."

    def __init__(self, sizes, processor):
        self.sizes, self.processor = sizes, processor
        self.blocks = [f"vit.layers.{index}." for index in range(sizes["num_hidden_layers"])]

    def cut(self, picture):
        """The bytes that transformers' processor of Pillow gives."""
        apply = ViTImageProcessorPil(**{**self.processor, "do_rescale": False, "do_normalize": False})
        return torch.tensor(apply(picture, return_tensors="np").pixel_values[0]).double()

    def scale(self):
        return self.processor["image_mean"], self.processor["image_std"]

    def make(self, seed):
        torch.manual_seed(seed)
        names = {"id2label": dict(enumerate(CLASSES)), "label2id": {name: index for index, name in enumerate(CLASSES)}}
        return stirred(ViTForImageClassification(ViTConfig(**self.sizes, **names))).float()

    def save(self, model, folder):
        model.save_pretrained(folder)
        settings = {"image_processor_type": "ViTImageProcessor", **self.processor}
        (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")

    def open(self, folder):
        model, report = AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        assert not report["missing_keys"] and not report["mismatched_keys"] and not report["unexpected_keys"], report
        assert list(model.config.id2label.values()) == CLASSES, model.config.id2label
        return model.eval()

    def logits(self, model, pixels):
        return model(pixel_values=pixels).logits

    def decays(self, name, value):
        return not NO_DECAY.search(name.lower())


def stirred(model):
    """The model with vectors and positions that are not all 0 or 1."""
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if name.endswith("running_var"):
                value.copy_(torch.rand_like(value) + 0.5)
            elif value.ndim == 1 and value.is_floating_point() and value.numel() > 1:
                value.copy_(torch.randn_like(value) * 0.2 + (1 if name.endswith("weight") else 0))
            elif name.startswith("vit.") and value.ndim > 1:
                value.copy_(torch.randn_like(value) * (0.5 if value.ndim == 3 else value[0].numel() ** -0.5))
    return model


def convnext_blocks(depths):
    """Patterns of the blocks; what brings a stage to its size belongs to its first."""
    return [rf"stages\.{stage}\.(blocks\.{index}\." + (r"|downsample\.)" if index == 0 else ")")
            for stage, count in enumerate(depths) for index in range(count)]


def efficientnet_blocks(depths):
    return [rf"blocks\.{stage}\.{index}\." for stage, count in enumerate(depths) for index in range(count)]


FAMILIES = {
    "resnet18": Timm("resnet18", {"channels": [8, 12, 16, 20]}, 20, "fc", ("conv1.", "bn1."),
                     [f"layer{stage}.{index}." for stage in (1, 2, 3, 4) for index in (0, 1)]),
    "convnext_atto": Timm("convnext_atto", {"depths": [1, 2, 1, 1], "dims": [6, 9, 10, 13]}, 13, "head.fc", "stem.",
                          convnext_blocks([1, 2, 1, 1])),
    "convnext_tiny": Timm("convnext_tiny", {"depths": [1, 1, 2, 1], "dims": [5, 8, 7, 11]}, 11, "head.fc", "stem.",
                          convnext_blocks([1, 1, 2, 1])),
    "efficientnet_b0": EfficientNet("efficientnet_b0", {"channel_multiplier": 0.1, "depth_multiplier": 0.3}, 128, "classifier",
                                    ("conv_stem.", "bn1."), efficientnet_blocks([1, 1, 1, 1, 1, 2, 1])),
    # Of its published size, opened by timm itself.
    "efficientnet_b0-whole": Timm("efficientnet_b0", {}, 1280, "classifier", ("conv_stem.", "bn1."),
                                  efficientnet_blocks([1, 2, 2, 3, 3, 4, 1])),
    # Patches of 8 leave a border of 5 of 29 pixels; heads of 5.
    "vit": ViT(dict(image_size=29, patch_size=8, hidden_size=15, num_attention_heads=3, num_hidden_layers=2, intermediate_size=22),
               dict(size={"height": 29, "width": 29}, resample=2, image_mean=[0.5, 0.5, 0.4], image_std=[0.5, 0.25, 0.5])),
}
LORA = dict(method="lora", lora_r=3, lora_alpha=6, lora_dropout=0, lora_target_modules=["q_proj", "v_proj", "fc2"])
TRAINING = dict(batch_size=8, max_steps=STEPS, shuffle=False, drop_last_batch=True, schedule="Constant", optimizer="AdamW")
# case: (family, tuning, training)
CASES = {
    "resnet18-full": ("resnet18", dict(method="full", layer_wise_lr_decay=0.8), dict(learning_rate=1e-3, weight_decay=0.1, gradient_clip=1.5)),
    # The freeze article's rule: what lies nearest the output, up to 30% of all values.
    "resnet18-freeze": ("resnet18", dict(method="full", train_parameters=[{"nearest_output": 30}]), dict(learning_rate=2e-3, grad_accumulation=2)),
    "resnet18-kept-statistics": ("resnet18", dict(method="full", train_parameters=[{"contains": "layer4"}, "fc"], keep_frozen_statistics=True),
                                 dict(learning_rate=2e-3)),
    "convnext_atto-full": ("convnext_atto", dict(method="full", layer_wise_lr_decay=0.8),
                           dict(learning_rate=2e-3, weight_decay=0.1, gradient_clip=1.5)),
    "convnext_tiny-freeze": ("convnext_tiny", dict(method="full", train_parameters=[{"nearest_output": 60}]),
                             dict(learning_rate=4e-3, batch_size=7, drop_last_batch=False, grad_accumulation=3)),
    # Rates at which losses stay of one order: near 0 float32 and float64 of PyTorch part, too.
    "efficientnet_b0-full": ("efficientnet_b0", dict(method="full", layer_wise_lr_decay=0.8),
                             dict(learning_rate=5e-5, weight_decay=0.1, gradient_clip=1.5)),
    # All but the biases that batch norms take out again.
    "efficientnet_b0-freeze": ("efficientnet_b0", dict(method="full", train_parameters=[{"contains": part} for part in ("weight", "conv", "bn1", "classifier")]),
                               dict(learning_rate=5e-5, grad_accumulation=2)),
    "efficientnet_b0-whole": ("efficientnet_b0-whole", dict(method="full", train_parameters=[{"contains": part} for part in ("weight", "conv", "bn1", "classifier")]),
                              dict(learning_rate=2e-5)),
    "vit-full": ("vit", dict(method="full", layer_wise_lr_decay=0.8), dict(learning_rate=1e-3, weight_decay=0.1, gradient_clip=1.5)),
    # The last batch of an epoch has 3 of 7 pictures.
    "vit-freeze": ("vit", dict(method="full", train_parameters=[{"nearest_output": 30}]),
                   dict(learning_rate=2e-3, batch_size=7, drop_last_batch=False, grad_accumulation=3)),
    "vit-lora": ("vit", {**LORA, "init_from": "./adapter-initial"}, dict(learning_rate=1e-2)),
    "vit-dora": ("vit", {**LORA, "use_dora": True, "lora_target_modules": "all-linear", "init_from": "./adapter-initial"}, dict(learning_rate=3e-3)),
    # Factors on what goes into the second matrix of the MLP, and on what comes out of the others.
    "vit-ia3": ("vit", dict(method="ia3", lora_target_modules=["k_proj", "v_proj", "fc2"], feedforward_modules=["fc2"], init_from="./adapter-initial"),
                dict(learning_rate=1e-2)),
    "vit-vera": ("vit", dict(method="vera", lora_r=5, lora_dropout=0, d_initial=0.2, lora_target_modules=["q_proj", "v_proj", "fc1"],
                             init_from="./adapter-initial"), dict(learning_rate=1e-2)),
}
# No loss depends on the bias of a norm that a convolution and a norm follow: AdamW steps by the rounding of its gradient, and
# running statistics follow late. Of these runs the losses alone are alike in two precisions.
BY_ROUNDING = {"efficientnet_b0-full"}
# Those that the tests of the repository read: all but what is too large to keep.
GOLDEN = [case for case in CASES if not case.endswith("-whole")]


def picture(kind, index):
    """A coloured shape on noise, of a size of its own: wider than high or higher than wide."""
    rng = np.random.default_rng(1000 * CLASSES.index(kind) + index)
    height, width = (int(value) for value in rng.integers(26, 60, 2))
    y, x = np.mgrid[0:height, 0:width] / min(height, width) - rng.uniform(0.3, 0.7, 2)[:, None, None]
    shape = {"ring": np.abs(np.hypot(x, y) - 0.3) < 0.09, "stripe": np.sin(14 * (x + 0.4 * y)) > 0.2, "wedge": np.abs(x) < y}[kind]
    colour = rng.uniform(60, 255, 3)
    pixels = rng.normal(90, 25, (height, width, 3)) + shape[..., None] * (colour - 90)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_pictures(folder):
    """All pictures, and a table of them: one of every class in turn, so that batches are mixed although nothing is shuffled."""
    shutil.rmtree(folder, ignore_errors=True)
    files = [(f"{kind}/{index}.png", kind) for index in range(COUNT) for kind in CLASSES]
    for name, kind in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture(kind, int(Path(name).stem)).save(folder / name)
    (folder / "images.csv").write_text("file,label\n" + "".join(f"{name},{kind}\n" for name, kind in files), encoding="utf-8")


def read_pictures(folder, family):
    """Pixels in double precision, scaled as the float32 that the studio feeds, and the labels."""
    rows = [line.split(",") for line in (folder / "images.csv").read_text().splitlines()[1:]]
    bytes = torch.stack([family.cut(Image.open(folder / name).convert("RGB")) for name, _ in rows])
    mean, std = (torch.tensor(value, dtype=torch.float64)[:, None, None] for value in family.scale())
    return ((bytes / 255 - mean) / std).float().double(), torch.tensor([CLASSES.index(kind) for _, kind in rows])


def factor(name, family, decay):
    """BEiT's decay with the blocks counted over all stages, what lies before them below them and the head above."""
    name = name.removeprefix("base_model.model.")
    if name.startswith(family.stem):
        return decay ** (len(family.blocks) + 1)
    place = next((i for i, block in enumerate(family.blocks) if re.match(block, name)), len(family.blocks))
    return decay ** (len(family.blocks) - place)


def chosen(model, tuning):
    named = list(model.named_parameters())
    rules = tuning.get("train_parameters")
    if tuning["method"] != "full":
        return [name for name, value in named if value.requires_grad]
    if rules is None:
        return [name for name, _ in named]
    if "nearest_output" in rules[0]:
        budget = rules[0]["nearest_output"] / 100 * sum(value.numel() for value in model.parameters())
        taken, kept = 0, []
        for name, value in reversed(named):
            taken += value.numel()
            if taken > budget:
                break
            kept.append(name)
        return kept[::-1]
    parts = [rule if isinstance(rule, str) else rule["contains"] for rule in rules]
    return [name for name, _ in named if any(part in name for part in parts)]


def train(model, family, pixels, labels, tuning, settings):
    wanted = set(chosen(model, tuning))
    for name, value in model.named_parameters():
        value.requires_grad_(name in wanted)
    trained = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    groups = [{"params": [value], "lr": settings["learning_rate"] * factor(name, family, tuning.get("layer_wise_lr_decay", 1)),
               "weight_decay": settings.get("weight_decay", 0) if family.decays(name, value) else 0} for name, value in trained]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    model.train()
    if tuning.get("keep_frozen_statistics"):
        for path, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d) and f"{path}.weight" not in wanted:
                module.eval()
    size, window = settings["batch_size"], settings.get("grad_accumulation", 1)
    starts = [start for start in range(0, len(labels), size) if start + size <= len(labels) or not settings["drop_last_batch"]]
    steps_per_epoch = math.ceil(len(starts) / window)
    losses, norms = [], []
    for step in range(STEPS):
        first = (step % steps_per_epoch) * window
        batches = [slice(start, start + size) for start in starts[first:first + window]]
        scored = sum(len(labels[rows]) for rows in batches)
        total = 0.0
        for rows in batches:
            loss = torch.nn.functional.cross_entropy(family.logits(model, pixels[rows]), labels[rows], reduction="sum") / scored
            loss.backward()
            total += loss.item()
        limit = settings.get("gradient_clip") or math.inf
        norms.append(torch.nn.utils.clip_grad_norm_([value for _, value in trained], limit).item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses, norms, [name for name, _ in trained]


def initial_adapter(model, tuning, folder, seed):
    """The adapter both sides start from, with all of it at work."""
    config = peft_config(tuning, folder, None)
    config.modules_to_save = ["classifier"]
    torch.manual_seed(seed + 1)
    model = get_peft_model(model, config)
    stir(model)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    file = folder / "adapter_config.json"
    settings = {**json.loads(file.read_text()), "base_model_name_or_path": None}
    settings = {key: sorted(value) if isinstance(value, list) else value for key, value in settings.items()}
    file.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return model


def saved_tensors(model, trained, tuning):
    """Trained tensors by the names that the studio has for them, and running statistics."""
    if tuning["method"] != "full":
        return {name.removeprefix("base_model.").removeprefix("model."): value for name, value in get_peft_model_state_dict(model).items()}
    return {name: value for name, value in model.state_dict().items() if name in trained or "running" in name}


def make_case(case, out, seed):
    name, tuning, settings = CASES[case]
    family, folder, settings = FAMILIES[name], out / case, {**TRAINING, **settings}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pixels, labels = read_pictures(out / "pictures", family)
    model = family.make(seed + 2)
    family.save(model, folder)
    config = {
        "model": {"llm_backbone": "./"},
        "dataset": {"problem_type": "image-classification", "train_dataframe": "../pictures/images.csv", "validation_strategy": "none"},
        "tuning": tuning, "training": settings, "environment": {"mixed_precision": "f32", "seed": 1},
    }
    (folder / "run.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    if "init_from" in tuning:
        model = initial_adapter(model, tuning, folder / "adapter-initial", seed)
    model = model.double().eval()
    with torch.no_grad():
        before = family.logits(model, pixels[:8])
    losses, norms, trained = train(model, family, pixels, labels, tuning, settings)
    with torch.no_grad():
        after = family.logits(model.eval(), pixels[:8])
    kept = {name: value.detach().float().contiguous() for name, value in saved_tensors(model, trained, tuning).items()}
    first = pixels[0].float().permute(1, 2, 0).contiguous()
    save_file({"logits_base": before.float(), "logits_after": after.float(), "pixels": first, **kept}, folder / "expected.safetensors")
    expected = {"losses": losses, "grad_norms": norms, "trained": list(kept) if tuning["method"] != "full" else trained}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")
    print(f"{case}: {len(trained)} tensors trained, loss {losses[0]:.4f} to {losses[-1]:.4f}")


def make_resize_golden():
    """Pillow's resize of small noise pictures, up and down, by both filters."""
    encoded = lambda pixels: base64.b64encode(np.asarray(pixels).tobytes()).decode()
    rng = np.random.default_rng(5)
    cases = []
    for width, height, to_width, to_height in [(31, 17, 9, 5), (13, 20, 33, 41), (8, 8, 8, 3), (57, 40, 33, 23), (1, 1, 3, 2)]:
        pixels = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for name, filter in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
            cases.append({"filter": name, "from": [width, height], "to": [to_width, to_height], "pixels": encoded(pixels),
                          "resized": encoded(pixels.resize((to_width, to_height), filter))})
    # What timm's transform makes of a picture before it is normalised.
    for width, height in [(50, 37), (37, 50), (32, 90), (20, 24)]:
        pixels = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        cut = create_transform((3, 32, 32), is_training=False, interpolation="bicubic", crop_pct=0.95, mean=(0, 0, 0), std=(1, 1, 1))(pixels)
        cut = (cut * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
        cases.append({"filter": "crop", "from": [width, height], "to": [32, 32], "pixels": encoded(pixels), "resized": encoded(cut)})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE.parent / "src/data/golden/resize.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def studio(*arguments):
    command = ["npm", "run", "--silent", "studio", "--", *map(str, arguments)]
    return subprocess.run(command, cwd=HERE.parent, check=True, capture_output=True, text=True).stdout


def far(theirs, ours):
    assert torch.isfinite(theirs).all() and torch.isfinite(ours).all()
    return float((theirs - ours).abs().max() / theirs.abs().max())


def check(case, out, executor):
    """The studio's run of a case: its curve, and what it writes in the library of the model."""
    name, tuning, _ = CASES[case]
    family, folder = FAMILIES[name], out / case
    run = out / f"{case}-run"
    studio("train", folder / "run.json", "--out", run, "--executor", executor, "--quiet")
    expected, tensors = json.loads((folder / "expected.json").read_text()), load_file(folder / "expected.safetensors")
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    worst = max(abs(ours / theirs - 1) for ours, theirs in zip(losses, expected["losses"], strict=True))
    pixels = read_pictures(out / "pictures", family)[0][:8].float()
    apart = 0
    with torch.no_grad():
        if tuning["method"] != "full":
            model = PeftModel.from_pretrained(family.open(folder), run / "adapter").eval()
            assert set(get_peft_model_state_dict(model)) == set(load_file(run / "adapter" / "adapter_model.safetensors"))
            apart = far(tensors["logits_after"], family.logits(model, pixels))
            studio("merge", "--model", folder, "--adapter", run / "adapter", "--out", run / "model")
        apart = max(apart, far(tensors["logits_after"], family.logits(family.open(run / "model"), pixels)))
    print(f"{case}: losses differ by {worst:.0e}, logits of what was written by {apart:.0e}", flush=True)
    assert worst < 1e-3 and (apart < 1e-3 or case in BY_ROUNDING), (worst, apart)


def draw_sizes(seed):
    """Odd sizes for every family."""
    rng = random.Random(seed)
    FAMILIES["resnet18"].arguments["channels"] = [rng.randrange(5, 30) for _ in range(4)]
    for name in ("convnext_atto", "convnext_tiny"):
        FAMILIES[name].arguments["dims"] = [rng.randrange(3, 24) for _ in range(4)]
        FAMILIES[name].features = FAMILIES[name].arguments["dims"][-1]
    channels, depth = round(rng.uniform(0.05, 0.4), 2), round(rng.uniform(0.2, 1), 2)
    FAMILIES["efficientnet_b0"].arguments.update(channel_multiplier=channels, depth_multiplier=depth)
    FAMILIES["efficientnet_b0"].blocks = efficientnet_blocks([math.ceil(count * depth) for count in (1, 2, 2, 3, 3, 4, 1)])
    vit = FAMILIES["vit"]
    heads, size = rng.randrange(1, 6), rng.randrange(24, 48)
    vit.sizes.update(image_size=size, patch_size=rng.randrange(5, 14), num_attention_heads=heads, hidden_size=heads * rng.randrange(3, 9),
                     intermediate_size=rng.randrange(9, 40), qkv_bias=rng.random() < 0.5)
    vit.processor.update(size={"height": size, "width": size}, resample=rng.choice([2, 3]), image_mean=[round(rng.random(), 3) for _ in range(3)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE / "golden-images")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="+")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--executor", default="auto")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) if arguments.check else arguments.out
        if arguments.check:
            draw_sizes(arguments.seed)
        make_pictures(out / "pictures")
        for case in arguments.case or (CASES if arguments.check else GOLDEN):
            make_case(case, out, arguments.seed)
            if arguments.check:
                check(case, out, arguments.executor)
    if not arguments.check:
        make_resize_golden()
