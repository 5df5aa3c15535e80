import type { Activation } from '../../graph/types.ts';
import type { ElementwiseSpec } from '../../plan/kernels/elementwise.ts';
import { activationFunctions } from './activations.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** The value(s) of element i; `T` is the element type. All operands are read before anything is written over them. */
const expressions: Readonly<Record<ElementwiseSpec['operation'], readonly string[]>> = {
  add: ['a[i] + b[i % period]'],
  mul: ['a[i] * b[i % period]'],
  scale: ['dims.factor * a[i]'],
  activation: ['activate(a[i])'],
  activation_backward: ['derivative(a[i]) * b[i]'],
  gated_activation: ['activate(a[i]) * b[i]'],
  gated_activation_backward: ['derivative(a[i]) * b[i] * c[i]', 'activate(a[i]) * c[i]'],
};

/** A workgroup computes 64 elements, or 64 vectors of four; each operand is read once. */
export function elementwise(spec: ElementwiseSpec): KernelText {
  const { operation, activation, inPlace, vec4 } = spec;
  const values = expressions[operation];
  const outputs = inPlace === 'none' ? ['out', 'out2'] : ['abc'[inPlace], 'b'];
  const unit = vec4 ? ' / 4u' : '';
  return {
    workgroupSize: [64, 1, 1],
    declarations: activation === '' ? '' : activationFunctions(activation as Activation, vec4),
    body: `let i = ${flatIndex};
if (i < dims.count${unit}) {
${operation === 'add' || operation === 'mul' ? `let period = dims.period${unit};` : ''}
${values.map((value, n) => `let value${n} = ${value};`).join('\n')}
${values.map((_, n) => `${outputs[n]}[i] = value${n};`).join('\n')}
}`,
  };
}
