import { describe, expect, test } from 'vitest';
import type { Model } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { tinyLlama } from '../testing/tiny-llama.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { tuningAsCode } from './code.ts';

const model = modelFromConfig({ ...tinyLlama, num_hidden_layers: 3 });
const coded = (opened: Model, settings: object) => {
  const config = parseRunConfig(settings);
  const tuning = resolveTuning(opened, config.tuning, config.training.learning_rate);
  return tuningAsCode({ model: opened, baseName: 'owner/name', tuning }, config);
};
const code = (tuning: object, weights = 'as-published') => coded(model, { tuning, model: { weights } });

describe('the choice as Python', () => {
  test('an adapter is the config that PEFT would read from its folder', () => {
    const lora = code({ lora_r: 8, lora_alpha: 16, lora_dropout: 0, use_rslora: true }, 'nf4');
    expect(lora).toContain('from peft import LoraConfig, get_peft_model');
    expect(lora).toContain('BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")');
    expect(lora).toContain('    r=8,\n    target_modules=["q_proj", "v_proj"],\n    use_rslora=True,\n)');
    expect(code({ method: 'prompt', num_virtual_tokens: 7 })).toContain('num_virtual_tokens=7');
  });

  test("a bottleneck adapter is a config of AdapterHub's library", () => {
    const series = code({ method: 'series-adapter', reduction_factor: 4 });
    expect(series).toContain('from adapters import SeqBnConfig');
    expect(series).toContain('model.add_adapter("atelier", config=SeqBnConfig(reduction_factor=4))');
    const both = { reduction_factor: 4, adapter_placement: 'both' };
    expect(code({ ...both, method: 'series-adapter' })).toContain('DoubleSeqBnConfig(reduction_factor=4)');
    const parallel = code({ ...both, method: 'parallel-adapter' });
    expect(parallel).toContain('ParBnConfig(reduction_factor=4, mh_adapter=True)');
  });

  test.each([
    ['vera', 'VeraConfig'],
    ['llama-adapter', 'AdaptionPromptConfig'],
    ['p-tuning', 'PromptEncoderConfig'],
    ['prefix', 'PrefixTuningConfig'],
    ['ia3', 'IA3Config'],
  ])('%s is %s of PEFT', (method, name) => {
    expect(code({ method })).toContain(`config = ${name}(`);
  });

  test('whole weights are the names that the rules pick, once for all layers', () => {
    expect(code({ method: 'full' })).toContain('for parameter in model.parameters():');
    const last = code({ method: 'full', train_parameters: [{ last_layers: 2 }, 'model.norm.weight'] });
    expect(last).toContain(
      '    *(name for i in (1, 2,) for name in (\n        f"model.layers.{i}.self_attn.q_proj.weight",',
    );
    expect(last).toContain('    "model.norm.weight",\n}');
    expect(last).not.toContain('peft');
  });

  test('weights trained beside an adapter are named as PEFT wraps them', () => {
    const beside = { train_parameters: ['model.norm.weight'] };
    expect(code(beside)).toContain('if name.removeprefix("base_model.model.").replace(".base_layer", "") in trained:');
    expect(code({ ...beside, method: 'prefix' })).toContain('if name.removeprefix("base_model.")');
  });

  test('a classifier is loaded as one, and PEFT is left to train its head', () => {
    const bert = modelFromConfig(
      {
        model_type: 'bert',
        hidden_size: 32,
        intermediate_size: 64,
        num_attention_heads: 4,
        num_hidden_layers: 2,
        vocab_size: 100,
        max_position_embeddings: 32,
        type_vocab_size: 2,
      },
      { outputs: 3, problem: 'single_label_classification', names: [] },
    );
    const classifier = coded(bert, { dataset: { problem_type: 'classification' } });
    expect(classifier).toContain('AutoModelForSequenceClassification.from_pretrained(');
    expect(classifier).toContain('num_labels=3');
    expect(classifier).toContain('task_type="SEQ_CLS"');
    expect(classifier).not.toContain('"classifier.weight"');
  });
});
