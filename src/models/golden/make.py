"""Makes the golden data of src/models with transformers: python src/models/golden/make.py [--case NAME …]

forward.json: tiny models of every type and option; weights are a formula of (parameter index, element index), so only
config, parameter names and logits (computed in float64) are kept. classifiers.json: the same of sequence classifiers.
rope.json: inverse frequencies and angles' cosines. heads.json: which classes of heads transformers has for each type.
With --case only those of that name are made anew, with --ropes only rope.json; with --published nothing is, and the
parameters in published.json are compared with those that transformers counts, and a table of types that are refused is printed.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from transformers import (AlbertConfig, AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoModelForSequenceClassification,
                          AutoModelForTokenClassification, BertConfig, CamembertConfig, DebertaV2Config, DistilBertConfig, ElectraConfig,
                          Ernie4_5Config, Exaone4Config, Gemma2Config, Gemma3Config, Gemma3TextConfig, Gemma3nConfig, Gemma3nTextConfig, Gemma4Config, Gemma4TextConfig, GemmaConfig, GPT2Config, GPTNeoXConfig,
                          GraniteConfig, GraniteMoeConfig, GraniteMoeHybridConfig, HunYuanDenseV1Config, Lfm2Config, Lfm2MoeConfig, LlamaConfig, Ministral3Config, Mistral3Config,
                          MistralConfig, ModernBertConfig, MPNetConfig, Olmo2Config, Olmo3Config, OlmoeConfig, OPTConfig, Phi3Config, PhiConfig,
                          Qwen2Config, Qwen3_5Config, Qwen3_5TextConfig, Qwen3Config, RobertaConfig, SmolLM3Config, StableLmConfig, Starcoder2Config, XLMRobertaConfig)
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "interop"))
from cases import GEMMA3N_EARS  # which puts something in the place of timm's tower too
SIZES = dict(vocab_size=11, hidden_size=12, intermediate_size=10, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, max_position_embeddings=64, bos_token_id=None, eos_token_id=0)
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 10]
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}

# Of models for several kinds of input: the tiniest tower beside the text model.
SIGLIP = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
PIXTRAL = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, head_dim=4, image_size=28, patch_size=14)
QWEN_TOWER = dict(depth=1, hidden_size=8, intermediate_size=8, num_heads=2, patch_size=4, num_position_embeddings=4, out_hidden_size=12)
OTHER_PARTS = ("model.vision_tower", "model.multi_modal_projector", "model.visual", "model.audio_tower", "model.embed_vision", "model.embed_audio")

# Layers that look at everything have heads of their own, of which a part turns; the last two read keys of earlier layers.
GEMMA4 = dict(num_hidden_layers=5, head_dim=4, global_head_dim=8, sliding_window=3, num_kv_shared_layers=2, use_double_wide_mlp=True,
              hidden_size_per_layer_input=3, vocab_size_per_layer_input=13, final_logit_softcapping=3.0,
              layer_types=["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"])
GEMMA4_TOWER = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=4,
                    patch_size=4, position_embedding_size=8)
GEMMA4_EARS = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, subsampling_conv_channels=[4, 2], output_proj_dims=12)

# Rows of the second table end before the vocabulary does; a layer cuts off nothing, the others most of their gates.
GEMMA3N = dict(num_hidden_layers=5, head_dim=4, sliding_window=3, num_kv_shared_layers=2, intermediate_size=[10, 7, 10, 9, 10],
               hidden_size_per_layer_input=3, vocab_size_per_layer_input=11, laurel_rank=5, altup_num_inputs=3, final_logit_softcapping=3.0,
               activation_sparsity_pattern=[0.7, 0.0, 0.95, 0.2, 0.5],
               layer_types=["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"])

# q_proj's heads of 8 of which 2 turn; two heads of v share one of q and k.
QWEN35 = dict(num_hidden_layers=2, head_dim=8, layer_types=["linear_attention", "full_attention"], linear_num_key_heads=2,
              linear_num_value_heads=4, linear_key_head_dim=3, linear_value_head_dim=5)

# name: (configuration class, what differs from SIZES, written in the older dialect)
CASES = {
    "llama, old dialect": (LlamaConfig, dict(rope_parameters={"rope_type": "default", "rope_theta": 500.0}), True),
    "llama, every bias, tied head, GELU, linear scaling": (LlamaConfig, dict(
        attention_bias=True, mlp_bias=True, tie_word_embeddings=True, hidden_act="gelu", head_dim=4,
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}), False),
    "llama, llama3 scaling, no grouped queries": (LlamaConfig, dict(num_key_value_heads=2, rope_parameters=LLAMA3), True),
    "mistral, head of its own size, sliding window": (MistralConfig, dict(head_dim=8, sliding_window=3), False),
    "mistral, no window": (MistralConfig, dict(sliding_window=None, rms_norm_eps=1e-3), True),
    # a length so short that queries grow within a row
    "ministral3": (Ministral3Config, dict(pad_token_id=0, head_dim=8, rope_parameters={
        "rope_type": "yarn", "rope_theta": 100.0, "factor": 16.0, "original_max_position_embeddings": 4, "beta_fast": 4.0,
        "beta_slow": 0.2, "mscale": 1.0, "mscale_all_dim": 0.5, "llama_4_scaling_beta": 0.6}), False),
    "ministral3, slides, tied head": (Ministral3Config, dict(pad_token_id=0, head_dim=4, sliding_window=3, tie_word_embeddings=True), False),
    "mistral3, a ministral3 beside images": (Mistral3Config, dict(
        text_config=dict(SIZES, model_type="ministral3", pad_token_id=0, head_dim=8, tie_word_embeddings=True, rope_parameters={
            "rope_type": "yarn", "rope_theta": 100.0, "factor": 16.0, "original_max_position_embeddings": 4,
            "llama_4_scaling_beta": 0.6}),
        vision_config=PIXTRAL, tie_word_embeddings=True), False),
    "mistral3, a mistral beside images, head of its own": (Mistral3Config, dict(
        text_config=dict(SIZES, model_type="mistral", sliding_window=None), vision_config=PIXTRAL, tie_word_embeddings=False), False),
    "qwen2, tied head": (Qwen2Config, dict(tie_word_embeddings=True), True),
    "qwen2, upper layer slides": (Qwen2Config, dict(use_sliding_window=True, sliding_window=2, max_window_layers=1), False),
    "qwen3": (Qwen3Config, dict(head_dim=4), False),
    "qwen3, biases, every layer slides": (Qwen3Config, dict(
        head_dim=10, attention_bias=True, use_sliding_window=True, sliding_window=4, max_window_layers=0), True),
    "qwen3_5_text": (Qwen3_5TextConfig, QWEN35, False),
    "qwen3_5_text, biases, tied head, every second layer attends": (Qwen3_5TextConfig, dict(
        num_hidden_layers=3, head_dim=6, full_attention_interval=2, attention_bias=True, tie_word_embeddings=True, hidden_act="gelu",
        linear_conv_kernel_dim=2, linear_num_key_heads=1, linear_num_value_heads=1, linear_key_head_dim=5, linear_value_head_dim=3,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 1.0, "mrope_section": [1, 1, 1],
                         "mrope_interleaved": True}), False),
    "qwen3_5, beside images": (Qwen3_5Config, dict(
        text_config={**SIZES, **QWEN35, "model_type": "qwen3_5_text"}, vision_config=QWEN_TOWER, tie_word_embeddings=True), False),
    "ernie4_5": (Ernie4_5Config, dict(head_dim=8), False),
    "ernie4_5, every bias, head of its own, yarn": (Ernie4_5Config, dict(
        head_dim=10, use_bias=True, tie_word_embeddings=False, rope_parameters={
            "rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "original_max_position_embeddings": 16}), True),
    "hunyuan_v1_dense, scaled by alpha": (HunYuanDenseV1Config, dict(head_dim=6, tie_word_embeddings=True, rope_parameters={
        "rope_type": "dynamic", "rope_theta": 100.0, "alpha": 50.0, "factor": 1.0, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0,
        "mscale_all_dim": 1.0}), True),
    "hunyuan_v1_dense, biases": (HunYuanDenseV1Config, dict(head_dim=8, attention_bias=True), False),
    "gpt2": (GPT2Config, dict(n_embd=12, n_head=3, n_positions=16), False),
    "gpt2, head of its own, MLP of another width, scores by layer": (GPT2Config, dict(
        n_inner=10, tie_word_embeddings=False, activation_function="relu", scale_attn_weights=False,
        scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=1e-2), True),
    "gpt_neox, half of each head turns": (GPTNeoXConfig, dict(rope_parameters={
        "rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.67}), False),
    "gpt_neox, one after the other, whole heads turn, tied head": (GPTNeoXConfig, dict(
        use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True, hidden_act="gelu_fast",
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0}), False),
    "opt": (OPTConfig, dict(ffn_dim=10, pad_token_id=1), False),
    "opt, norms after, narrow embeddings, no biases": (OPTConfig, dict(
        ffn_dim=10, pad_token_id=1, do_layer_norm_before=False, word_embed_proj_dim=8, enable_bias=False), True),
    "phi": (PhiConfig, dict(hidden_size=16), False),
    "phi, norms of q and k, a third turns, tied head": (PhiConfig, dict(
        qk_layernorm=True, tie_word_embeddings=True, rope_parameters={
            "rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.34}), False),
    "phi3": (Phi3Config, dict(pad_token_id=0), False),
    "phi3, part of each head turns, slides, tied head": (Phi3Config, dict(
        pad_token_id=0, tie_word_embeddings=True, sliding_window=3, rope_parameters={
            "rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.67}), False),
    "phi3, longrope": (Phi3Config, dict(
        pad_token_id=0, max_position_embeddings=256, original_max_position_embeddings=32, rope_parameters={
            "rope_type": "longrope", "rope_theta": 100.0, "short_factor": [1.5, 0.7, 1.2], "long_factor": [9.0, 9.0, 9.0]}), True),
    "gemma": (GemmaConfig, dict(head_dim=4, hidden_act="gelu"), True),
    "gemma2, bounded, every second layer slides": (Gemma2Config, dict(
        head_dim=8, query_pre_attn_scalar=5, sliding_window=3, attn_logit_softcapping=2.0, final_logit_softcapping=3.0), False),
    "gemma2, no bounds, no layer slides": (Gemma2Config, dict(
        head_dim=4, layer_types=["full_attention"] * 2, attn_logit_softcapping=None, final_logit_softcapping=None), False),
    "gemma3": (Gemma3TextConfig, dict(
        head_dim=4, num_hidden_layers=3, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        sliding_window=3, query_pre_attn_scalar=7), False),
    "gemma3, beside images": (Gemma3Config, dict(
        text_config=dict(SIZES, head_dim=4, num_hidden_layers=3, sliding_window=3, query_pre_attn_scalar=7,
                         layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                         rope_parameters={"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
                                          "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}),
        vision_config=SIGLIP, mm_tokens_per_image=4), False),
    "gemma4_text": (Gemma4TextConfig, GEMMA4, False),
    "gemma4_text, values are keys, no second table, biases, head of its own": (Gemma4TextConfig, dict(
        GEMMA4, hidden_size_per_layer_input=0, num_key_value_heads=2, num_global_key_value_heads=1, attention_k_eq_v=True, attention_bias=True,
        num_kv_shared_layers=0, use_double_wide_mlp=False, final_logit_softcapping=None, tie_word_embeddings=False,
        hidden_activation="silu", rms_norm_eps=1e-2, rope_parameters={
            "full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.5, "rope_theta": 100.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 20.0}}), False),
    "gemma4, beside images and sounds": (Gemma4Config, dict(
        text_config={**SIZES, **GEMMA4, "model_type": "gemma4_text", "global_head_dim": 6}, vision_config=GEMMA4_TOWER,
        audio_config=GEMMA4_EARS), False),
    "gemma3n_text": (Gemma3nTextConfig, GEMMA3N, False),
    "gemma3n_text, another stream, biases, head of its own": (Gemma3nTextConfig, dict(
        GEMMA3N, num_key_value_heads=2, attention_bias=True, num_kv_shared_layers=0, intermediate_size=10, tie_word_embeddings=False,
        hidden_activation="silu", rms_norm_eps=1e-2, altup_num_inputs=4, altup_active_idx=1, rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 100.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 20.0}}), False),
    "gemma3n, beside images and sounds": (Gemma3nConfig, dict(
        text_config={**SIZES, **GEMMA3N, "model_type": "gemma3n_text"}, vision_config=dict(hidden_size=8, vocab_size=1, vocab_offset=11),
        audio_config={**GEMMA3N_EARS, "vocab_offset": 12}), False),
    "stablelm": (StableLmConfig, dict(hidden_size=16), False),
    "stablelm, side by side, biases": (StableLmConfig, dict(
        hidden_size=16, use_parallel_residual=True, use_qkv_bias=True, tie_word_embeddings=True), False),
    "olmo2": (Olmo2Config, dict(pad_token_id=1), True),
    "olmo3": (Olmo3Config, dict(pad_token_id=1, num_hidden_layers=4, sliding_window=3, rope_parameters={
        "full_attention": {"rope_type": "yarn", "rope_theta": 100.0, "factor": 8.0, "original_max_position_embeddings": 16},
        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}), False),
    "olmo3, biases, types of layers named": (Olmo3Config, dict(
        pad_token_id=1, attention_bias=True, sliding_window=4, layer_types=["full_attention", "sliding_attention"]), False),
    "exaone4, layers that do not slide are without rotation": (Exaone4Config, dict(num_hidden_layers=4, sliding_window=3), False),
    "exaone4, none slides, tied head, llama3 scaling": (Exaone4Config, dict(
        sliding_window=None, sliding_window_pattern=None, layer_types=["full_attention"] * 2, tie_word_embeddings=True,
        rope_parameters=LLAMA3), True),
    "granitemoehybrid": (GraniteMoeHybridConfig, dict(
        num_local_experts=0, shared_intermediate_size=10, layer_types=["full_attention"] * 2, position_embedding_type="rope",
        embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=2.5, tie_word_embeddings=True,
        mamba_n_heads=2), False),
    "granitemoehybrid, no positions, biases": (GraniteMoeHybridConfig, dict(
        num_local_experts=0, shared_intermediate_size=10, layer_types=["full_attention"] * 2, attention_bias=True,
        mamba_n_heads=2), False),
    "granitemoe": (GraniteMoeConfig, dict(
        embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=2.5, tie_word_embeddings=True,
        num_local_experts=5, num_experts_per_tok=3), False),
    "granitemoe, biases, two experts, head of its own": (GraniteMoeConfig, dict(
        num_local_experts=2, num_experts_per_tok=1, attention_bias=True, hidden_act="gelu"), False),
    "olmoe": (OlmoeConfig, dict(num_experts=5, num_experts_per_tok=2, pad_token_id=1, eos_token_id=2), True),
    "olmoe, weights that add up to 1, biases, tied head": (OlmoeConfig, dict(
        num_experts=7, num_experts_per_tok=3, norm_topk_prob=True, attention_bias=True, tie_word_embeddings=True, pad_token_id=1,
        eos_token_id=2), True),
    "granite": (GraniteConfig, dict(
        embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=2.5, tie_word_embeddings=True), False),
    "starcoder2": (Starcoder2Config, dict(), False),
    "starcoder2, slides, no biases, head of its own": (Starcoder2Config, dict(
        sliding_window=3, use_bias=False, tie_word_embeddings=False, hidden_act="gelu"), True),
    "lfm2": (Lfm2Config, dict(
        num_hidden_layers=3, pad_token_id=1, layer_types=["conv", "full_attention", "conv"], block_auto_adjust_ff_dim=False), False),
    "lfm2, four taps, biases, a width that is adjusted, head of its own, layers by number": (Lfm2Config, dict(
        num_hidden_layers=4, pad_token_id=1, full_attn_idxs=[2], conv_L_cache=4, conv_bias=True, tie_word_embeddings=False,
        block_multiple_of=3, block_ffn_dim_multiplier=1.3), True),
    "lfm2_moe": (Lfm2MoeConfig, dict(
        num_hidden_layers=3, pad_token_id=1, layer_types=["conv", "full_attention", "conv"], num_dense_layers=1, moe_intermediate_size=6,
        num_experts=5, num_experts_per_tok=3), False),
    "lfm2_moe, no dense layer, no bias of experts, weights that are scaled and do not add up, biases, head of its own": (Lfm2MoeConfig, dict(
        num_hidden_layers=2, pad_token_id=1, layer_types=["full_attention", "conv"], num_dense_layers=0, moe_intermediate_size=7,
        num_experts=4, num_experts_per_tok=2, use_expert_bias=False, norm_topk_prob=False, routed_scaling_factor=1.7, conv_bias=True,
        tie_word_embeddings=False), False),
    "smollm3": (SmolLM3Config, dict(
        num_hidden_layers=3, no_rope_layers=[1, 0, 1], attention_bias=True, mlp_bias=True, pad_token_id=1), True),
    "smollm3, layers without rotation slide": (SmolLM3Config, dict(
        num_hidden_layers=3, no_rope_layer_interval=2, use_sliding_window=True, sliding_window=3, pad_token_id=1), False),
}


def older_dialect(config):
    """config.json as transformers 4 wrote it."""
    rope = dict(config.pop("rope_parameters", None) or {})
    config.pop("layer_types", None)
    if rope:
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = None if rope == {"rope_type": "default"} else rope
    config["torch_dtype"] = config.pop("dtype", None) or "float32"
    return config


def is_norm_weight(name):
    return name.endswith("weight") and ("norm" in name or ".ln_" in name)


def parameters(model):
    """(name, value) of those that are opened: not of the parts beside a text model."""
    return [(name, value) for name, value in model.named_parameters() if not name.startswith(OTHER_PARTS)]


def constants(model):
    """Buffers that a text model saves with its weights: factors on the outputs of Gemma 4's layers, LFM2's biases of experts."""
    return [value for name, value in model.named_buffers() if name.endswith(("layer_scalar", "expert_bias")) and not name.startswith(OTHER_PARTS)]


def fill(model):
    """Weights as the TypeScript test makes them."""
    with torch.no_grad():
        for index, (name, value) in enumerate(parameters(model)):
            places = torch.arange(1, value.numel() + 1, dtype=torch.float64)
            wave = torch.sin(places * (index + 1) * 0.7).reshape(value.shape)
            value.copy_(1 + 0.3 * wave if is_norm_weight(name) else 0.8 * wave)
        for index, value in enumerate(constants(model)):
            places = torch.arange(1, value.numel() + 1, dtype=torch.float64)
            value.copy_(1 + 0.3 * torch.sin(places * (index + 1) * 0.7))


def forward_case(name):
    config_class, changes, older = CASES[name]
    writes = AutoModelForImageTextToText if config_class in AutoModelForImageTextToText._model_mapping else AutoModelForCausalLM
    model = writes.from_config(config_class(**{**SIZES, **json.loads(json.dumps(changes))}), attn_implementation="eager", experts_implementation="eager").double().eval()
    fill(model)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([IDS]), use_cache=False).logits[0]
    config = json.loads(model.config.to_json_string(use_diff=True))
    return {"case": name, "config": older_dialect(config) if older else config, "ids": IDS,
            "parameters": [f"{name} {'x'.join(map(str, value.shape))}" for name, value in parameters(model)],
            "logits": [float(f"{value:.9g}") for value in logits.flatten().tolist()]}


ENCODER = dict(vocab_size=11, hidden_size=12, intermediate_size=10, num_hidden_layers=2, num_attention_heads=3, max_position_embeddings=16)
MODERN = dict(vocab_size=11, hidden_size=12, intermediate_size=10, num_hidden_layers=3, num_attention_heads=2, max_position_embeddings=32,
              local_attention=4, bos_token_id=None, eos_token_id=None, cls_token_id=None, sep_token_id=None)
DEBERTA = dict(ENCODER, relative_attention=True, pos_att_type=["p2c", "c2p"])
CLASSIFIERS = {
    "bert": (BertConfig, dict(ENCODER, hidden_act="relu", layer_norm_eps=1e-2)),
    "distilbert": (DistilBertConfig, dict(vocab_size=11, dim=12, hidden_dim=10, n_layers=2, n_heads=2, max_position_embeddings=16, activation="gelu")),
    "roberta": (RobertaConfig, dict(ENCODER, type_vocab_size=1, max_position_embeddings=20)),
    "xlm-roberta": (XLMRobertaConfig, dict(ENCODER, type_vocab_size=1, max_position_embeddings=18)),
    "camembert": (CamembertConfig, dict(ENCODER, type_vocab_size=1, max_position_embeddings=18)),
    "electra": (ElectraConfig, dict(ENCODER, embedding_size=8)),
    "electra, embeddings as wide as layers": (ElectraConfig, dict(ENCODER, embedding_size=12, hidden_act="relu", layer_norm_eps=1e-2)),
    "albert": (AlbertConfig, dict(ENCODER, embedding_size=8, num_hidden_layers=3)),
    "albert, two groups of two layers": (AlbertConfig, dict(
        ENCODER, embedding_size=12, num_hidden_layers=3, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu", layer_norm_eps=1e-2)),
    "modernbert": (ModernBertConfig, dict(MODERN, classifier_pooling="cls")),
    "modernbert, mean, every bias, thetas in the older keys": (ModernBertConfig, dict(
        MODERN, classifier_pooling="mean", norm_bias=True, attention_bias=True, mlp_bias=True, classifier_bias=True, local_attention=5,
        hidden_activation="relu", classifier_activation="silu", norm_eps=1e-2, global_rope_theta=500.0, local_rope_theta=20.0,
        global_attn_every_n_layers=2)),
    "modernbert, layers by name, a theta for each": (ModernBertConfig, dict(
        MODERN, layer_types=["sliding_attention", "sliding_attention", "full_attention"], rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 300.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 30.0}})),
    "mpnet": (MPNetConfig, dict(ENCODER, vocab_size=13, max_position_embeddings=18)),
    # As DeBERTa-v3 (texts of eight tokens reach into the buckets), and with projections of its own and everything before it.
    "deberta-v2": (DebertaV2Config, dict(DEBERTA, position_buckets=4, share_att_key=True, norm_rel_ebd="layer_norm", position_biased_input=False, type_vocab_size=0)),
    "deberta-v2 with projections for distances": (DebertaV2Config, dict(DEBERTA, max_relative_positions=3, embedding_size=9, type_vocab_size=2)),
    **{name: (config_class, {**SIZES, **changes}) for name, (config_class, changes, _) in CASES.items()
       if config_class in AutoModelForSequenceClassification._model_mapping},
}


def classifier_case(name):
    config_class, changes = CLASSIFIERS[name]
    # Not in the sequence: the last token is pooled, and RoBERTa counts positions from behind it.
    config = config_class(**{**json.loads(json.dumps(changes)), "pad_token_id": 7})
    config.get_text_config().pad_token_id = 7
    config.num_labels = 3
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager").double().eval()
    fill(model)
    # MPNet counts positions without token 1, whatever the padding id.
    ids = [8 if token == 1 and config.model_type == "mpnet" else token for token in IDS]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0]
    config = {**json.loads(model.config.to_json_string(use_diff=True)), "architectures": [type(model).__name__]}
    return {"case": name, "config": config, "ids": ids,
            "parameters": [f"{name} {'x'.join(map(str, value.shape))}" for name, value in parameters(model)],
            "logits": [float(f"{value:.9g}") for value in logits.tolist()]}


ROPES = {
    "Qwen2.5": dict(head_dim=64, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    "linear": dict(head_dim=32, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    "Llama 3.1": dict(head_dim=128, rope_parameters={"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                                                     "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}),
    "yarn": dict(head_dim=64, rope_parameters={"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0, "original_max_position_embeddings": 32768}),
    "yarn of Ministral 3": dict(head_dim=128, rope_parameters={
        "rope_type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16384, "beta_fast": 32.0,
        "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0}),
    "yarn, ends between frequencies, other weights": dict(head_dim=40, rope_parameters={
        "rope_type": "yarn", "rope_theta": 5000.0, "factor": 7.0, "original_max_position_embeddings": 2048, "beta_fast": 24.0,
        "beta_slow": 2.0, "mscale": 0.7, "mscale_all_dim": 1.3, "truncate": False}),
    "yarn, amplitude given": dict(head_dim=32, rope_parameters={
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 8.0, "original_max_position_embeddings": 8192, "attention_factor": 1.25}),
    "dynamic": dict(head_dim=32, rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}),
    "proportional": dict(head_dim=48, rope_parameters={
        "rope_type": "proportional", "rope_theta": 1000000.0, "factor": 2.0, "partial_rotary_factor": 0.25}),
    "mrope, of text": dict(head_dim=32, rope_parameters={
        "rope_type": "default", "type": "mrope", "rope_theta": 10000.0, "mrope_section": [4, 6, 6]}),
    "longrope": dict(head_dim=12, rope_parameters={
        "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 16384, "factor": 8.0,
        "short_factor": [1.0, 1.1, 1.3, 1.7, 2.0, 2.5], "long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}),
}
POSITIONS = [0, 1, 17, 1023, 16383]


def rope_case(name):
    config = LlamaConfig(**{**SIZES, **json.loads(json.dumps(ROPES[name])), "max_position_embeddings": 131072})
    rotary = LlamaRotaryEmbedding(config)
    cos, sin = rotary(torch.zeros(1), torch.tensor([POSITIONS]))
    half = config.head_dim // 2
    rounded = lambda values: [float(f"{value:.7g}") for value in values.flatten().tolist()]
    return {"case": name, "headDim": config.head_dim, "config": ROPES[name],
            "inverseFrequencies": [float(f"{value:.9g}") for value in rotary.inv_freq.tolist()],
            "attentionFactor": rotary.attention_scaling,
            "positions": POSITIONS, "cosines": rounded(cos[0, :, :half]), "sines": rounded(sin[0, :, :half])}


def heads():
    """By model_type, the classes of sequence and token classification; of the latter, what the head is called."""
    found = {}
    every = [*CLASSIFIERS.values(), *((config_class, {**SIZES, **changes}) for config_class, changes, _ in CASES.values())]
    for config_class, changes in {each.model_type: (each, changes) for each, changes in every}.values():
        sequence, tokens = (auto._model_mapping.get(config_class, None) for auto in (AutoModelForSequenceClassification, AutoModelForTokenClassification))
        parts = dict(tokens(config_class(**{**changes, "pad_token_id": 7})).named_children()) if tokens else {}
        found[config_class.model_type] = {"sequence": sequence and sequence.__name__, "tokens": tokens and tokens.__name__,
                                          "tokenHead": next((name for name in ("score", "classifier") if name in parts), None)}
    return found


def write(file, make, names, wanted):
    path = HERE / file
    kept = {case["case"]: case for case in json.loads(path.read_text(encoding="utf-8"))} if wanted else {}
    lines = ",\n".join(json.dumps(make(name) if name in wanted or not wanted else kept[name]) for name in names)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def published():
    """Says where published.json has another count than transformers, for classifiers with two classes."""
    for case in json.loads((HERE / "published.json").read_text()):
        config = AutoConfig.for_model(**case["config"])
        loaders = (AutoModelForCausalLM, AutoModelForImageTextToText, AutoModelForSequenceClassification)
        # BERT and others could write, too, and only classify here.
        loader = loaders[2] if config.model_type in ENCODER_TYPES else next(each for each in loaders if type(config) in each._model_mapping)
        with torch.device("meta"):
            model = loader.from_config(config)
        model.tie_weights()
        count = sum(value.numel() for _, value in parameters(model))
        print(case["name"], f"{count:,}" if count == case["parameters"] else f"{case['parameters']:,} and not {count:,}")


# Types that are refused, at published sizes.
UNBUILT = {
    "Qwen1.5 MoE A2.7B": dict(model_type="qwen2_moe"),
    "gpt-oss 20B": dict(model_type="gpt_oss", num_hidden_layers=24, num_local_experts=32),
    "Qwen3 30B-A3B": dict(model_type="qwen3_moe", num_hidden_layers=48, head_dim=128),
    "Mixtral 8x7B": dict(model_type="mixtral"),
}


def unbuilt():
    """A table of what they have: parameters, those of tables and of experts, GiB with matrices in NF4 and the rest in 16 bits."""
    for name, sizes in UNBUILT.items():
        config = AutoConfig.for_model(**sizes)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
        model.tie_weights()
        counts = {name: value.numel() for name, value in model.named_parameters()}
        tables = sum(count for name, count in counts.items() if "embed_tokens" in name or name == "lm_head.weight")
        by_layer = counts.get("model.embed_tokens_per_layer.weight", 0)
        experts = sum(count for name, count in counts.items() if ".experts." in name or "block_sparse_moe.input" in name or "block_sparse_moe.output" in name)
        total = sum(counts.values())
        chosen = getattr(config, "num_experts_per_tok", 0) / (getattr(config, "num_experts", None) or getattr(config, "num_local_experts", None) or 1)
        active = total - tables - experts * (1 - chosen)
        in_nf4 = (tables * 2 + (total - tables) * 4.5 / 8) / 2 ** 30
        print(f"| {name} | `{config.model_type}` | {total:,} | {by_layer / 1e9:.2f} | {experts / 1e9:.2f} | {in_nf4:.2f} | {in_nf4 - by_layer * 2 / 2 ** 30:.2f} | {active * 6 * 512 / 1e12:.1f} |")


ENCODER_TYPES = {config_class.model_type for config_class, changes in CLASSIFIERS.values() if config_class not in {each for each, _, _ in CASES.values()}}

parser = argparse.ArgumentParser()
parser.add_argument("--case", nargs="+", default=[])
parser.add_argument("--ropes", action="store_true")
parser.add_argument("--published", action="store_true")
options = parser.parse_args()
if options.published:
    published()
    raise SystemExit(unbuilt())
write("rope.json", rope_case, ROPES, [])
if not options.ropes:
    write("forward.json", forward_case, CASES, options.case)
    write("classifiers.json", classifier_case, CLASSIFIERS, options.case)
    (HERE / "heads.json").write_text(json.dumps(heads(), indent=1) + "\n", encoding="utf-8")
