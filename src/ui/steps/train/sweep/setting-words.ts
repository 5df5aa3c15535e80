/** Settings and their values, as the page says them. */
import { valueInWords } from '../../../../training/config/run-config.ts';
import type { Messages } from '../../../text/en.ts';

/** What a setting of a dotted key is called on the page. */
export function settingLabel(key: string, words: Messages): string {
  const name = key.slice(key.indexOf('.') + 1);
  return words.settings[name as keyof Messages['settings']]?.label ?? key;
}

/** As it would be typed; small numbers by their power of ten. */
export function textOf(value: unknown): string {
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return typeof value === 'string' ? value : valueInWords(value);
}
