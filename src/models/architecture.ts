/** What architectures have in common: their sizes, and the model around their layers. */
import { because } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Rotary, Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { attentionLayer, type Layer } from './layers.ts';
import type { Classifier, MaskedHead, ModelInputs, ParameterInfo, TextModel } from './model.ts';
import { reachOf, ropeTable } from './rope.ts';
import type { Seams } from './seams.ts';

export interface ModelSizes {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly maxPositions: number;
}

/**
 * The sizes under the names that most config.json files use; `defaults` are those of the type's configuration class.
 * @throws AppError 'config-invalid'
 */
export function readSizes(
  json: JsonObject,
  defaults: { readonly kvHeads?: number; readonly headDim?: number; readonly maxPositions: number },
): ModelSizes {
  const read = new ConfigReader(json);
  const hiddenSize = read.size('hidden_size');
  const heads = read.size('num_attention_heads');
  // A key that is there but null means "as many as query heads", whatever the type's own default.
  const kvHeads = read.size('num_key_value_heads', 'num_key_value_heads' in json ? heads : (defaults.kvHeads ?? heads));
  const headDim = read.optionalSize('head_dim') ?? defaults.headDim ?? headSize(hiddenSize, heads);
  if (heads % kvHeads !== 0)
    throw invalidConfig(because`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kvHeads}`);
  return {
    vocabularySize: read.size('vocab_size'),
    hiddenSize,
    layers: read.layers('num_hidden_layers'),
    heads,
    kvHeads,
    headDim,
    maxPositions: read.size('max_position_embeddings', defaults.maxPositions),
  };
}

/** hidden / heads. @throws AppError 'config-invalid' where that is no whole number */
export function headSize(hiddenSize: number, heads: number): number {
  if (hiddenSize % heads !== 0)
    throw invalidConfig(because`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  return hiddenSize / heads;
}

/** @throws AppError 'config-invalid' where a rotary embedding cannot turn the head in pairs */
export function requirePairs(headDim: number): void {
  if (headDim % 2 !== 0)
    throw invalidConfig(because`the head size ${headDim} is odd, and rotary embeddings turn pairs`);
}

/** What an architecture's file says of a model, beside its sizes. */
export interface Architecture extends ModelSizes {
  readonly modelType: string;
  /** Path of the bare decoder; default `model`. */
  readonly root?: string;
  readonly parameters: readonly ParameterInfo[];
  readonly constants?: TextModel['constants'];
  readonly embedsAgain?: true;
  /** Default true. */
  readonly causal?: boolean;
  readonly classifier?: Classifier;
  readonly masked?: MaskedHead;
  readonly paddingId?: number;
  readonly headParameter: string;
  readonly headBias?: string;
  readonly embeddingScale?: number;
  readonly logitSoftCap?: number;
  readonly slidingWindow?: number | undefined;
  /** By layer; absent: none slides. */
  readonly slidingLayers?: readonly boolean[];
  /** What each layer is, where not all of them are attention with the heads of the sizes. */
  readonly layerKinds?: readonly Layer[];
  readonly rotaries?: readonly Rotary[];
  readonly distanceRows?: TextModel['distanceRows'];
  buildHidden(tools: Tools, ids: Value): Value;
}

/** Beyond this many positions a table would cost more memory than a browser run has use for. */
const longestTable = 16384;

/** The model that a parsed config.json describes, from what its architecture says. */
export function modelOf(json: JsonObject, architecture: Architecture): TextModel {
  const {
    slidingWindow,
    slidingLayers,
    layerKinds,
    rotaries = [],
    root = 'model',
    buildHidden,
    ...rest
  } = architecture;
  // transformers has every decoder attend both ways then.
  if (architecture.causal !== false && json.is_causal === false)
    throw invalidConfig(because`is_causal false is not supported`);
  const maxPositions = Math.min(architecture.maxPositions, ...rotaries.map(({ rope, width }) => reachOf(rope, width)));
  const tablePositions = Math.min(maxPositions, longestTable);
  return {
    kind: 'text',
    causal: true,
    ...rest,
    maxPositions,
    config: json,
    layers: layerKinds ?? attentionLayers(architecture),
    tablePositions,
    buildHidden: (builder: GraphBuilder, seams: Seams, { ids, positions, sequences }: ModelInputs) =>
      buildHidden({ builder, seams, positions, tablePositions, sequences, root }, ids),
    tables(length = tablePositions) {
      const rows = Math.min(length, tablePositions);
      return rotaries.map(({ table, rope, width, growth }) => ({
        name: table,
        shape: [rows, width],
        data: ropeTable(rope, width, rows, growth),
      }));
    },
  };
}

function attentionLayers({ layers, kvHeads, headDim, slidingWindow, slidingLayers = [] }: Architecture): Layer[] {
  return Array.from({ length: layers }, (_, layer) => {
    const window = slidingLayers[layer] && slidingWindow !== undefined ? { window: slidingWindow } : {};
    return attentionLayer({ kvHeads, headDim, ...window });
  });
}
