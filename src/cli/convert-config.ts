import { writeFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { type ConfigFormat, configFormats, writeConfigText } from '../training/config/config-files/read.ts';
import { configFileEn } from '../ui/text/en-settings.ts';
import { parseArguments, required } from './arguments.ts';
import { notesInWords, readSettings } from './run-files.ts';

export const convertConfigUsage = `studio convert-config FILE [--to run-config|h2o|hugging-face] [--out FILE]
  Between run configs, H2O LLM Studio's cfg.yaml and Hugging Face training arguments. FILE is any of them, or settings of
  LLaMA-Factory or axolotl.
  What became of each key is told on the standard error.`;

export async function convertConfig(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, { to: 'text', out: 'text' });
  const file = required(positionals[0], 'FILE');
  const format = (options.to ?? 'run-config') as ConfigFormat;
  if (!configFormats.includes(format)) {
    throw new AppError('usage', { reason: `--to must be ${configFormats.join(', ')}, not "${format}".` });
  }
  const { config, format: read, notes } = await readSettings(file);
  console.error(`${file}: ${configFileEn.formats[read]}`);
  for (const line of notesInWords(notes)) console.error(line);
  const { text, lost } = await writeConfigText(config, format);
  for (const key of lost) console.error(`  ${key}: ${format} cannot say what it is`);
  if (options.out === undefined) process.stdout.write(text);
  else await writeFile(options.out, text);
}
