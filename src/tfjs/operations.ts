import type { GraphNode, OpName } from '../graph/types.ts';
import * as attention from './operations/attention.ts';
import * as causalConvolution from './operations/causal-convolution.ts';
import * as convolution from './operations/convolution.ts';
import * as deltaGates from './operations/delta-gates.ts';
import * as divergence from './operations/divergence.ts';
import * as elementwise from './operations/elementwise.ts';
import * as experts from './operations/experts.ts';
import * as gatedDeltaRule from './operations/gated-delta-rule.ts';
import * as magnitude from './operations/magnitude.ts';
import * as matmul from './operations/matmul.ts';
import * as normalization from './operations/normalization.ts';
import * as prediction from './operations/prediction.ts';
import * as relativeAttention from './operations/relative-attention.ts';
import * as shape from './operations/shape.ts';
import * as sources from './operations/sources.ts';
import * as state from './operations/state.ts';
import * as streams from './operations/streams.ts';
import * as tokens from './operations/tokens.ts';
import type { Entry } from './run.ts';

/** Every operation there is. A missing one is a compile error. */
const entries: { readonly [O in OpName]: Entry<O> } = {
  ...sources,
  ...matmul,
  ...magnitude,
  ...elementwise,
  ...shape,
  ...normalization,
  ...convolution,
  ...causalConvolution,
  ...deltaGates,
  ...gatedDeltaRule,
  ...experts,
  ...streams,
  ...attention,
  ...relativeAttention,
  ...tokens,
  ...divergence,
  ...prediction,
  ...state,
};

export const entryOf = ({ op }: GraphNode): Entry<OpName> => entries[op] as Entry<OpName>;
