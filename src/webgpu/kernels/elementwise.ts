import type { Activation } from '../../graph/types.ts';
import type { ElementwiseSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { activationFunctions } from './activations.ts';
import { flatIndex, type Shader, type StorageBindings, shader } from './wgsl.ts';

const operandNames: Readonly<Record<ElementwiseSpec['operation'], readonly string[]>> = {
  add: ['a', 'b'],
  mul: ['a', 'b'],
  scale: ['a'],
  activation: ['a'],
  activation_backward: ['a', 'b'],
  gated_activation: ['a', 'b'],
  gated_activation_backward: ['a', 'b', 'c'],
};

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
export function elementwise(spec: ElementwiseSpec, access: readonly Access[]): Shader {
  const { operation, activation, inPlace, vec4 } = spec;
  const type = vec4 ? 'vec4<f32>' : 'f32';
  const operands = operandNames[operation];
  const values = expressions[operation];
  const outputs = values.map((_, i) =>
    inPlace === 'none' ? (i === 0 ? 'out' : 'out2') : operands[i === 0 ? inPlace : i]!,
  );
  const names = inPlace === 'none' ? [...operands, ...outputs] : operands;
  const bindings: StorageBindings = names.map((name) => [name, type]);
  const unit = vec4 ? ' / 4u' : '';
  return shader({
    spec,
    access,
    bindings,
    workgroupSize: [64, 1, 1],
    declarations: activation === '' ? '' : activationFunctions(activation as Activation, vec4),
    body: `let i = ${flatIndex};
if (i < dims.count${unit}) {
${operation === 'add' || operation === 'mul' ? `let period = dims.period${unit};` : ''}
${values.map((value, n) => `let value${n} = ${value};`).join('\n')}
${outputs.map((name, n) => `${name}[i] = value${n};`).join('\n')}
}`,
  });
}
