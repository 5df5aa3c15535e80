import { AppError } from '../errors.ts';
import { isAdapterHub } from '../files/adapterhub.ts';
import {
  autoClass,
  embedderOf,
  hasProblemType,
  hasTokenTypes,
  headKind,
  libraryOf,
  outputNames,
} from '../models/heads.ts';
import type { Model } from '../models/model.ts';
import type { Adapter } from '../tuning/method.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { writingCode } from './prompt-code.ts';
import { call, python } from './python.ts';
import type { RunStory } from './run-story.ts';
import { bareVectorCode } from './sentence-files.ts';
import type { RunSettings, Target, Tuned } from './target.ts';

/** The choice of what is trained, for those who go on with transformers and PEFT. */
export const code: Target = {
  file: 'tuning.py',
  holds: 'run',
  refuses: () => undefined,
  async write(run) {
    const { base, ...rest } = await run.tuned();
    const text = tuningAsCode({ model: base.model, ...rest }, await run.settings());
    return [{ path: 'tuning.py', parts: [new TextEncoder().encode(text)] }];
  },
};

/** PEFT fills these in from the model by itself, or they say nothing at their default. */
const impliedKeys = new Set([
  'peft_type',
  'num_attention_heads',
  'num_layers',
  'num_transformer_submodules',
  'token_dim',
  'tokenizer_name_or_path',
  'megatron_core',
  'init_ia3_weights',
  'init_weights',
  'projection_prng_key',
  'save_projection',
]);

/** What is trained of which model. */
type Choice = Omit<Tuned, 'base'> & { readonly model: Model };

/**
 * The choice of what is trained as Python for transformers and PEFT. Names and keys are those that the tuning resolved
 * to, so that the code trains the same parameters whatever rule picked them here.
 */
export function tuningAsCode({ model, baseName, tuning }: Choice, settings: Pick<RunSettings, 'model'>): string {
  const { adapter } = tuning;
  const ofAdapterHub = adapter !== undefined && isAdapterHub(adapter.peftConfig);
  const described = adapter && (ofAdapterHub ? adapterHubConfig(adapter) : peftConfig(model, adapter));
  const parts = [
    [modelImport(model, settings), ...(described?.imports ?? [])].join('\n'),
    loading(model, settings, baseName ?? 'path/to/the/base/model'),
    described?.text ?? '',
    // AdapterHub's `train_adapter` leaves a classifier's head to be trained by itself.
    ofAdapterHub ? '' : trainedNames(model, tuning),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const bits = { int8: 8, int4: 4, nf4: 4 } as const;

function modelImport(model: Model, { model: { weights } }: Pick<RunSettings, 'model'>): string {
  if (libraryOf(model) === 'timm') return 'import timm';
  return `from transformers import ${autoClass(model)}${weights === 'as-published' ? '' : ', BitsAndBytesConfig'}`;
}

function loading(model: Model, { model: { weights, revision } }: Pick<RunSettings, 'model'>, base: string): string {
  if (libraryOf(model) === 'timm') {
    const classes = `num_classes=${model.classifier!.outputs}`;
    return call('model = timm.create_model', [python(`hf_hub:${base}`), 'pretrained=True', classes]);
  }
  const options = loadOptions(model, base, revision);
  if (weights !== 'as-published') {
    const kind = bits[weights] === 8 ? 'load_in_8bit=True' : 'load_in_4bit=True, bnb_4bit_quant_type="nf4"';
    options.push(`quantization_config=BitsAndBytesConfig(${kind})`);
  }
  return call(`model = ${autoClass(model)}.from_pretrained`, options);
}

/** What `from_pretrained` is given for a base that gets the model's head. */
export function loadOptions(model: Model, base: string, revision = 'main'): string[] {
  const options = [python(base)];
  if (revision !== 'main') options.push(`revision=${python(revision)}`);
  if (model.classifier) options.push(`num_labels=${model.classifier.outputs}`);
  // A base of other classes has a head of another shape.
  if (model.kind === 'image') options.push('ignore_mismatched_sizes=True');
  if (hasProblemType(model)) options.push(`problem_type=${python(model.classifier!.problem)}`);
  return options;
}

/** The class of transformers that makes a model's inputs, and what code calls an object of it. */
export const inputMaker = ({ kind }: Model): { readonly load: string; readonly name: string } =>
  kind === 'image' ? { load: 'AutoImageProcessor', name: 'processor' } : { load: 'AutoTokenizer', name: 'tokenizer' };

/** What code that asks a model needs beside its library. */
export const askingImports = ({ kind }: Model): string[] => (kind === 'image' ? ['from PIL import Image'] : []);

/** Lines that ask transformers' `model` with its `tokenizer` or `processor`, or timm's with a picture. */
export function askingCode(model: Model, { prompt, textPairs }: Pick<RunStory, 'prompt' | 'textPairs'>): string[] {
  if (libraryOf(model) === 'timm') return ofPicture;
  if (model.masked) return ofMask;
  const form = embedderOf(model);
  if (form) return bareVectorCode(form);
  if (!model.classifier) return writingCode(prompt);
  const { problem } = model.classifier;
  const labels = outputNames(model);
  if (model.kind === 'image')
    return [
      'inputs = processor(Image.open("picture.jpg").convert("RGB"), return_tensors="pt")',
      `labels = ${python(labels)}`,
      'print(dict(zip(labels, model(**inputs).logits.softmax(-1)[0].tolist())))',
    ];
  const given = [textPairs ? pairInputs(model) : 'inputs = tokenizer("The text", return_tensors="pt")'];
  if (problem === 'regression') return [...given, 'print(model(**inputs).logits[0].tolist())'];
  if (problem === 'token_classification')
    return [
      ...given,
      `labels = ${python(labels)}`,
      'tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])',
      'print([(token, labels[row.argmax()]) for token, row in zip(tokens, model(**inputs).logits[0])])',
    ];
  const share = problem === 'multi_label_classification' ? 'sigmoid()' : 'softmax(-1)';
  return [
    ...given,
    `labels = ${python(labels)}`,
    `print(dict(zip(labels, model(**inputs).logits.${share}[0].tolist())))`,
  ];
}

/** Not every tokenizer of transformers gives the types by itself, and a model without them refuses them. */
const pairInputs = (model: Model): string =>
  `inputs = tokenizer("The first text", "The second text", ${hasTokenTypes(model) ? 'return_token_type_ids=True, ' : ''}return_tensors="pt")`;

const ofMask = [
  'inputs = tokenizer(f"The {tokenizer.mask_token} text", return_tensors="pt")',
  'place = inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)',
  'print(tokenizer.decode(model(**inputs).logits[0, place].argmax()))',
];

const ofPicture = [
  'transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))',
  'picture = transform(Image.open("picture.jpg").convert("RGB")).unsqueeze(0)',
  'print(model(picture).softmax(-1)[0].tolist())',
];

interface Described {
  readonly imports: readonly string[];
  readonly text: string;
}

/** The method's own `adapter_config.json` as a call of PEFT's class. */
function peftConfig(model: Model, adapter: Adapter): Described {
  const { configClass: name, title } = adapter;
  if (name === undefined) throw new AppError('internal', { reason: `no class of PEFT is known for ${title}` });
  const options = Object.entries(adapter.peftConfig)
    .filter(([key, value]) => !impliedKeys.has(key) && says(value) && !(key === 'init_lora_weights' && value === true))
    .map(([key, value]) => `${key}=${python(value)}`);
  const { taskType } = headKind(model);
  const task = taskType === null ? [] : [`task_type="${taskType}"`];
  const config = call(`config = ${name}`, [...task, ...options]);
  const imports = [`from peft import ${name}, get_peft_model`];
  return { imports, text: `${config}\nmodel = get_peft_model(model, config)` };
}

/** A bottleneck adapter with AdapterHub's library. */
function adapterHubConfig({ peftConfig }: Adapter): Described {
  const { name, config } = peftConfig as { name: string; config: Readonly<Record<string, unknown>> };
  const series = config.original_ln_before ? 'SeqBnConfig' : 'DoubleSeqBnConfig';
  const configClass = config.is_parallel ? 'ParBnConfig' : series;
  const both = config.is_parallel && config.mh_adapter ? ', mh_adapter=True' : '';
  const options = `${python(name)}, config=${configClass}(reduction_factor=${python(config.reduction_factor)}${both})`;
  return {
    imports: ['import adapters', `from adapters import ${configClass}`],
    text: `adapters.init(model)\nmodel.add_adapter(${options})\nmodel.train_adapter(${python(name)})`,
  };
}

/** Whether a value differs from what PEFT takes where a key is not given. */
const says = (value: unknown): boolean =>
  value !== null &&
  value !== false &&
  value !== 'none' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

function trainedNames({ parameters, classifier }: Model, { trained: all, adapter }: Tuning): string {
  // PEFT trains the head of a classifier by itself, as a copy.
  const head = /^(score|classifier)\./;
  const trained = new Set([...all.keys()].filter((name) => !(classifier && adapter && head.test(name))));
  if (trained.size === 0) return '';
  if (trained.size === parameters.length && adapter === undefined) {
    return 'for parameter in model.parameters():\n    parameter.requires_grad = True';
  }
  const set = `trained = {\n${groupedNames([...trained]).join('')}}`;
  if (adapter === undefined) {
    return `${set}\nfor name, parameter in model.named_parameters():\n    parameter.requires_grad = name in trained`;
  }
  // What steps into modules is wrapped twice by PEFT, and an adapted module keeps its own weights one level down.
  const prefix = adapter.modules.size > 0 ? 'base_model.model.' : 'base_model.';
  return [
    set,
    'for name, parameter in model.named_parameters():',
    `    if name.removeprefix("${prefix}").replace(".base_layer", "") in trained:`,
    '        parameter.requires_grad = True',
  ].join('\n');
}

/** Names as the items of a Python set: those that differ by the layer's number alone are written once. */
function groupedNames(names: readonly string[]): string[] {
  const layersOf = new Map<string, number[]>();
  for (const name of names) {
    const [, before, index, after] = /^(.*?\.)(\d+)(\..*)$/.exec(name) ?? [];
    const pattern = index === undefined ? name : `${before}{i}${after}`;
    layersOf.set(pattern, [...(layersOf.get(pattern) ?? []), ...(index === undefined ? [] : [Number(index)])]);
  }
  const patternsOf = new Map<string, string[]>();
  for (const [pattern, layers] of layersOf) {
    const key = JSON.stringify(layers);
    patternsOf.set(key, [...(patternsOf.get(key) ?? []), pattern]);
  }
  return [...patternsOf].map(([key, patterns]) => {
    const layers = JSON.parse(key) as number[];
    if (layers.length === 0) return patterns.map((name) => `    ${python(name)},\n`).join('');
    const items = patterns.map((pattern) => `        f${python(pattern)},\n`).join('');
    return `    *(name for i in ${rangeOf(layers)} for name in (\n${items}    )),\n`;
  });
}

/** Layers as Python: `range(…)` where they follow each other. */
function rangeOf(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  const whole = layers.length > 2 && last - first + 1 === layers.length;
  return whole ? `range(${first}, ${last + 1})` : `(${layers.join(', ')},)`;
}
