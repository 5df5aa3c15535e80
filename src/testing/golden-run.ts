/** For tests: the golden runs of interop/golden, with an executor of one's choice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTable } from '../data/read-table.ts';
import { blobFiles } from '../files/blob-files.ts';
import type { ModelFiles } from '../files/source.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import type { StepMetrics, TrainingEvent } from '../training/run/events.ts';
import type { TrainingOptions } from '../training/run/trainer.ts';
import { openAdapter } from '../training/session/adapter-tuning.ts';
import { openRun } from '../training/session/fit-run.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';

const root = new URL('../../interop/golden/', import.meta.url);

/** Each an architecture and, after a dash, what is trained. */
export const goldenNames: readonly string[] = readdirSync(root).sort();

/** As many of them as meet every architecture and everything that is trained once; all with ATELIER_ALL_CASES=1. */
export function sampledGoldenNames(): readonly string[] {
  if (process.env.ATELIER_ALL_CASES === '1') return goldenNames;
  const met = new Set<string>();
  return goldenNames.filter((name) => {
    const parts = [name.replace(/-.*/, ''), name.replace(/^[^-]*-/, '')];
    const isNew = parts.some((part) => !met.has(part));
    for (const part of parts) met.add(part);
    return isNew;
  });
}

export function folderFiles(folder: URL): ModelFiles {
  const blobs = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(fileURLToPath(folder), join(entry.parentPath, entry.name)))
    .map((path) => [path, new Blob([readFileSync(new URL(path, folder))])] as const);
  return blobFiles(new Map(blobs));
}

/** Changes to a run config, section by section. */
export type ConfigChanges = { readonly [S in keyof RunConfig]?: Partial<RunConfig[S]> };

export function withChanges(config: RunConfig, changes: ConfigChanges): RunConfig {
  const merged = Object.entries(config).map(([section, keys]) => [
    section,
    { ...keys, ...changes[section as keyof RunConfig] },
  ]);
  return parseRunConfig(Object.fromEntries(merged));
}

/** The options of a golden run; the executor and what a test is about are left to it. */
export async function goldenRun(
  name: string,
  changes: ConfigChanges = {},
): Promise<Omit<TrainingOptions, 'executor'> & { readonly expected: GoldenCurve }> {
  const folder = new URL(`${name}/`, root);
  const files = folderFiles(folder);
  const config = withChanges(parseRunConfig(JSON.parse(await files.text('run.json'))), changes);
  const modelFiles = folderFiles(new URL(config.model.llm_backbone, folder));
  const tables = { training: await readTable(await files.text('data.csv'), { fileName: 'data.csv' }) };
  const published = await openModel(modelFiles);
  const tokenizer = await openTokenizer(modelFiles);
  const { open } = openRun(published, config, { tables, tokenizer });
  return {
    open,
    tokenizer,
    config,
    tables,
    adapter:
      config.tuning.init_from === ''
        ? undefined
        : await openAdapter(open, folderFiles(new URL('adapter-initial/', folder))),
    expected: JSON.parse(await files.text('expected.json')),
  };
}

/** What PyTorch and PEFT made of it, one number an update. */
export interface GoldenCurve {
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly learning_rates: readonly number[];
}

/** Collects what a run tells. */
export function recorder(): { onEvent: (event: TrainingEvent) => void; steps: StepMetrics[]; phases: string[] } {
  const steps: StepMetrics[] = [];
  const phases: string[] = [];
  return {
    steps,
    phases,
    onEvent(event) {
      if (event.kind === 'step') steps.push(event.metrics);
      if (event.kind === 'phase' && phases.at(-1) !== event.phase) phases.push(event.phase);
    },
  };
}
