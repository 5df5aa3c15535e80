/**
 * What an optimizer step is modelled to take on GPUs that are not here, from its plan alone:
 * npx tsx bench/roofline.ts [MODEL …] [--machine m3|rtx4070|xe|h200] [--length 1024] [--weights int4] [--kinds 20] [--tiles]
 * A dispatch takes the longest of what its fullest core computes, of its longest workgroup by itself, of its steps one
 * after the other, and of the bytes it moves, and a launch beside. The constants stand in src/testing/roofline.ts; they are
 * assumptions, so a ratio of two plans says more than a time. With --kinds: the kinds of dispatch that take longest.
 * With --tiles each class of products has the tile that the model finds the fastest of those that a device measures, and
 * not the default.
 */
import { parseArgs } from 'node:util';
import { desktop, type TileTable } from '../src/plan/profile.ts';
import { measurableProducts, tileCandidates } from '../src/plan/tile-table.ts';
import { type ReferenceModel, referenceModels, referenceRun } from '../src/testing/reference-models.ts';
import { type Machine, type MachineName, machines, modelledKinds } from '../src/testing/roofline.ts';
import { recomputedBy } from '../src/training/programs/training-programs.ts';
import { modelFromConfigAlone, programsOf } from '../src/training/session/plan-run.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';

const { values, positionals } = parseArgs({
  options: {
    machine: { type: 'string' },
    length: { type: 'string', default: '1024' },
    weights: { type: 'string', default: 'as-published' },
    kinds: { type: 'string', default: '0' },
    tiles: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const known = (name: string, table: object): string => {
  if (!Object.hasOwn(table, name)) throw new Error(`${name} is none of ${Object.keys(table).join(', ')}`);
  return name;
};
const names = positionals.length === 0 ? ['Qwen2.5-0.5B'] : positionals;
const chosen: readonly Machine[] = (values.machine === undefined ? Object.keys(machines) : [values.machine]).map(
  (name) => machines[known(name, machines) as MachineName],
);
const config = referenceRun(values.weights, Number(values.length));

const secondsOf = (kinds: readonly { readonly seconds: number }[]): number =>
  kinds.reduce((sum, { seconds }) => sum + seconds, 0);

for (const name of names) {
  const options = modelFromConfigAlone(referenceModels[known(name, referenceModels) as ReferenceModel], config);
  const tuning = resolveTuning(options.model, config.tuning);
  const programs = (tiles: TileTable, manyRegisters = false) =>
    programsOf(recomputedBy(config), config, tuning, { ...options, profile: { ...desktop, tiles, manyRegisters } });
  const kindsOf = (tiles: TileTable, machine: Machine) => {
    const { microStep, update } = programs(tiles, machine.manyRegisters);
    return [microStep, update].flatMap(({ plan }) => modelledKinds(plan, machine));
  };

  /** One class after the other, the others with the tiles found so far. */
  const fastestTiles = (machine: Machine): TileTable => {
    let best: TileTable = {};
    let least = secondsOf(kindsOf(best, machine));
    for (const [product, shape] of measurableProducts(programs({}).microStep.plan))
      for (const tile of tileCandidates(shape, desktop)) {
        const tiles = { ...best, [product]: tile };
        const seconds = secondsOf(kindsOf(tiles, machine));
        if (seconds < least) [best, least] = [tiles, seconds];
      }
    return best;
  };

  const { microStep, update } = programs({});
  const { cost } = microStep.plan;
  console.log(
    `${name}, LoRA r 16, 1 × ${values.length} tokens, weights ${values.weights}: ${cost.dispatches} dispatches, ` +
      `${(cost.flops / 1e12).toFixed(2)} TFLOP, ${(cost.bytesMoved / 1e9).toFixed(1)} GB`,
  );
  for (const machine of chosen) {
    const kinds = kindsOf(values.tiles ? fastestTiles(machine) : {}, machine);
    const seconds = secondsOf(kinds);
    const share = (100 * (cost.flops + update.plan.cost.flops)) / seconds / machine.flops;
    console.log(`  ${machine.name}: ${Math.round(seconds * 1000)} ms, ${share.toFixed(0)}% of f32 peak`);
    for (const { kind, dispatches, seconds } of kinds.slice(0, Number(values.kinds)))
      console.log(`    ${(seconds * 1000).toFixed(1).padStart(7)} ms  ${dispatches} × ${kind}`);
  }
}
