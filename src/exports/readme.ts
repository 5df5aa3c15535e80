/** The README.md beside what a target writes, which is a model card of the Hub as well. */

import type { GgufOrigin } from '../files/source.ts';
import { pipelineOf } from '../models/heads.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import { baseLicence } from './base-licence.ts';
import { frontMatter, isHubName } from './front-matter.ts';
import type { RunStory } from './run-story.ts';
import type { StreamedFile, Tuned } from './target.ts';
import { type Package, tested } from './versions.ts';

/** What a target says of its own form. */
export interface ReadmeWords {
  /** The Hub's `library_name`. */
  readonly library: string;
  /** What it is to the base. */
  readonly relation: 'adapter' | 'finetune' | 'quantized';
  readonly tags: readonly string[];
  /** Such as "LoRA adapter". */
  readonly title: string;
  /** Such as "rank 8 on 14 modules". */
  readonly summary: string;
  readonly language?: string;
  /** Lines that load it and ask it. */
  readonly code: readonly string[];
  /** What it was loaded with in the tests. */
  readonly packages: readonly Package[];
  /** Paragraphs on this form. */
  readonly notes?: readonly string[];
  /** Sections on this form, after its code. */
  readonly sections?: readonly string[];
  /** Whether the rows lie beside it, of which a section then tells. */
  readonly hasRows?: boolean;
}

/** How code names the base: a path of this computer is of no use elsewhere, and nobody's business there. */
export const baseInCode = (baseName: string | null): string =>
  baseName && isHubName(baseName) ? baseName : 'path/to/the/base/model';

export async function readmeFile(tuned: Tuned, story: RunStory, words: ReadmeWords): Promise<StreamedFile> {
  const text = await readmeText(tuned, story, words);
  return { path: 'README.md', parts: [new TextEncoder().encode(text)] };
}

export async function readmeText({ base, baseName }: Tuned, story: RunStory, words: ReadmeWords): Promise<string> {
  const hubName = baseName && isHubName(baseName) ? baseName : undefined;
  const head = frontMatter({
    base_model: hubName,
    base_model_relation: hubName && words.relation,
    library_name: words.library,
    pipeline_tag: pipelineOf(base.model),
    tags: [...(hubName && words.relation === 'adapter' ? [`base_model:adapter:${hubName}`] : []), ...words.tags],
  });
  const sections = [
    `# ${words.title}${hubName ? ` for ${hubName}` : ''}\n\nTrained with Atelier: ${words.summary}.`,
    ...(words.notes ?? []),
    `## How to use it\n\n${fenced(words.code.join('\n'), words.language ?? 'python')}\n\n${testedWith(words.packages)}`,
    ...(words.sections ?? []),
    promptSection(story.prompt),
    await baseSection(base.files, hubName, story),
    dataSection(story.data, words.hasRows),
    resultSection(story),
    story.settings &&
      `## Settings\n\nThose that differ from the defaults, as a run config:\n\n${fenced(JSON.stringify(story.settings, null, 2), 'json')}`,
  ];
  return `${head}\n${sections.filter(Boolean).join('\n\n')}\n`;
}

/** A code block, fenced by more backticks than are in it. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

const testedWith = (packages: readonly Package[]): string =>
  `Tested with ${packages.map((name) => `${name} ${tested[name]}`).join(', ')}.`;

const fixed = {
  alpaca: 'The Alpaca template.',
  h2o: "H2O LLM Studio's template.",
  custom: 'A template of its own.',
  text: 'Nothing is written around the text.',
};

function promptSection(prompt: PromptFormat | undefined): string {
  if (!prompt) return '';
  const { template, text, pieces, blanks, end } = prompt;
  const names = blanks.map((name) => `{${name}}`).join(' and ');
  const which =
    template === 'chat'
      ? "The model's own chat template, which the tokenizer has."
      : `${fixed[template]} The tokenizer adds no special tokens${pieces.length > 1 ? ', and its parts are tokenised one by one' : ''}.`;
  const shown =
    text === null ? '' : `\n\n${fenced(text)}\n\n${names} ${blanks.length > 1 ? 'are' : 'is'} what you ask.`;
  return `## Prompt format\n\n${which}${shown}${end === null ? '' : ` An answer ends with \`${end}\`.`}`;
}

async function baseSection(files: Tuned['base']['files'], hubName: string | undefined, story: RunStory) {
  const licence = await baseLicence(files);
  const revision = story.revision && story.revision !== 'main' ? `, revision ${story.revision}` : '';
  const kept = story.quantised ? ` While training, its frozen matrices were kept in ${story.quantised}.` : '';
  const where = hubName ? `${linked(hubName)}${revision}.` : 'A model from a folder.';
  const terms = licence ? `Licence: ${licence}, as its card says.` : 'Licence: unknown; ask its publisher.';
  return `## Base model\n\n${files.gguf ? fromGguf(files.gguf) : where} ${terms}${kept}`;
}

const linked = (id: string): string => `[${id}](https://huggingface.co/${id})`;

/** Other programs than llama.cpp want the model that the file was made of. */
function fromGguf({ convertedFrom, basedOn }: GgufOrigin): string {
  const related = basedOn
    ? ` It names ${linked(basedOn)}, which may be that model or the one that it was tuned from.`
    : '';
  const source = convertedFrom
    ? `converted from ${linked(convertedFrom)}.`
    : `which does not say what it was converted from. Load that model where the base is asked for.${related}`;
  return `A GGUF file, ${source} The weights were the file's, rounded as their types round; those of the published model differ by that.`;
}

function dataSection(data: RunStory['data'], hasRows = false): string {
  if (!data) return '';
  const { fingerprint, training, held } = data;
  const rows = training === null ? 'Not counted' : `${training} rows to train on, ${held ?? 0} held out`;
  const where = hasRows ? '' : ' They are not part of this folder.';
  return `## Data\n\n${rows}.${where} Fingerprint of the training rows as tokens: \`${fingerprint}\`.`;
}

function resultSection({ verdict = [], metrics = [] }: RunStory): string {
  if (verdict.length === 0 && metrics.length === 0) return '';
  const rows = metrics.map(([name, value]) => `| ${name} | ${value} |`);
  const table = rows.length === 0 ? [] : [['| | |', '|---|---|', ...rows].join('\n')];
  return ['## Result', ...(verdict.length > 0 ? [verdict.join(' ')] : []), ...table].join('\n\n');
}
