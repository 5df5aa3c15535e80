import { expect, test } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { interpret } from '../../graph/reference/interpret.ts';
import { type PreferenceLoss, pairLosses } from './losses.ts';

const margins = [-2.5, -0.3, 0, 0.7, 30];
const meanMargins = [-0.4, 0.1, 0, 0.2, 2];
const chosen = [-0.5, -1.2, -3, -0.02, -6];
const rejected = [-0.9, -0.7, -3, -4, -0.05];

/** From torch's logsigmoid, relu and expm1 in float64, β 0.3, γ 0.5. */
const wanted: readonly (readonly [PreferenceLoss, labelSmoothing: number, losses: readonly number[]])[] = [
  ['DPO', 0, [2.5788897342925496, 0.8543552444685272, Math.LN2, 0.4031860488854579, 9.357622968839737e-14]],
  ['DPO', 0.1, [2.3288897342925496, 0.8243552444685273, Math.LN2, 0.4731860488854579, 3.0000000000000937]],
  ['DPOHinge', 0, [3.5, 1.3, 1, 0.30000000000000004, 0]],
  ['DPOIPO', 0, [4.271111111111112, 2.4544444444444444, 2.777777777777778, 2.1511111111111116, 0.11111111111111106]],
  ['DPORobust', 0.1, [2.8913897342925496, 0.8918552444685272, Math.LN2, 0.3156860488854579, -3.749999999999906]],
  ['ORPO', 0, [0.11031868292570834, 0.3571424049765513, 0.2079441541679836, 0.0001130498011080592, 2.6904821027154724]],
  ['SimPO', 0.1, [2.7485873515737422, 1.0911006659477778, 0.9240769841801066, 0.6181388693815919, 2.9500000000001543]],
];

test.each(wanted)('%s, label smoothing %s, is what PyTorch makes of it', (name, label_smoothing, losses) => {
  const builder = new GraphBuilder();
  const input = (of: string) => builder.input(of, { shape: [margins.length, 1], dtype: 'f32' });
  const settings = { beta: 0.3, label_smoothing, simpo_gamma: 0.5, cpo_alpha: 0 };
  const means = () => [input('chosen'), input('rejected')] as const;
  const meanMargin = () => input('meanMargins');
  const terms = { margin: input('margins'), meanMargin, means, settings };
  const graph = builder.finish({ losses: pairLosses[name].build(builder, terms) });
  const found = interpret(graph, { parameters: new Map(), inputs: { margins, meanMargins, chosen, rejected } }).outputs
    .losses!;
  for (const [index, loss] of losses.entries()) expect(found[index]).toBeCloseTo(loss, 12);
});
