import { nanFunctions } from './activations.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** The series keeps the digits of ln(1 + t) where 1 + t would lose them: what is forgotten adds up along a text. */
const declarations = `${nanFunctions(false)}
fn sigmoid(x: f32) -> f32 { return passing(x, 1.0 / (1.0 + exp(min(-x, 80.0)))); }
fn softplus(x: f32) -> f32 {
let t = exp(-min(abs(x), 80.0));
let series = t * (1.0 - t * (0.5 - t * (1.0 / 3.0 - t * (0.25 - t * 0.2))));
return passing(x, max(x, 0.0) + select(log(1.0 + t), series, t < 0.05));
}`;

/** A thread's row and head. */
const each = (body: string): KernelText => ({
  workgroupSize: [64, 1, 1],
  declarations,
  body: `let i = ${flatIndex};
if (i < dims.count) {
let head = i % dims.heads;
${body}
}`,
});

export const deltaGates = (): KernelText =>
  each(`g[i] = -exp(logRate[head]) * softplus(a[i] + bias[head]);
beta[i] = sigmoid(b[i]);`);

export const deltaGatesBackward = (): KernelText =>
  each(`da[i] = -exp(logRate[head]) * sigmoid(a[i] + bias[head]) * dg[i];
db[i] = sigmoid(b[i]) * sigmoid(-b[i]) * dBeta[i];`);
