/** What a spreadsheet's number means by its format (ECMA-376, 18.8.30 and 18.8.31). */

/** A day, a time of day, a length of time, or a number. */
type NumberKind = 'date' | 'time' | 'elapsed' | 'number';

export interface NumberFormat {
  readonly kind: NumberKind;
  /** Digits that a whole number has at least, as postal codes do. */
  readonly digits: number;
}

export const plainNumber: NumberFormat = { kind: 'number', digits: 0 };

/** Built-in formats by their numbers; 27 to 36 and 50 to 58 are those of Chinese, Japanese and Korean versions. */
function builtIn(id: number): NumberKind {
  if ([18, 19, 20, 21, 32, 33, 45, 47].includes(id)) return 'time';
  if (id === 46) return 'elapsed';
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? 'date' : 'number';
}

/** @param format a code, or the number of a built-in one */
export function numberFormat(format: string | number): NumberFormat {
  if (typeof format === 'number') return { kind: builtIn(format), digits: 0 };
  // The part for positive numbers, without texts, characters set apart, colours, conditions and languages.
  const [first = ''] = format.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';');
  return { kind: kindOf(first), digits: /^0{2,255}$/.test(first) ? first.length : 0 };
}

function kindOf(first: string): NumberKind {
  if (/\[(h+|m+|s+)\]/i.test(first)) return 'elapsed';
  const tokens = first
    .replace(/\[[^\]]*\]/g, '')
    .replace(/general/gi, '')
    .replace(/[eE][+-]/g, '');
  if (/[ydgerb]|aaa/i.test(tokens.replace(/am\/pm|a\/p/gi, ''))) return 'date';
  if (/[hs]/i.test(tokens)) return 'time';
  return /m/i.test(tokens) ? 'date' : 'number';
}

const msPerDay = 86_400_000;

/**
 * Days since 1899-12-30 (or 1904) as text: `2024-04-01`, `2024-04-01 13:30:00`, `13:30:00`, `30:00:00`; null where the number
 * is no such thing.
 */
export function dayText(serial: number, kind: NumberKind, from1904: boolean): string | null {
  const total = Math.round(serial * msPerDay);
  if (kind === 'elapsed') return `${total < 0 ? '-' : ''}${clockText(Math.abs(total))}`;
  if (serial < 0) return null;
  if (kind === 'time' && serial < 1) return clockText(total);
  // Excel takes 1900 for a leap year: before March it is a day ahead.
  const first = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const date = new Date(first + total);
  if (!(date.getUTCFullYear() <= 9999)) return null;
  const day = date.toISOString().slice(0, 10);
  const time = total % msPerDay;
  return time === 0 ? day : `${day} ${clockText(time)}`;
}

/** Milliseconds as hours, minutes and seconds, with a fraction where there is one. */
function clockText(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const fraction = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${fraction}`;
}
