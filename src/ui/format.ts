import { percentText } from '../percent.ts';
import type { Language } from './store.ts';
import type { Messages } from './text/en.ts';

/** Numbers as the page shows them. What is unknown is a dash, never 0 or NaN. */
export interface Format {
  /** A whole number with its thousands apart. */
  count(n: number | null | undefined): string;
  /** A large number in short: 1.2M. */
  short(n: number | null | undefined): string;
  percent(share: number | null | undefined, decimals?: number): string;
  bytes(n: number | null | undefined): string;
  /** Seconds, in the unit that suits. */
  duration(seconds: number | null | undefined): string;
  /** A measurement, to four significant digits. */
  value(n: number | null | undefined): string;
  /** A learning rate. */
  rate(n: number | null | undefined): string;
  date(time: number): string;
}

const dash = '–';
const known = (n: number | null | undefined): n is number => typeof n === 'number' && Number.isFinite(n);
const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatFor(language: Language, words: Messages): Format {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumSignificantDigits: 3 });
  const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    count: (n) => (known(n) ? whole.format(n) : dash),
    short: (n) => (known(n) ? compact.format(n) : dash),
    percent: (share, decimals) => (known(share) ? percentText(share, decimals) : dash),
    bytes: (n) => (known(n) ? bytesText(n) : dash),
    duration: (seconds) => (known(seconds) ? durationText(seconds, words.units) : dash),
    value: (n) => (known(n) ? valueText(n) : dash),
    rate: (n) => (known(n) ? rateText(n) : dash),
    date: (time) => dates.format(time),
  };
}

function bytesText(n: number): string {
  const unit = Math.min(byteUnits.length - 1, n < 1 ? 0 : Math.floor(Math.log2(n) / 10));
  const value = n / 2 ** (10 * unit);
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2)} ${byteUnits[unit]}`;
}

function durationText(seconds: number, units: Messages['units']): string {
  if (seconds < 1) return units.milliseconds(String(Math.max(seconds > 0 ? 1 : 0, Math.round(seconds * 1000))));
  if (seconds < 9.95) return units.seconds(seconds.toFixed(1));
  const rounded = Math.round(seconds);
  if (rounded < 60) return units.seconds(String(rounded));
  const pad = (n: number) => String(n).padStart(2, '0');
  if (rounded < 3600) return units.minutes(String(Math.floor(rounded / 60)), pad(rounded % 60));
  return units.hours(String(Math.floor(rounded / 3600)), pad(Math.floor((rounded % 3600) / 60)));
}

function valueText(n: number): string {
  if (n !== 0 && (Math.abs(n) < 1e-3 || Math.abs(n) >= 1e6)) return n.toExponential(2);
  return Math.abs(n) >= 1000 ? n.toFixed(0) : n.toPrecision(4);
}

function rateText(n: number): string {
  if (n === 0) return '0';
  return n.toExponential(2).replace(/\.?0+e/, 'e');
}
