"""Makes the golden data of image classification with PyTorch, timm and Pillow: python interop/images.py

With --check FOLDER IMAGES EXPECTED.json it instead loads a model that was exported into FOLDER with timm, strictly, and
compares its logits on those pictures.

Needs interop/requirements-images.txt beside interop/requirements.txt. Every case of interop/golden-images is a folder that
`studio train` can run as it is (config.json, model.safetensors, pictures in a folder for each class, run.json) beside what
PyTorch made of it in double precision: expected.json (loss and gradient norm of each step) and expected.safetensors
(logits in evaluation mode before and after, every tensor after, the pixels of the first picture). The loop is written out
here, so that what is compared is the definition and not a trainer's habits.
"""

import argparse
import base64
import json
import math
import shutil
from pathlib import Path

from timm_import import timm

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.data import create_transform

HERE = Path(__file__).resolve().parent
CLASSES = ["ring", "stripe", "wedge"]
STEPS, BATCH, SIZE = 20, 8, 32
CONFIG = {
    "architecture": "resnet18", "num_classes": len(CLASSES), "num_features": 20,
    "model_args": {"channels": [8, 12, 16, 20]},
    "pretrained_cfg": {
        "tag": "tiny", "custom_load": False, "input_size": [3, SIZE, SIZE], "fixed_input_size": False,
        "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225], "num_classes": len(CLASSES), "pool_size": [1, 1], "first_conv": "conv1", "classifier": "fc",
    },
    "label_names": CLASSES,
}
TRAINING = dict(batch_size=BATCH, max_steps=STEPS, shuffle=False, drop_last_batch=True, schedule="Constant", optimizer="AdamW")
CASES = {
    "resnet18-full": dict(tuning=dict(method="full", layer_wise_lr_decay=0.8),
                          training=dict(learning_rate=1e-3, weight_decay=0.1, gradient_clip=1.5)),
    # The freeze article's rule: what lies nearest the output, up to 30 % of all values.
    "resnet18-freeze": dict(tuning=dict(method="full", train_parameters=[{"nearest_output": 30}]),
                            training=dict(learning_rate=2e-3, grad_accumulation=2)),
    "resnet18-kept-statistics": dict(tuning=dict(method="full", train_parameters=[{"contains": "layer4"}, "fc"],
                                                 keep_frozen_statistics=True), training=dict(learning_rate=2e-3)),
}


def picture(kind, index):
    """A coloured shape on noise, of a size of its own: wider than high or higher than wide."""
    rng = np.random.default_rng(1000 * CLASSES.index(kind) + index)
    height, width = (int(value) for value in rng.integers(26, 60, 2))
    y, x = np.mgrid[0:height, 0:width] / min(height, width) - rng.uniform(0.3, 0.7, 2)[:, None, None]
    shape = {"ring": np.abs(np.hypot(x, y) - 0.3) < 0.09, "stripe": np.sin(14 * (x + 0.4 * y)) > 0.2, "wedge": np.abs(x) < y}[kind]
    colour = rng.uniform(60, 255, 3)
    pixels = rng.normal(90, 25, (height, width, 3)) + shape[..., None] * (colour - 90)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def transform():
    """timm's evaluation transform as the config asks for it."""
    given = CONFIG["pretrained_cfg"]
    return create_transform(tuple(given["input_size"]), is_training=False, interpolation=given["interpolation"],
                            crop_pct=given["crop_pct"], mean=given["mean"], std=given["std"])


def exact_pixels(path):
    """The same numbers with the arithmetic of the last step in double precision, rounded once."""
    given = CONFIG["pretrained_cfg"]
    cut = create_transform(tuple(given["input_size"]), is_training=False, interpolation=given["interpolation"],
                           crop_pct=given["crop_pct"], mean=(0, 0, 0), std=(1, 1, 1))(Image.open(path).convert("RGB"))
    bytes = (cut.double() * 255).round()
    scale = lambda name: torch.tensor(given[name], dtype=torch.float64)[:, None, None]
    return ((bytes / 255 - scale("mean")) / scale("std")).float().double()


def make_model():
    torch.manual_seed(3)
    model = timm.create_model(CONFIG["architecture"], num_classes=len(CLASSES), zero_init_last=False, **CONFIG["model_args"])
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if name.endswith("running_var"):
                value.copy_(torch.rand_like(value) + 0.5)
            elif value.ndim == 1 and value.is_floating_point():
                value.copy_(torch.randn_like(value) * 0.2 + (1 if name.endswith("weight") else 0))
    return model.float()


def factor(name, decay):
    """BEiT's decay with the blocks counted over all stages, the stem below them and the head above."""
    blocks = [f"layer{stage}.{index}." for stage in (1, 2, 3, 4) for index in (0, 1)]
    if name.startswith(("conv1.", "bn1.")):
        return decay ** (len(blocks) + 1)
    place = next((i for i, block in enumerate(blocks) if name.startswith(block)), len(blocks))
    return decay ** (len(blocks) - place)


def chosen(model, tuning):
    names = [name for name, _ in model.named_parameters()]
    rules = tuning.get("train_parameters")
    if rules is None:
        return names
    if "nearest_output" in rules[0]:
        budget = rules[0]["nearest_output"] / 100 * sum(value.numel() for value in model.parameters())
        taken, kept = 0, []
        for name, value in reversed(list(model.named_parameters())):
            taken += value.numel()
            if taken > budget:
                break
            kept.append(name)
        return kept[::-1]
    return [name for name in names if "layer4" in name or name.startswith("fc.")]


def train(model, pixels, labels, case):
    tuning, settings = CASES[case]["tuning"], CASES[case]["training"]
    wanted = set(chosen(model, tuning))
    for name, value in model.named_parameters():
        value.requires_grad_(name in wanted)
    trained = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    groups = [{"params": [value], "lr": settings["learning_rate"] * factor(name, tuning.get("layer_wise_lr_decay", 1)),
               "weight_decay": settings.get("weight_decay", 0) if value.ndim > 1 else 0} for name, value in trained]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    model.train()
    if tuning.get("keep_frozen_statistics"):
        for path, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d) and f"{path}.weight" not in wanted:
                module.eval()
    window, per_epoch = settings.get("grad_accumulation", 1), len(labels) // BATCH
    losses, norms = [], []
    steps_per_epoch = math.ceil(per_epoch / window)
    for step in range(STEPS):
        first = (step % steps_per_epoch) * window
        batches = range(first, min(first + window, per_epoch))
        total = 0.0
        for batch in batches:
            rows = slice(batch * BATCH, (batch + 1) * BATCH)
            loss = torch.nn.functional.cross_entropy(model(pixels[rows]), labels[rows], reduction="sum") / (BATCH * len(batches))
            loss.backward()
            total += loss.item()
        limit = settings.get("gradient_clip") or math.inf
        norms.append(torch.nn.utils.clip_grad_norm_([value for _, value in trained], limit).item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses, norms, [name for name, _ in trained]


def run_config(case):
    return {
        "model": {"llm_backbone": "./"},
        "dataset": {"problem_type": "image-classification", "train_dataframe": "./images", "validation_strategy": "none"},
        "tuning": CASES[case]["tuning"], "training": {**TRAINING, **CASES[case]["training"]},
        "environment": {"mixed_precision": "f32", "seed": 1},
    }


def make_case(case, out):
    folder = out / case
    shutil.rmtree(folder, ignore_errors=True)
    files = []
    for kind in CLASSES:
        (folder / "images" / kind).mkdir(parents=True)
        for index in range(8):
            files.append((folder / "images" / kind / f"{index}.png", CLASSES.index(kind)))
            picture(kind, index).save(files[-1][0])
    # One of every class in turn, so that batches are mixed although nothing is shuffled: the table says the order.
    files.sort(key=lambda file: (int(file[0].stem), file[1]))
    lines = [f"{path.relative_to(folder).as_posix()},{CLASSES[label]}" for path, label in files]
    (folder / "images.csv").write_text("file,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    pixels = torch.stack([exact_pixels(path) for path, _ in files])
    labels = torch.tensor([label for _, label in files])
    model = make_model()
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n", encoding="utf-8")
    config = run_config(case)
    config["dataset"]["train_dataframe"] = "./images.csv"
    (folder / "run.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    model = model.double()
    with torch.no_grad():
        before = model.eval()(pixels[:BATCH])
    losses, norms, trained = train(model, pixels, labels, case)
    with torch.no_grad():
        after = model.eval()(pixels[:BATCH])
    state = {name: value.float().contiguous() for name, value in model.state_dict().items() if value.is_floating_point()}
    kept = {name: value for name, value in state.items() if name in trained or "running" in name}
    first = transform()(Image.open(files[0][0]).convert("RGB")).permute(1, 2, 0).contiguous()
    save_file({"logits_base": before.float(), "logits_after": after.float(), "pixels": first, **kept}, folder / "expected.safetensors")
    expected = {"losses": losses, "grad_norms": norms, "trained": trained}
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


def check(folder, pictures, expected):
    """timm's own way to load a folder; then the logits of the pictures as the run had them."""
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    state = load_file(Path(folder) / "model.safetensors")
    assert model.load_state_dict(state, strict=True).missing_keys == []
    apply = transform()
    wanted = json.loads(Path(expected).read_text())
    with torch.no_grad():
        logits = model(torch.stack([apply(Image.open(Path(pictures) / name).convert("RGB")) for name in wanted]))
    off = (logits - torch.tensor(list(wanted.values()))).abs().max().item()
    print(f"timm loads {folder}; logits off by {off:.2e} at most")
    assert off < 1e-4


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE / "golden-images")
    parser.add_argument("--check", nargs=3, metavar=("FOLDER", "IMAGES", "EXPECTED"))
    arguments = parser.parse_args()
    if arguments.check:
        check(*arguments.check)
    else:
        for case in CASES:
            make_case(case, arguments.out)
        make_resize_golden()
