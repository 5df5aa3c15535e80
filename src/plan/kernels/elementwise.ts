import type { Activation } from '../../graph/types.ts';
import { type KernelBinding, kernel, reads, writes } from './definition.ts';

/**
 * Elementwise over `count` elements; `second` operands of add and mul repeat every `period` elements.
 * add: a + b · mul: a · b · scale: factor · a · activation: f(a) · activation_backward (x, dy): f′(x)·dy ·
 * gated (gate, up): f(gate)·up · gated_backward (gate, up, dy): (dGate, dUp).
 * inPlace: the (first) output is written over operand number `inPlace` and has no binding of its own (gated_backward:
 * dGate over gate and dUp over up where inPlace = 0).
 * vec4: count and period are multiples of 4 (period may be count).
 */
export interface ElementwiseSpec {
  readonly kernel: 'elementwise';
  readonly operation:
    | 'add'
    | 'mul'
    | 'scale'
    | 'activation'
    | 'activation_backward'
    | 'gated_activation'
    | 'gated_activation_backward';
  readonly activation: Activation | '';
  readonly inPlace: number | 'none';
  readonly vec4: boolean;
}

const operandCount: Readonly<Record<ElementwiseSpec['operation'], 1 | 2 | 3>> = {
  add: 2,
  mul: 2,
  scale: 1,
  activation: 1,
  activation_backward: 2,
  gated_activation: 2,
  gated_activation_backward: 3,
};

export const elementwiseKernels = {
  elementwise: kernel({
    uniforms: { count: 'u32', period: 'u32', factor: 'f32' },
    bindings({ operation, inPlace, vec4 }: ElementwiseSpec) {
      const vector = vec4 ? 4 : 1;
      const hasTwoOutputs = operation === 'gated_activation_backward';
      const operand = (index: number): KernelBinding => {
        const isWritten = inPlace !== 'none' && (index === inPlace || (hasTwoOutputs && index < 2));
        return isWritten ? writes('f32', vector) : reads('f32', vector);
      };
      return {
        a: operand(0),
        b: operandCount[operation] > 1 ? operand(1) : undefined,
        c: operandCount[operation] > 2 ? operand(2) : undefined,
        out: inPlace === 'none' ? writes('f32', vector) : undefined,
        out2: inPlace === 'none' && hasTwoOutputs ? writes('f32', vector) : undefined,
      };
    },
  }),
};
