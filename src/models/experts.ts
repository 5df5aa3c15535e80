/**
 * The MLP of a mixture of experts: a router sends each row to a few of many gated MLPs, whose results are added up by the
 * router's weights. transformers keeps the matrices of all experts of a layer in two stacks.
 */
import { because } from '../errors.ts';
import type { Activation, RouteAttributes, Value } from '../graph/types.ts';
import type { Tools } from './blocks.ts';
import { type ConfigReader, invalidConfig } from './config-reader.ts';
import type { PublishedExperts } from './parameter-list.ts';

/** Types that are mixtures, where something is not done for them. */
export const mixtureTypes: ReadonlySet<string | null> = new Set(['olmoe', 'granitemoe', 'lfm2_moe']);
export const mixtureReason = because`it is a mixture of experts (MoE)`;

/** More than published mixtures have, in a layer and in all of them. */
const mostExperts = { ofLayer: 1024, inAll: 16_384 };

export interface ExpertsConfig {
  readonly experts: number;
  /** Experts that each token is sent to. */
  readonly chosen: number;
}

/**
 * How many experts there are, and how many of them a token is sent to.
 * @throws AppError 'config-invalid', also where training is to balance the experts by a loss of its own
 */
export function readExperts(
  read: ConfigReader,
  layers: number,
  key: string,
  usual: { readonly experts: number; readonly chosen: number },
): ExpertsConfig {
  const config = { experts: read.size(key, usual.experts), chosen: read.size('num_experts_per_tok', usual.chosen) };
  // A made-up one must be refused before the names of every expert's matrices are listed.
  if (config.experts > mostExperts.ofLayer || layers * config.experts > mostExperts.inAll)
    throw invalidConfig(because`${key} is ${config.experts} in each of ${layers} layers, more than any model has`);
  if (config.chosen > config.experts)
    throw invalidConfig(because`num_experts_per_tok ${config.chosen} is more than ${key} ${config.experts}`);
  // transformers then adds router_aux_loss_coef times a loss over all router logits.
  if (read.flag('output_router_logits', false))
    throw invalidConfig(
      because`output_router_logits is true: the loss that balances experts is not computed; set it to false`,
    );
  return config;
}

/** Files with a matrix for each expert: `names` of gate, up and down. */
export function expertByExpert(
  module: string,
  experts: number,
  [gate, up, down]: readonly [string, string, string],
): PublishedExperts {
  const of = (...names: readonly string[]) =>
    Array.from({ length: experts }, (_, e) => names.map((name) => `${module}.${e}.${name}.weight`)).flat();
  return { both: { pieces: of(gate, up) }, down: { pieces: of(down) } };
}

interface MixtureForm extends RouteAttributes {
  /** The router's matrix, and what is added to scores before experts are chosen. */
  readonly router: string;
  readonly bias?: string;
  /** The module of the experts. */
  readonly module: string;
  readonly width: number;
  readonly activation: Activation;
  /** What the router's weights are multiplied by. */
  readonly scale?: number;
}

/** x [rows, hidden] → [rows, hidden]. */
export function mixture({ builder, seams }: Tools, form: MixtureForm, x: Value): Value {
  const { router, bias, module, width, activation, scale = 1, chosen, score, epsilon } = form;
  const attributes = epsilon === undefined ? { chosen, score } : { chosen, score, epsilon };
  const logits = builder.matmul(x, seams.parameter(router), { transposeB: true });
  const { weights, order } = builder.route(logits, attributes, bias === undefined ? undefined : seams.parameter(bias));
  const y = builder.within('experts', () => {
    const both = builder.expertMatmul(builder.gatherRows(x, order), seams.parameter(`${module}.gate_up_proj`), order);
    const inner = builder.node('gated_activation', builder.split(both, [width, width]), { activation });
    return builder.expertMatmul(inner, seams.parameter(`${module}.down_proj`), order);
  });
  return builder.combineRows(y, order, scale === 1 ? weights : builder.scale(weights, scale));
}
