import { parseRunConfig, type RunConfig, settings } from '../run-config.ts';
import { fromAxolotl, isAxolotl } from './axolotl.ts';
import type { Imported } from './foreign.ts';
import { fromH2o, isH2o, toH2o } from './h2o.ts';
import { fromHuggingFace, isHuggingFace, toHuggingFace } from './hugging-face.ts';
import { fromLlamaFactory, isLlamaFactory } from './llama-factory.ts';
import { isSection, refuseOthers } from './others.ts';
import { parseSettings } from './parse.ts';

/** What settings are written in. */
export const configFormats = ['run-config', 'h2o', 'hugging-face'] as const;
export type ConfigFormat = (typeof configFormats)[number];
/** What settings are read from. */
export type ReadFormat = ConfigFormat | 'llama-factory' | 'axolotl';

export interface ReadSettings extends Imported {
  readonly format: ReadFormat;
  /** Keys of the run config that the file says, by section and key: no recipe replaces them. */
  readonly written: readonly string[];
}

type Parsed = Readonly<Record<string, unknown>>;

/** Whose file it is, the most telling first: several hold transformers' arguments too. */
const foreign: readonly { format: ReadFormat; is: (parsed: Parsed) => boolean; from: (parsed: Parsed) => Imported }[] =
  [
    { format: 'h2o', is: isH2o, from: fromH2o },
    { format: 'axolotl', is: isAxolotl, from: fromAxolotl },
    { format: 'llama-factory', is: isLlamaFactory, from: fromLlamaFactory },
    { format: 'hugging-face', is: isHuggingFace, from: fromHuggingFace },
  ];

/** Whether it has a section of a run config; H2O's, which are called the same, are told by other keys first. */
const hasSections = (parsed: Parsed): boolean =>
  Object.entries(parsed).some(([key, value]) => Object.hasOwn(settings, key) && isSection(value));

/**
 * Reads the settings of a run from text: a run config, H2O LLM Studio's `cfg.yaml`, Hugging Face training arguments, or
 * those of LLaMA-Factory or axolotl; which of them it is, its keys say. Settings of other programs that this one does not
 * have are left out, and noted.
 * @throws AppError 'settings-unreadable' where it is neither JSON nor YAML; 'settings-of-another', 'not-settings' for
 * files that are known and not taken over; 'run-config-invalid' and 'run-config-unknown-key' of a run config
 */
export async function readConfigText(text: string, file: string): Promise<ReadSettings> {
  const parsed = await parseSettings(text, file);
  refuseOthers(parsed, file);
  const known = foreign.find(({ is }) => is(parsed));
  const isOurs = !known || (known.format !== 'h2o' && hasSections(parsed));
  return isOurs
    ? { format: 'run-config', config: parseRunConfig(parsed), notes: [], written: writtenKeys(parsed) }
    : withWritten({ format: known.format, ...known.from(parsed) });
}

const writtenKeys = (parsed: Parsed): string[] =>
  Object.entries(parsed).flatMap(([section, keys]) => Object.keys(keys as Parsed).map((key) => `${section}.${key}`));

/** What another program takes where its file says nothing is not written. */
const withWritten = (read: Imported & { readonly format: ReadFormat }): ReadSettings => ({
  ...read,
  written: read.notes.flatMap(({ to, implied }) => (to === undefined || implied ? [] : [to])),
});

/** Whether text is settings of a run, of whatever program, and no data; a broken file counts by its first words. */
export async function isSettingsText(text: string): Promise<boolean> {
  try {
    const parsed = await parseSettings(text, '');
    const hasKnownKey = Object.entries(parsed).some(
      ([section, keys]) =>
        Object.hasOwn(settings, section) &&
        isSection(keys) &&
        Object.keys(keys).some((key) => Object.hasOwn(settings[section as keyof typeof settings], key)),
    );
    return hasKnownKey || foreign.some(({ is }) => is(parsed));
  } catch {
    return /^\s*\{\s*"(model|dataset|tokenizer|tuning|training)"\s*:\s*\{/.test(text);
  }
}

/** A file of settings, and the keys of the run config that the format cannot say as they are. */
export interface ConfigFile {
  readonly fileName: string;
  readonly text: string;
  readonly lost: readonly string[];
}

export async function writeConfigText(config: RunConfig, format: ConfigFormat): Promise<ConfigFile> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  if (format === 'run-config') return { fileName: 'run.json', text: json(config), lost: [] };
  if (format === 'hugging-face') {
    const { file, lost } = toHuggingFace(config);
    return { fileName: 'training_args.json', text: json(file), lost };
  }
  const { file, lost } = toH2o(config);
  const { stringify } = await import('yaml');
  return { fileName: 'cfg.yaml', text: stringify(file), lost };
}
