import { AppError } from '../../errors.ts';
import { parseRunConfig, type RunConfig } from '../run-config.ts';
import { type Imported, requireObject } from './foreign.ts';
import { fromH2o, isH2o, toH2o } from './h2o.ts';
import { fromHuggingFace, isHuggingFace, toHuggingFace } from './hugging-face.ts';

export const configFormats = ['run-config', 'h2o', 'hugging-face'] as const;
export type ConfigFormat = (typeof configFormats)[number];

/**
 * Reads the settings of a run from text: a run config, H2O LLM Studio's `cfg.yaml`, or Hugging Face training arguments;
 * which of them it is, its keys say. Settings of other programs that this one does not have are left out, and noted.
 * @throws AppError 'run-config-invalid' and 'run-config-unknown-key' of a run config
 */
export async function readConfigText(text: string): Promise<Imported & { readonly format: ConfigFormat }> {
  const parsed = requireObject(await parseText(text.replace(/^\uFEFF/, '')));
  if (isH2o(parsed)) return { format: 'h2o', ...fromH2o(parsed) };
  if (isHuggingFace(parsed)) return { format: 'hugging-face', ...fromHuggingFace(parsed) };
  return { format: 'run-config', config: parseRunConfig(parsed), notes: [] };
}

/** YAML holds JSON, but its reader is loaded only for what is not JSON. */
async function parseText(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (/^\s*[{[]/.test(text)) {
      throw new AppError('run-config-invalid', { key: '(whole file)', reason: 'it is not JSON' }, { cause });
    }
  }
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (cause) {
    throw new AppError('run-config-invalid', { key: '(whole file)', reason: 'it is neither JSON nor YAML' }, { cause });
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
