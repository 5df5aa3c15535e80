/**
 * What `bench/gpu.sh` brought back, as a section of RESULTS.md; with --write it stands there, in place of an earlier one of
 * the same adapter. npx tsx bench/gpu-report.ts RESULTS.tar.gz [--write [FILE]]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ReferenceResults } from './reference.ts';

interface PyTorchResults {
  readonly device: string;
  readonly torch: string;
  readonly layers: number;
  readonly length: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

interface MeasuredProduct {
  readonly product: string;
  readonly tile: string;
  readonly chosen: boolean;
  readonly gflops: number;
}

/** The files of the one folder that an archive holds, by name. */
function filesOf(archive: string): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-gpu-report-'));
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    const inside = join(folder, readdirSync(folder)[0]!);
    return new Map(readdirSync(inside).map((name) => [name, readFileSync(join(inside, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Kinds of dispatch that take most of a step; the others are one line. */
const kindsShown = 15;

function referencePart(results: ReferenceResults): string[] {
  const { ceilings, kinds = [], steps } = results;
  const parts = [
    `LoRA r = 16 on all seven projections of a decoder of ${results.model}'s shape (${results.layers} layers, random weights, ` +
      `${results.weights}), 1 × ${results.length} tokens: ${results.dispatches} dispatches, ` +
      `${(results.flops / 1e12).toFixed(3)} TFLOP, ${(results.bytesMoved / 1e9).toFixed(2)} GB in the plan.`,
  ];
  if (ceilings)
    parts.push(
      `Measured ceilings: ${(ceilings.flops / 1e12).toFixed(2)} TFLOP/s of f32 multiply-adds in registers, ` +
        `${(ceilings.bandwidth / 1e9).toFixed(0)} GB/s of a copy.`,
    );
  if (steps.length > 0)
    parts.push(
      table(
        ['whole steps', 'median ms', 'of the f32 ceiling'],
        steps.map(({ tiles, products, milliseconds, samples }) => [
          `${tiles} tiles, products in ${products} (${samples.length} steps)`,
          milliseconds.toFixed(1),
          ceilings ? percent(results.flops / (milliseconds / 1000) / ceilings.flops) : '–',
        ]),
      ),
    );
  if (kinds.length > 0 && ceilings) {
    const all = kinds.reduce((sum, { seconds, dispatches }) => sum + seconds * dispatches, 0);
    const rest = kinds.slice(kindsShown).reduce((sum, { seconds, dispatches }) => sum + seconds * dispatches, 0);
    parts.push(
      `Each kind of dispatch alone (clock: ${results.clock}), ${(1000 * all).toFixed(1)} ms of a step in all:`,
      table(
        ['kind', 'a step has', 'ms in all', 'TFLOP/s', 'of the ceiling', 'GB/s', 'of the ceiling'],
        [
          ...kinds
            .slice(0, kindsShown)
            .map(({ kind, dispatches, seconds, flops, bytesMoved }) => [
              ...[kind, dispatches, (1000 * dispatches * seconds).toFixed(2)],
              ...[(flops / seconds / 1e12).toFixed(2), percent(flops / seconds / ceilings.flops)],
              ...[(bytesMoved / seconds / 1e9).toFixed(0), percent(bytesMoved / seconds / ceilings.bandwidth)],
            ]),
          ['the others', '', (1000 * rest).toFixed(2), '', '', '', ''],
        ],
      ),
    );
  }
  return parts;
}

function pytorchPart(results: PyTorchResults, ours: ReferenceResults | undefined): string[] {
  const best = (products: 'f32' | 'f16'): number =>
    Math.min(...(ours?.steps ?? []).filter((step) => step.products === products).map((step) => step.milliseconds));
  const comparable = ours !== undefined && ours.layers === results.layers && ours.length === results.length;
  const rows = Object.entries(results.milliseconds).map(([precision, milliseconds]) => {
    const own = best(precision === 'fp32' ? 'f32' : 'f16');
    return [precision, milliseconds.toFixed(1), comparable && own < 1e9 ? (milliseconds / own).toFixed(2) : '–'];
  });
  return [
    `PyTorch ${results.torch} with PEFT on ${results.device}, the same shape (fp32 beside our f32, the others beside our f16):`,
    table(['precision', 'median ms', 'our speed over theirs'], rows),
  ];
}

function productsPart(measured: readonly MeasuredProduct[]): string[] {
  const rows = [...new Set(measured.map(({ product }) => product))].map((product) => {
    const of = measured.filter((each) => each.product === product);
    const best = (half: boolean): MeasuredProduct | undefined =>
      of.filter(({ tile }) => tile.endsWith(', f16') === half).sort((a, b) => b.gflops - a.gflops)[0];
    const said = (each: MeasuredProduct | undefined): string =>
      each ? `${each.gflops.toFixed(1)} (${each.tile})` : '–';
    return [product, said(of.find(({ chosen }) => chosen)), said(best(false)), said(best(true))];
  });
  return ['Products alone, GFLOP/s:', table(['product', 'default tile', 'best in f32', 'best in f16'], rows)];
}

function sectionOf(files: ReadonlyMap<string, string>): { readonly title: string; readonly text: string } {
  const json = <T>(name: string): T | undefined => {
    const text = files.get(`${name}.json`);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const references = [json<ReferenceResults>('reference'), json<ReferenceResults>('reference-int4')];
  const first = references.find((each) => each !== undefined);
  if (first === undefined)
    throw new Error('the archive holds no reference.json: the part `reference` did not come to its first figure');
  const title = `## On ${first.software ? 'a software adapter, a rehearsal' : 'a GPU'}: ${first.adapter}`;
  const pytorch = json<PyTorchResults>('pytorch');
  const products = json<MeasuredProduct[]>('products');
  const cases = files.get('cases.txt')?.match(/\d+ of \d+ agree with the reference/)?.[0];
  const parts = [
    title,
    `\`bench/gpu.sh\`, ${first.date.slice(0, 10)}; how its parts ended:\n\n${(files.get('summary.txt') ?? '').trim().replace(/^/gm, '- ')}`,
    ...references.flatMap((each) => (each ? referencePart(each) : [])),
    ...(pytorch ? pytorchPart(pytorch, references[0]) : []),
    ...(products ? productsPart(products) : []),
    ...(cases ? [`Operations with the kernels of real GPUs: ${cases} (\`bench/cases.ts\`).`] : []),
  ];
  return { title, text: `${parts.join('\n\n')}\n` };
}

/** The document with the section in it: in the place of one with its title, else at the end. */
export function withSection(
  document: string,
  { title, text }: { readonly title: string; readonly text: string },
): string {
  const start = `\n${document}`.indexOf(`\n${title}\n`);
  if (start < 0) return `${document.trimEnd()}\n\n${text}`;
  const next = document.indexOf('\n## ', start + title.length);
  return next < 0 ? `${document.slice(0, start)}${text}` : `${document.slice(0, start)}${text}${document.slice(next)}`;
}

function main(): void {
  const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
  const [archive, file = fileURLToPath(new URL('RESULTS.md', import.meta.url))] = positionals;
  if (archive === undefined || !existsSync(archive))
    throw new Error('usage: npx tsx bench/gpu-report.ts RESULTS.tar.gz [--write [FILE]]');
  const section = sectionOf(filesOf(archive));
  if (values.write) writeFileSync(file, withSection(readFileSync(file, 'utf8'), section));
  else console.log(section.text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
