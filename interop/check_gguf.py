"""GGUF files that the studio writes, in llama.cpp itself and in PyPI's reader.

    python interop/check_gguf.py [--family NAME ...] [--work interop/.work/gguf] [--seed 11]

For every family of `gguf_models.py`: a tiny random model with a LoRA adapter, merged and written as F16, BF16, Q8_0 and Q4_K_M, and
the adapter as GGUF LoRA over the base. llama.cpp must cut a hundred texts as transformers and the studio do, write 32
tokens greedily as transformers writes them, and give its log-probabilities. PyPI's gguf must read every key and tensor.
"""

import argparse
import json
import random
import shutil
import subprocess
from pathlib import Path

import numpy
import torch
from gguf import GGUFReader, dequantize, quantize, GGMLQuantizationType
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoTokenizer

from cases import random_model, writer_class
from gguf_models import CORPUS, FAMILIES, write_tokenizer
from methods import stir

HERE = Path(__file__).resolve().parent
TEXTS = 100
# Words with marks behind their letters, which not all patterns leave whole.
MARKED = "हिन्दी में लिखिए, ภาษาไทย ก็ได้"
STEPS = 32
PROMPTS = 3
# Of a hundred texts each.
DRAWS = 60
LENGTH = 10
# Of matrices and embeddings: logits of a few units, as those of trained models.
GAINS = (0.9, 0.6)
# A gated convolution multiplies three products, and what they were rounded by with them; so do a delta net and
# what each layer of Gemma 4 knows of a token.
GATED_GAINS = (0.6, 0.6)
GATED = ("lfm2", "lfm2_moe", "qwen3_5", "qwen3_5-single", "gemma4")
# The two likeliest tokens of each step are at least so far apart, so that no rounding turns them round.
MARGIN = 0.02
# The same of experts, in deviations of their scores; and what eight and four bits leave clear: no token after one whose
# experts are less so is compared, nor is that one.
ROUTING_MARGIN = 0.03
ROUNDED_MARGINS = {"q8_0": 0.1, "q4_k_m": 0.1}
COMPARED = 100
# Largest difference of log-probabilities, over the tokens that are likelier than 1 in 1,000. llama.cpp multiplies F16
# matrices with activations in F16 and Q8_0 ones with activations of 8 bits.
LOG_PROBABILITY = {"f16": 1e-2, "bf16": 1e-1, "q8_0": 3e-1, "q4_k_m": 3e-1}
# What four and six bits leave of the weights of a tensor, root mean square; zeros and vectors stay.
WEIGHTS = {GGMLQuantizationType.Q4_K: 0.09, GGMLQuantizationType.Q6_K: 0.025, GGMLQuantizationType.Q8_0: 0.01}
WIDE = ("qwen2-wide", "olmoe-wide")
MIXTURES = ("olmoe", "lfm2_moe", "granitemoe")
LIKELY = -6.9
# Of a layer of Qwen's types, by the names of llama.cpp.
PARTS = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}


def make_texts(seed):
    """Texts of many kinds: words of the corpus, other scripts, digits, runs of spaces, tokens that are spelled out."""
    rng = random.Random(seed)
    words = " ".join(CORPUS).split()
    odd = ["  ", "\n", "\n\n", "\t", "1234567", "3.14", "I'll", "we'RE", "naïve", "🦊🐾", "한국어", "<|im_end|>", "</s>", "<think>",
           "<|endoftext|>", "١٢٣", "don't", "x=1;y=2", "ΣΊΣΥΦΟΣ", "ｶﾅ", "\r\n", "…", "« »", "a" * 30, "_" * 5, "!!!", "\u3000"]
    texts = ["", "a", " ", "Hello world", " Hello world", "Hello  world ", "東京タワー 123 м/с"]
    while len(texts) < TEXTS - 1:
        pieces = [rng.choice(words if rng.random() < 0.7 else odd) for _ in range(rng.randint(1, 12))]
        texts.append(rng.choice([" ", "", "  "]).join(pieces))
    return [*texts, MARKED]


def make(folder, family, seed):
    """A model, its tokenizer and an adapter in `folder`."""
    folder.mkdir(parents=True)
    config_class, sizes, kind = FAMILIES[family]
    write_tokenizer(folder, kind)
    (folder / "config.json").write_text(json.dumps({"model_type": config_class.model_type}))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = dict(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    own = {**ids, "vocab_size": len(tokenizer) + 5, "dtype": "float32"}
    if family.startswith("gemma4"):
        own["vocab_size_per_layer_input"] = own["vocab_size"]
    beside = {"text_config": {**sizes["text_config"], **own}} if "text_config" in sizes else {}
    config = config_class(**{**sizes, **own, **beside})
    model = random_model(config, seed, *(GATED_GAINS if family in GATED else GAINS))
    model.save_pretrained(folder)
    torch.manual_seed(seed)
    # PEFT takes OLMoE's experts for linear layers.
    targets = r".*language_model.*_proj" if beside else r".*self_attn\..*_proj" if family.startswith("olmoe") else "all-linear"
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=12, use_rslora=family == "qwen3", target_modules=targets,
                                               # llama.cpp adds none to it.
                                               exclude_modules=["per_layer_model_projection"],
                                               alpha_pattern={"layers.1.self_attn.q_proj": 5} if family == "llama" else {},
                                               task_type="CAUSAL_LM"))
    stir(adapted)
    adapted.save_pretrained(folder / "adapter")


def make_clear(folder, family, seed):
    """The same, of a mixture drawn anew where the token before every text has no clear choice of experts: nothing would be
    left to compare."""
    for draw in range(DRAWS):
        shutil.rmtree(folder, ignore_errors=True)
        make(folder, family, seed + 1000 * draw)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        first = tokenizer(CORPUS[0], add_special_tokens=True).input_ids[:LENGTH]
        if family not in MIXTURES or first[0] != tokenizer.bos_token_id:
            return
        if routing_margins(reference(folder), torch.tensor([first]))[0, 0] >= 1.5 * ROUNDED_MARGINS["q8_0"]:
            return


def reference(folder):
    """The model with its adapter, in transformers and PEFT."""
    kind = AutoConfig.from_pretrained(folder)
    model = writer_class(kind).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return PeftModel.from_pretrained(model, folder / "adapter").merge_and_unload().eval()


@torch.no_grad()
def log_probabilities(model, ids):
    return torch.log_softmax(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double(), -1)


@torch.no_grad()
def routing_margins(model, written):
    """How far the last expert that each token of each text is sent to is before the next one, in the layer where it is least,
    in deviations of the scores; infinite of a model without experts."""
    margins = torch.full(written.shape, float("inf"), dtype=torch.float64)

    def see(router, inputs, outputs):
        logits = next(each for each in outputs if each.is_floating_point() and each.shape[-1] == router.num_experts).double()
        scores = logits.sigmoid() + inputs[1] if len(inputs) > 1 else logits
        best = scores.topk(router.top_k + 1).values
        margin = (best[:, -2] - best[:, -1]) / scores.std()
        margins.copy_(margins.minimum(margin.reshape(written.shape)))

    routers = [module for module in model.modules() if hasattr(module, "top_k") and module.top_k < module.num_experts]
    hooks = [router.register_forward_hook(see) for router in routers]
    model(input_ids=written, use_cache=False)
    for hook in hooks:
        hook.remove()
    return margins


def clear_prompts(model, tokenizer, texts, seed):
    """Prompts whose greedy answers leave no doubt, with these answers: (ids, answer) each; among how many they were found; and
    sequences that eight and four bits leave clear throughout. Of a mixture few are: more texts are drawn until there are enough."""
    found, starts, tried = [], {}, 0
    for draw in range(DRAWS):
        clear, begun, count = clear_among(model, tokenizer, make_texts(seed + 1000 * draw) if draw else texts)
        found, tried = sorted([*found, *clear], key=lambda each: -each[0])[:PROMPTS], tried + count
        starts |= dict.fromkeys(begun)
        rounded = longest_starts(list(starts))
        if len(found) == PROMPTS and places_in(rounded) >= COMPARED:
            break
    return [(ids, answer) for _, ids, answer in found], tried, rounded


def longest_starts(starts):
    """The longest, as many as give the places to compare."""
    taken = []
    for ids in sorted(starts, key=len, reverse=True):
        if places_in(taken) >= COMPARED:
            break
        taken.append(ids)
    return [list(ids) for ids in taken]


def places_in(sequences):
    """How many places there are, one for all sequences that are alike up to it."""
    return len({tuple(ids[:end]) for ids in sequences for end in range(1, len(ids) + 1)})


@torch.no_grad()
def clear_among(model, tokenizer, texts):
    """The clear ones among the texts that are long enough, each after the places that are clear for eight bits, too; what
    every text and its answer begin with so; and how many these texts are."""
    all_ids = [tokenizer(text, add_special_tokens=True).input_ids[:LENGTH] for text in texts]
    prompts = torch.tensor([ids for ids in all_ids if len(ids) == LENGTH])
    written, margins = prompts, torch.full((len(prompts),), float("inf"), dtype=torch.float64)
    for _ in range(STEPS):
        likeliest = model(input_ids=written, use_cache=False).logits[:, -1].double().topk(2)
        margins = margins.minimum(likeliest.values[:, 0] - likeliest.values[:, 1])
        written = torch.cat([written, likeliest.indices[:, :1]], 1)
    # What is rounded sends a token to another expert where two are about as good: that is left out.
    routing = routing_margins(model, written)
    places = first_places(routing, ROUNDED_MARGINS["q8_0"])
    clear = (margins >= MARGIN) & (routing.min(1).values >= ROUTING_MARGIN)
    clearest = [index for index in margins.argsort(descending=True).tolist() if clear[index]]
    begun = [tuple(written[index, :count].tolist()) for index, count in enumerate(places) if count > 0]
    found = [(places[index], written[index, :LENGTH].tolist(), written[index, LENGTH:].tolist()) for index in clearest]
    return found, begun, len(prompts)


def llama_cpp(work, jobs):
    """What llama.cpp says of each job of llama/read.mjs."""
    (work / "jobs.json").write_text(json.dumps(jobs, ensure_ascii=False), encoding="utf-8")
    subprocess.run(["node", HERE / "llama" / "read.mjs", work / "jobs.json", work / "answers.json"], check=True,
                   stdout=subprocess.DEVNULL, timeout=1800)
    return json.loads((work / "answers.json").read_text(encoding="utf-8"))


def pieces(tokenizer, texts, path):
    """The ids of texts. Where a folder has SentencePiece's file alone they are that library's own, since transformers 5
    leaves out spaces then; it does not know special tokens that are spelled out, and such texts are left out (None)."""
    ids = tokenizer(texts, add_special_tokens=False).input_ids
    if not path.exists():
        return ids
    from sentencepiece import SentencePieceProcessor
    processor = SentencePieceProcessor(model_file=str(path))
    return [None if "</s>" in text else processor.encode(text) for text in texts]


def check_tokens(tally, family, answer, tokenizer, texts, ours, folder):
    theirs = pieces(tokenizer, texts, folder / "tokenizer.model")
    for name, found in (("the studio's", ours), ("llama.cpp's", answer["tokens"])):
        other = [(text, a, b) for text, a, b in zip(texts, found, theirs, strict=True) if b is not None and a != b]
        detail = "{!r}: {} instead of {}".format(*other[0]) if other else ""
        tally.check(f"{family}: {name} tokens of {len(texts)} texts", not other, detail)
    around = tokenizer("a", add_special_tokens=True).input_ids
    tally.check(f"{family}: llama.cpp puts the same tokens around a text",
                answer["addsBos"] == (around[0] == tokenizer.bos_token_id) and (not answer["addsBos"] or answer["bos"] == around[0])
                and answer["eos"] == tokenizer.eos_token_id and not answer["addsEos"])
    tally.check(f"{family}: the chat template is the model's", (answer["template"] or None) == tokenizer.chat_template)


def check_probabilities(tally, what, answer, expected, bound, compared):
    """`compared`: in how many places, which must be enough."""
    worst = 0.0
    for found, wanted in zip(answer["logProbabilities"], expected, strict=True):
        likely = wanted > LIKELY
        worst = max(worst, (torch.tensor(found, dtype=torch.float64) - wanted)[likely].abs().max().item() if likely.any() else 0.0)
    tally.check(f"{what}: llama.cpp's log-probabilities", worst <= bound and compared >= COMPARED,
                f"{worst:.1e} of {bound:.0e} at {compared} places")


def first_places(margins, margin):
    return (margins >= margin).long().cumprod(1).sum(1).tolist()


def check_file(tally, family, path, model):
    """PyPI's reader finds what is to be there."""
    reader = GGUFReader(path)
    values = {key: field.contents() for key, field in reader.fields.items()}
    finite = all(numpy.isfinite(dequantize(tensor.data, tensor.tensor_type)).all() for tensor in reader.tensors)
    rows = model.get_input_embeddings().weight.shape[0]
    good = (values["general.type"] == "model" and len(values["tokenizer.ggml.tokens"]) == rows
            and len(values["tokenizer.ggml.token_type"]) == rows and finite)
    tally.check(f"{family}: PyPI's gguf reads {path.name}", good, f"{len(values)} keys, {len(reader.tensors)} tensors")
    return {tensor.name: tensor for tensor in reader.tensors}


def check_blocks(tally, family, exact, quantised):
    """Q8_0 against PyPI's quantiser on the values of the F16 file, which differ by up to 2⁻¹¹: a step and 127 · 2⁻¹¹ of one."""
    worst = 0.0
    for name, tensor in quantised.items():
        if tensor.tensor_type != GGMLQuantizationType.Q8_0:
            continue
        values = dequantize(exact[name].data, exact[name].tensor_type).astype(numpy.float32)
        theirs = dequantize(quantize(values, GGMLQuantizationType.Q8_0), GGMLQuantizationType.Q8_0)
        ours = dequantize(tensor.data, tensor.tensor_type)
        step = numpy.abs(values).reshape(-1, 32).max(1).repeat(32).reshape(values.shape) / 127
        worst = max(worst, (numpy.abs(ours - theirs) / numpy.maximum(step, 1e-30)).max())
    tally.check(f"{family}: Q8_0 within a step of PyPI's quantiser", worst <= 1.13, f"{worst:.3f} steps")


def check_four_bits(tally, family, exact, quantised):
    """PyPI's reader finds in each tensor of Q4_K_M the weights of the F16 file, as far as its type leaves them."""
    worst, kinds = 0.0, set()
    for name, tensor in quantised.items():
        if tensor.tensor_type not in WEIGHTS:
            continue
        kinds.add(tensor.tensor_type.name)
        values = dequantize(exact[name].data, exact[name].tensor_type).astype(numpy.float64)
        off = dequantize(tensor.data, tensor.tensor_type) - values
        worst = max(worst, numpy.linalg.norm(off) / numpy.linalg.norm(values) / WEIGHTS[tensor.tensor_type])
    tally.check(f"{family}: weights of Q4_K_M ({', '.join(sorted(kinds))}) are off by what its types leave", 0 < worst <= 1
                and (family not in WIDE or {"Q4_K", "Q6_K"} <= kinds), f"{100 * worst:.0f}% of that")


def rounded(model, quantised):
    """The merged model, of Qwen2's type or OLMoE's, with its weights rounded as they are in the file."""
    tops = {"token_embd.weight": "model.embed_tokens.weight", "output.weight": "lm_head.weight"}
    state = dict(model.state_dict())
    for name, tensor in quantised.items():
        _, layer, part, *_ = [*name.split("."), "", ""]
        theirs = tops.get(name) or (part in PARTS and name.endswith("weight") and f"model.layers.{layer}.{PARTS[part]}.weight")
        if theirs:
            state[theirs] = torch.tensor(dequantize(tensor.data, tensor.tensor_type))
    weights = {name: torch.tensor(dequantize(tensor.data, tensor.tensor_type)) for name, tensor in quantised.items() if "_exps" in name}
    for layer in range(model.config.num_hidden_layers if weights else 0):
        gate, up, down = (weights[f"blk.{layer}.ffn_{part}_exps.weight"] for part in ("gate", "up", "down"))
        experts = f"model.layers.{layer}.mlp.experts"
        state[f"{experts}.gate_up_proj"], state[f"{experts}.down_proj"] = torch.cat([gate, up], 1), down
    copy = type(model)(model.config).eval()
    copy.load_state_dict(state)
    return copy


def check_family(tally, family, folder, answers, facts):
    model, tokenizer, texts, prompts, clear = facts
    studio = json.loads((folder / "out" / "studio.json").read_text(encoding="utf-8"))
    for target, figures in studio["rounding"].items():
        tally.check(f"{family}: {target} read back", figures["error"] <= figures["limit"],
                    f"{figures['error']:.1e} of {figures['limit']:.1e}")
    tensors = {kind: check_file(tally, family, folder / "out" / f"model-{kind}.gguf", model) for kind in LOG_PROBABILITY}
    check_blocks(tally, family, tensors["f16"], tensors["q8_0"])
    check_four_bits(tally, family, tensors["f16"], tensors["q4_k_m"])
    for (kind, job), answer in zip(jobs_of(folder, texts, prompts, clear), answers):
        if "error" in answer:
            tally.check(f"{family} {kind}: llama.cpp loads it", False, answer["error"])
            continue
        if kind == "f16":
            check_tokens(tally, family, answer, tokenizer, texts, studio["ids"], folder)
        known = rounded(model, tensors[kind]) if kind == "q4_k_m" and family in WIDE else model
        wanted = [log_probabilities(known, ids) for ids in job["sequences"]]
        bound = LOG_PROBABILITY.get(kind, LOG_PROBABILITY["f16"])
        check_probabilities(tally, f"{family} {kind}", answer, wanted, bound, places_in(job["sequences"]))
        if kind in ("f16", "lora"):
            same = [written == wanted for written, (_, wanted) in zip(answer["greedy"], prompts)]
            tally.check(f"{family} {kind}: {STEPS} tokens after each of {len(prompts)} prompts", same and all(same))


def swap_pairs(reader):
    """Queries as transformers has them, halves of heads and not neighbours turned: a lost permutation."""
    for tensor in reader.tensors:
        if tensor.name.endswith("attn_q.weight"):
            rows = tensor.data
            heads = int(reader.fields["llama.attention.head_count"].contents())
            shape = (heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
            rows[:] = rows.reshape(shape).swapaxes(1, 2).reshape(rows.shape)


def lose_bos(reader):
    field = reader.fields["tokenizer.ggml.add_bos_token"]
    field.parts[field.data[0]][0] = 0


def change_template(reader):
    field = reader.fields["tokenizer.chat_template"]
    text = bytes(field.parts[field.data[0]])
    field.parts[field.data[0]][:] = numpy.frombuffer(text.replace(b"assistant", b"Assistant"), dtype=numpy.uint8)


def swap_gates(reader):
    """What gates the values of experts, and those values, in each other's place."""
    tensors = {tensor.name: tensor.data for tensor in reader.tensors}
    for name, gates in tensors.items():
        if "ffn_gate_exps" in name:
            values = tensors[name.replace("gate", "up")]
            gates[:], values[:] = values.copy(), gates.copy()


def turn_experts(reader):
    """The experts' last matrices in another order than their first."""
    for tensor in reader.tensors:
        if "ffn_down_exps" in tensor.name:
            tensor.data[:] = tensor.data[::-1].copy()


MUTATIONS = {"llama": {"a lost permutation": swap_pairs, "a lost BOS": lose_bos, "a changed template": change_template},
             "olmoe": {"gate and up exchanged": swap_gates, "experts in another order": turn_experts}}


def check_mutations(tally, work, folder, facts, mutations):
    """Files that are wrong in one way must each make the check fail that is there for it."""
    model, tokenizer, texts, prompts, clear = facts
    paths = []
    for index, mutate in enumerate(mutations.values()):
        paths.append(work / f"wrong-{index}.gguf")
        shutil.copy(folder / "out" / "model-f16.gguf", paths[-1])
        mutate(GGUFReader(paths[-1], "r+"))
    job = jobs_of(folder, texts, prompts, clear)[0][1]
    expected = [log_probabilities(model, ids) for ids in job["sequences"]]
    answers = llama_cpp(work, [{**job, "gguf": str(path)} for path in [folder / "out" / "model-f16.gguf", *paths]])
    ours = tokenizer(texts, add_special_tokens=False).input_ids
    for what, answer in zip(["nothing wrong", *mutations], answers):
        silent = Silent()
        check_tokens(silent, "", answer, tokenizer, texts, ours, folder)
        check_probabilities(silent, "", answer, expected, LOG_PROBABILITY["f16"], places_in(job["sequences"]))
        silent.check("greedy", answer["greedy"] == [wanted for _, wanted in prompts])
        good = silent.failed == 0 if what == "nothing wrong" else silent.failed > 0
        tally.check(f"mutation: {what} makes {silent.failed} checks fail", good)


class Silent:
    """Counts what fails, and prints nothing."""

    failed = 0

    def check(self, name, good, detail=""):
        self.failed += not good


def jobs_of(folder, texts, prompts, clear):
    """(what, job for llama/read.mjs) of each file; `clear`: the sequences for eight and four bits."""
    common = {"sequences": [ids + answer for ids, answer in prompts], "prompts": [ids for ids, _ in prompts], "steps": STEPS}
    few = {"sequences": clear, "prompts": [], "steps": 0}
    out = folder / "out"
    merged = [(kind, {"gguf": str(out / f"model-{kind}.gguf"), **(few if kind in ROUNDED_MARGINS else common),
                      "texts": texts if kind == "f16" else []}) for kind in LOG_PROBABILITY]
    lora = {"gguf": str(out / "base" / "model-f16.gguf"), "lora": str(out / "adapter-lora.gguf"), **common}
    return [*merged, ("lora", lora)]


def prepare(work, families, seed):
    """Models, adapters and what the studio writes of them."""
    subprocess.run(["node", HERE.parent / "scripts" / "llama.js"], check=True)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    texts = make_texts(seed)
    (work / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    for family in families:
        make_clear(work / family, family, seed)
    subprocess.run(["node", "--import", "tsx", HERE / "check_gguf.ts", work], cwd=HERE.parent, check=True)
    return texts


def check_version(tally):
    release = json.loads((HERE / "llama" / "node_modules" / "node-llama-cpp" / "llama" / "binariesGithubRelease.json").read_text())
    versions = (HERE.parent / "src" / "exports" / "versions.ts").read_text(encoding="utf-8")
    named = f"'llama.cpp': '{release['release'].removeprefix('v')}'"
    tally.check("the version of llama.cpp is the one that READMEs name", named in versions, release["release"])


def check(tally, work, seed, families=FAMILIES):
    work = work / "gguf"
    texts = prepare(work, families, seed)
    check_version(tally)
    facts, jobs = {}, {}
    for family in families:
        model, tokenizer = reference(work / family), AutoTokenizer.from_pretrained(work / family)
        prompts, tried, clear = clear_prompts(model, tokenizer, texts, seed)
        tally.check(f"{family}: prompts with clear answers", len(prompts) == PROMPTS, f"{len(prompts)} among {tried}")
        facts[family] = (model, tokenizer, texts, prompts, clear)
        jobs[family] = [job for _, job in jobs_of(work / family, texts, prompts, clear)]
    answers = iter(llama_cpp(work, [job for family in families for job in jobs[family]]))
    for family in families:
        check_family(tally, family, work / family, [next(answers) for _ in jobs[family]], facts[family])
    for family, mutations in MUTATIONS.items():
        if family in families:
            check_mutations(tally, work, work / family, facts[family], mutations)


def main():
    from test_interop import Tally
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--family", nargs="+", default=list(FAMILIES))
    arguments.add_argument("--work", type=Path, default=HERE / ".work")
    arguments.add_argument("--seed", type=int, default=11)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    tally = Tally()
    check(tally, options.work.resolve(), options.seed, options.family)
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    raise SystemExit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
