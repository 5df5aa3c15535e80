import type { Graph } from '../types.ts';
import type { BuiltCase, OpCase } from './case-data.ts';
import { attentionCases } from './cases/attention.ts';
import { causalConvolutionCases } from './cases/causal-convolution.ts';
import { convolutionCases } from './cases/convolution.ts';
import { decoderCases } from './cases/decoder.ts';
import { deltaGatesCases } from './cases/delta-gates.ts';
import { divergenceCases } from './cases/divergence.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { expertCases } from './cases/experts.ts';
import { gatedDeltaRuleCases } from './cases/gated-delta-rule.ts';
import { magnitudeCases } from './cases/magnitude.ts';
import { matmulCases } from './cases/matmul.ts';
import { normalizationCases } from './cases/normalization.ts';
import { predictionLossCases } from './cases/prediction.ts';
import { relativeAttentionCases } from './cases/relative-attention.ts';
import { shapeCases } from './cases/shape.ts';
import { stateCases } from './cases/state.ts';
import { streamCases } from './cases/streams.ts';
import { tokenCases } from './cases/tokens.ts';
import { interpret } from './interpret.ts';

/** Every op at odd shapes and at LoRA shapes: what each executor must compute as the float64 reference does. */
export const opCases: readonly OpCase[] = [
  ...matmulCases,
  ...magnitudeCases,
  ...elementwiseCases,
  ...shapeCases,
  ...normalizationCases,
  ...convolutionCases,
  ...causalConvolutionCases,
  ...deltaGatesCases,
  ...gatedDeltaRuleCases,
  ...expertCases,
  ...streamCases,
  ...attentionCases,
  ...relativeAttentionCases,
  ...tokenCases,
  ...divergenceCases,
  ...predictionLossCases,
  ...stateCases,
  ...decoderCases,
];

/** The part of `plan/executor.ts` that a check needs; the graph may not import the plan. */
interface CheckedSession {
  define(program: string, graph: Graph): unknown;
  compile(program: string): Promise<void>;
  write(parameter: string, bytes: Uint8Array): void;
  read(parameter: string): Promise<Uint8Array>;
  run(program: string, feeds: BuiltCase['feeds']): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): void;
}

interface Results {
  readonly outputs: Readonly<Record<string, ArrayLike<number>>>;
  /** Of the parameters that the program writes. */
  readonly parameters: Readonly<Record<string, ArrayLike<number>>>;
}

const RUNS = 2;

/** Words of four codes each are compared code by code. */
const isCodes = ({ parameters }: Pick<BuiltCase, 'parameters'>, name: string): boolean =>
  parameters.get(name)!.dtype === 'u32';
const codesOf = (words: Float64Array): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);

/** In f32 a value in the middle between two codes may become the other one. */
const codeTolerance = 1.01 / 255;

/** What the reference computes in each of two runs, one after the other on the same parameters. */
export function referenceRuns({ graph, parameters, feeds, written }: BuiltCase): Results[] {
  const state = new Map([...parameters].map(([name, { values }]) => [name, values.slice()]));
  return Array.from({ length: RUNS }, () => {
    const { outputs } = interpret(graph, { parameters: state, inputs: feeds });
    const valuesOf = (name: string): ArrayLike<number> =>
      isCodes({ parameters }, name) ? codesOf(state.get(name)!) : state.get(name)!.slice();
    return { outputs, parameters: Object.fromEntries(written.map((name) => [name, valuesOf(name)])) };
  });
}

async function executorRuns(session: CheckedSession, built: BuiltCase): Promise<Results[]> {
  session.define('case', built.graph);
  for (const [name, { bytes }] of built.parameters) session.write(name, bytes);
  await session.compile('case');
  const runs: Results[] = [];
  for (let run = 0; run < RUNS; run++) {
    const outputs = await session.run('case', built.feeds);
    const parameters: Record<string, ArrayLike<number>> = {};
    for (const name of built.written) {
      const bytes = await session.read(name);
      parameters[name] = isCodes(built, name) ? bytes : new Float32Array(bytes.slice().buffer);
    }
    runs.push({ outputs, parameters });
  }
  return runs;
}

/**
 * Runs a case twice on an executor (replay and in-place effects included) and compares every output and every written
 * parameter with the float64 reference.
 * @throws Error that names the worst element of the first tensor that is off, or a value that is not finite.
 */
export async function checkExecutor(executor: { createSession(): CheckedSession }, opCase: OpCase): Promise<void> {
  const built = opCase.build();
  const wanted = referenceRuns(built);
  const session = executor.createSession();
  try {
    const got = await executorRuns(session, built);
    wanted.forEach((results, run) => {
      for (const part of ['outputs', 'parameters'] as const)
        for (const [name, values] of Object.entries(results[part]))
          requireClose(
            `${opCase.name}, run ${run + 1}, ${name}`,
            got[run]![part][name],
            values,
            part === 'parameters' && isCodes(built, name) ? codeTolerance : opCase.tolerance,
          );
    });
  } finally {
    session.dispose();
  }
}

/** @throws Error unless |got − wanted| ≤ tolerance · the largest |wanted| (or 1 where all wanted are 0) everywhere. */
export function requireClose(
  what: string,
  got: ArrayLike<number> | undefined,
  wanted: ArrayLike<number>,
  tolerance: number,
): void {
  if (got?.length !== wanted.length) throw new Error(`${what}: ${got?.length} elements instead of ${wanted.length}`);
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) largest = Math.max(largest, Math.abs(wanted[i]!));
  const allowed = tolerance * (largest === 0 ? 1 : largest);
  let worst = 0;
  let at = -1;
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(got[i]! - wanted[i]!);
    // Not "error > worst": a NaN must count as the worst there is.
    if (!(error <= worst)) [worst, at] = [Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, i];
  }
  if (!(worst <= allowed))
    throw new Error(`${what}[${at}] of ${wanted.length} is ${got[at]} instead of ${wanted[at]}; allowed ±${allowed}`);
}
