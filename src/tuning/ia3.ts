/** (IA)³ (arXiv 2205.05638): learned factors on keys, values and inside the MLP, as PEFT computes and saves them. */
import type { Value } from '../graph/types.ts';
import { featuresOf } from '../models/model.ts';
import { scaleMatrix } from './merge.ts';
import type { Change, ChangeTools, Method, PeftConfig, SeamTools } from './method.ts';
import { excludedConfig, targetsOf } from './peft-config.ts';
import { chosenModules, feedforwardDefaults, ia3Defaults, namedModules, targetNames } from './target-modules.ts';

interface Ia3Module {
  /** Factors on what goes into the module; else on what comes out of it, its bias included. */
  readonly feedforward: boolean;
  readonly size: number;
  /** Factors go to the columns of the weight as it lies. */
  readonly ofColumns: boolean;
}

const factorsName = (module: string): string => `${module}.ia3_l`;
const shapeOf = ({ feedforward, size }: Ia3Module): number[] => (feedforward ? [1, size] : [size, 1]);

export const ia3: Method = {
  merges: true,
  forImages: true,
  create(model, settings, factor) {
    const infos = chosenModules(model, settings, ia3Defaults);
    const feedforward = namedModules(
      infos.map(({ module }) => module),
      settings.feedforward_modules ?? [],
      feedforwardDefaults[model.modelType] ?? [],
    );
    const modules = new Map(
      infos.map((info): [string, Ia3Module] => {
        const { inFeatures, outFeatures } = featuresOf(info);
        const within = feedforward.has(info.module);
        const ofColumns = within !== (info.transposed ?? false);
        return [info.module, { feedforward: within, size: within ? inFeatures : outFeatures, ofColumns }];
      }),
    );
    const layers = new Map(infos.map(({ module, layer }) => [module, layer]));
    const inside = targetNames(model, feedforward);
    const outside = targetNames(model, new Set([...modules.keys()].filter((path) => !feedforward.has(path))));
    return {
      parameters: [...modules].map(([path, module]) => ({
        name: factorsName(path),
        shape: shapeOf(module),
        init: { kind: 'constant', value: 1 },
        learningRateFactor: factor(path, layers.get(path)),
      })),
      modules: new Set(modules.keys()),
      dropsOut: false,
      seams: (base, tools) => ({
        linear(path, x) {
          const module = modules.get(path);
          if (module === undefined) return base.linear(path, x);
          const factors = factorsOf(tools, path, module);
          return module.feedforward
            ? base.linear(path, tools.builder.mul(x, factors))
            : tools.builder.mul(base.linear(path, x), factors);
        },
      }),
      configClass: 'IA3Config',
      peftConfig: {
        peft_type: 'IA3',
        ...excludedConfig(settings),
        fan_in_fan_out: infos.some(({ transposed }) => transposed === true),
        feedforward_modules: inside,
        init_ia3_weights: true,
        target_modules: [...inside, ...outside].sort(),
      },
      title: '(IA)³',
      summary: `factors on ${modules.size} modules`,
      async merged({ name, module: path, role }, weight, read) {
        const module = modules.get(path);
        if (module === undefined || (role === 'bias' && module.feedforward)) return undefined;
        const factors = await read(factorsName(path));
        const byRow = name.endsWith('.bias') || !module.ofColumns;
        return scaleMatrix(weight, factors, byRow);
      },
      change(tools, path) {
        const module = modules.get(path);
        return module && ia3Change(tools, path, module);
      },
    };
  },

  settingsOf: (config) => ({ ...targetsOf(config), feedforward_modules: feedforwardOf(config) }),
};

/** What every device can bind, in numbers of four bytes. */
const alwaysBound = 2 ** 27 / 4;

/** ‖(l − 1) ⊙ W‖², from the lengths of the rows or the columns that the factors l go to; columns need the matrix in one binding. */
function ia3Change(tools: ChangeTools, path: string, module: Ia3Module): Change | undefined {
  const { builder } = tools;
  const weight = tools.weight(path);
  const [rows, columns] = weight.shape as [number, number];
  const { ofColumns } = module;
  if (ofColumns && rows * columns > alwaysBound) return undefined;
  const [count, width] = ofColumns ? [columns, rows] : [rows, columns];
  const nothing = [builder.constant(0, [1, width]), builder.constant(0, [count, 1])] as const;
  const inverse = builder.inverseNorm(weight, ...nothing, 0, ofColumns);
  const moved = builder.add(factorsOf(tools, path, module), builder.constant(-1, [count]));
  const squared: Change['squared'] = (read) =>
    read.moved!.reduce((sum, value, line) => sum + (value / read.inverse![line]!) ** 2, 0);
  return { outputs: { inverse, moved }, squared };
}

/** PEFT takes an empty list for none and a missing one for the usual ones; here an empty list is the usual ones. */
function feedforwardOf({ feedforward_modules: given = null }: PeftConfig): string | string[] {
  const none = '(?!)';
  return Array.isArray(given) && given.length === 0 ? none : ((given ?? []) as string | string[]);
}

function factorsOf({ builder }: Pick<SeamTools, 'builder'>, path: string, module: Ia3Module): Value {
  const factors = builder.parameter(factorsName(path), { shape: shapeOf(module), dtype: 'f32' }, 'trained');
  return builder.reshape(factors, [module.size]);
}
