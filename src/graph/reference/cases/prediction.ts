import type { OpAttributes } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

type Form = OpAttributes['prediction_loss']['loss'];

/** Every fourth row counts for nothing, as the places of missing rows do. */
function build(data: CaseBuilder, loss: Form, rows: number, outputs: number, spread: number) {
  const numbers = (name: string): number[] => seededNumbers(name, rows * outputs).map((value) => value * spread);
  const targets =
    loss === 'squared_error' ? numbers('targets') : numbers('targets').map((value) => (value > 0 ? 1 : 0));
  const inputs = [
    data.input('z', [rows, outputs], numbers('z')),
    data.input('targets', [rows, outputs], targets),
    data.input(
      'weights',
      [rows],
      Array.from({ length: rows }, (_, row) => (row % 4 === 3 ? 0 : 1)),
    ),
    data.input('lossScale', [], [1 / rows]),
  ];
  return data.builder.nodeOutputs('prediction_loss', inputs, { loss });
}

function predictionCases(loss: Form, rows: number, outputs: number, spread = 1): OpCase[] {
  const name = `prediction_loss ${loss} ${rows}×${outputs}${spread === 1 ? '' : `, values up to ${spread}`}`;
  const terms = Math.max(rows, outputs);
  return [
    opCase(`${name}, loss`, terms, (data) => ({ loss: build(data, loss, rows, outputs, spread)[0]! })),
    opCase(`${name}, all`, terms, (data) => {
      const [value, slope] = build(data, loss, rows, outputs, spread);
      return { loss: value!, dz: slope! };
    }),
  ];
}

/** Logits of 40 and more: exp(40) is within f32, exp(100) is not. */
export const predictionLossCases: readonly OpCase[] = (['squared_error', 'binary_cross_entropy'] as const).flatMap(
  (loss) => [
    ...predictionCases(loss, 1, 1),
    ...predictionCases(loss, 4, 1),
    ...predictionCases(loss, 8, 3),
    ...predictionCases(loss, 67, 13),
    ...predictionCases(loss, 131, 257),
    ...predictionCases(loss, 5, 7, 100),
  ],
);
