/** Figures of a verdict, as both languages write them. */
import { percentText } from '../../percent.ts';
import type { HeldOut, SettingsPatch } from '../../worker/protocol.ts';

/** Three figures are as many as held-out rows can bear: 0.123, 1,230, 163,000, 1.63e7. */
export const figure = (value: number): string => {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e6 || (size > 0 && size < 0.001)) return rounded.toExponential().replace('e+', 'e');
  return size >= 1000 ? rounded.toLocaleString('en') : String(rounded);
};

export const percent = (share: number): string => percentText(share, 0);

/** A learning rate: 2e-4. */
export const rate = (value: number): string => value.toExponential().replace('e+0', '').replace('e+', 'e');

/** Rows that a share stands for. */
export const rowsOf = (share: number, { rows }: Pick<HeldOut, 'rows'>): string => String(Math.round(share * rows));

/** Each setting of a patch by its key, with its value. */
export const changesOf = (settings: SettingsPatch): [key: string, value: string][] =>
  Object.values(settings).flatMap((keys) =>
    Object.entries(keys).map(([key, value]): [string, string] => [
      key,
      key === 'learning_rate' ? rate(Number(value)) : String(value),
    ]),
  );
