import type { OpDefinition } from './definition.ts';
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
import * as relative from './operations/relative.ts';
import * as shape from './operations/shape.ts';
import * as sources from './operations/sources.ts';
import * as state from './operations/state.ts';
import * as streams from './operations/streams.ts';
import * as tokens from './operations/tokens.ts';
import type { OpName } from './types.ts';

/** Every operation there is. A missing one is a compile error. */
export const operations: { readonly [O in OpName]: OpDefinition<O> } = {
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
  ...relative,
  ...tokens,
  ...divergence,
  ...prediction,
  ...state,
};
