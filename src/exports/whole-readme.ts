/** What the READMEs of whole weights say: a merged or fully tuned model, and what changed of one. */
import { autoClass, embedderOf, libraryOf, writerOf } from '../models/heads.ts';
import { askingCode, askingImports, inputMaker, loadOptions } from './code.ts';
import { script } from './prompt-code.ts';
import { call, python } from './python.ts';
import { baseInCode, type ReadmeWords } from './readme.ts';
import type { RunStory } from './run-story.ts';
import { sentenceCode } from './sentence-files.ts';
import type { Tuned } from './target.ts';

const folder = 'path/to/this/folder';

export function wholeWords({ base: { model }, tuning }: Tuned, story: RunStory): ReadmeWords {
  const { adapter, trained } = tuning;
  const summary = adapter
    ? `${adapter.title}, ${adapter.summary}, folded into the weights`
    : `${trained.size} of ${model.parameters.length} parameter tensors`;
  const asked = askingCode(model, story);
  const shared = { relation: 'finetune', tags: [], title: 'Fine-tuned model', summary } as const;
  if (libraryOf(model) === 'timm')
    return {
      ...{ ...shared, library: 'timm', packages: ['timm'] },
      code: script(
        ['import timm', ...askingImports(model)],
        [`model = timm.create_model("local-dir:${folder}", pretrained=True).eval()`],
        asked,
      ),
    };
  if (embedderOf(model))
    return {
      ...{ ...shared, library: 'sentence-transformers', packages: ['sentence-transformers', 'transformers'] },
      code: script(sentenceCode.imports, [sentenceCode.load(folder)], sentenceCode.ask),
    };
  const load = autoClass(model);
  const inputs = inputMaker(model);
  return {
    ...{ ...shared, library: 'transformers', packages: ['transformers'] },
    code: script(
      [...askingImports(model), `from transformers import ${[load, inputs.load].sort().join(', ')}`],
      [
        `model = ${load}.from_pretrained("${folder}").eval()`,
        `${inputs.name} = ${inputs.load}.from_pretrained("${folder}")`,
      ],
      asked,
    ),
  };
}

/** The changed tensors go under the names of the base's own files, which its class may call otherwise. */
export function changedWords(
  { base: { model, tensorOf, fresh }, baseName, tuning }: Tuned,
  story: RunStory,
): ReadmeWords {
  const name = baseInCode(baseName);
  const load = autoClass(model);
  const trained = [...tuning.trained.keys()];
  const isPlain = writerOf(model) === undefined || trained.every((each) => fresh.has(each) || tensorOf(each) === each);
  const weights = `load_file("${folder}/model.safetensors")`;
  const base = [
    call(`model = ${load}.from_pretrained`, loadOptions(model, name, story.revision)),
    `tokenizer = AutoTokenizer.from_pretrained(${python(name)})`,
  ];
  const code = isPlain
    ? script(
        ['from safetensors.torch import load_file', `from transformers import ${load}, AutoTokenizer`],
        [
          ...base,
          `unknown = model.load_state_dict(${weights}, strict=False).unexpected_keys`,
          'assert not unknown, unknown',
          'model.eval()',
        ],
        askingCode(model, story),
      )
    : [
        'from safetensors.torch import load_file, save_file',
        '',
        '# Writes the changed tensors into a copy of the base, which then loads as it is.',
        'tensors = load_file("path/to/a/copy/of/the/base/model.safetensors")',
        `changed = ${weights}`,
        'assert changed.keys() <= tensors.keys(), changed.keys() - tensors.keys()',
        'save_file({**tensors, **changed}, "path/to/a/copy/of/the/base/model.safetensors", {"format": "pt"})',
      ];
  return {
    ...{
      library: 'transformers',
      relation: 'finetune',
      tags: [],
      title: 'Changed weights',
      packages: ['transformers'],
    },
    summary: `${trained.length} of ${model.parameters.length} parameter tensors`,
    code,
    notes: ['Only the tensors that training changed are here; the others are those of the base.'],
  };
}
