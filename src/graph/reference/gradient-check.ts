import { differentiate } from '../autodiff.ts';
import type { GraphBuilder } from '../builder.ts';
import { eliminateDeadCode } from '../passes/dead-code.ts';
import { elementCount, type Graph, type Value } from '../types.ts';
import { CaseBuilder } from './case-data.ts';
import { interpret } from './interpret.ts';

export interface GradientCase {
  readonly name: string;
  /** Declares everything differentiated as a parameter; the gradient of a random projection of `outputs` is checked. */
  build(data: CaseBuilder): { readonly outputs: readonly Value[]; readonly wrt: readonly Value[] };
}

export interface CheckedGradient {
  readonly parameter: string;
  readonly analytic: Float64Array;
  readonly numeric: Float64Array;
}

/** Σ over all outputs of ⟨output, random numbers⟩, as operations that have gradients themselves. */
function project(
  { builder, input }: { builder: GraphBuilder; input: (name: string, n: number) => Value },
  outputs: readonly Value[],
) {
  return outputs
    .map((output, i) => {
      const count = elementCount(output.shape);
      const flat = builder.reshape(output, [1, count]);
      return builder.reshape(builder.matmul(flat, input(`projection ${i}`, count)), []);
    })
    .reduce((sum, term) => builder.add(sum, term));
}

/** Every parameter's gradient, by the graph's rules and by central differences, both in float64. */
export function checkedGradients(gradientCase: GradientCase): {
  readonly graph: Graph;
  readonly gradients: CheckedGradient[];
} {
  const data = new CaseBuilder(gradientCase.name);
  const { outputs, wrt } = gradientCase.build(data);
  const { builder } = data;
  const loss = project({ builder, input: (name, n) => data.input(name, [n, 1]) }, outputs);
  const gradients = differentiate(builder, loss, wrt);
  const named = Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient]));
  const { graph, parameters, feeds: inputs } = data.finish({ loss, ...named });
  const values = new Map([...parameters].map(([name, parameter]) => [name, parameter.values.slice()]));
  const analytic = interpret(graph, { parameters: values, inputs }).outputs;

  const forward = eliminateDeadCode({ nodes: graph.nodes, outputs: { loss } });
  const lossNow = (): number => interpret(forward, { parameters: values, inputs }).outputs.loss![0]!;
  const checked = wrt.map((value, i) => {
    const parameter = value.node.op === 'parameter' ? value.node.attributes.name : '';
    return { parameter, analytic: analytic[`gradient ${i}`]!, numeric: differences(values.get(parameter)!, lossNow) };
  });
  return { graph, gradients: checked };
}

/** Step of the differences: their error is about h² from the curve and 1e-16/h from rounding, both under 1e-9 here. */
const STEP = 1e-5;

/** Central differences of a function of `x`, one element at a time; x is left as it was. */
function differences(x: Float64Array, f: () => number): Float64Array {
  return x.map((_, i) => {
    const at = x[i]!;
    x[i] = at + STEP;
    const above = f();
    x[i] = at - STEP;
    const below = f();
    x[i] = at;
    return (above - below) / (2 * STEP);
  });
}
