/** Numbers of typed formats as text. */

/**
 * A floating-point number as Python prints it (`repr`): the fewest digits that give it back, 1.0 with its point, an exponent
 * below 1e-4 and from 1e16 on. NaN, which stands for nothing in pandas, is empty.
 * @param width 32 where the number has no more precision than a float32
 */
export function floatText(value: number, width: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return '';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa, exponent] = (width === 32 ? shortest32(value) : value.toExponential()).split('e') as [
    string,
    string,
  ];
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    const digits = String(Math.abs(power)).padStart(2, '0');
    return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`;
  }
  if (Object.is(value, -0)) return '-0.0';
  const plain = String(Number(`${mantissa}e${exponent}`));
  return plain.includes('.') ? plain : `${plain}.0`;
}

function shortest32(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = halfToEven(value, digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential();
}

/** `toExponential`, which takes the larger of two decimals that are equally near where NumPy takes the even one. */
function halfToEven(value: number, digits: number): string {
  const [exact, exponent] = value.toExponential(100).split('e') as [string, string];
  const kept = digits === 0 ? exact.replace(/\..*/, '') : exact.slice(0, exact.indexOf('.') + 1 + digits);
  const rest = exact.slice(kept.length).replace('.', '');
  return /^50*$/.test(rest) && /[02468]$/.test(kept) ? `${kept}e${exponent}` : value.toExponential(digits);
}

/** A decimal number: `unscaled` · 10^−scale, with all its places. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}

/** Nanoseconds since 1970 as pandas prints a time: no time of day at midnight, fractions in threes of digits or none. */
export function instantText(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % perSecond) + perSecond) % perSecond;
  const seconds = (nanoseconds - fraction) / perSecond;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(nanoseconds);
  const [day, time] = date.toISOString().slice(0, -5).split('T') as [string, string];
  if (fraction === 0n) return time === '00:00:00' ? day : `${day} ${time}`;
  return `${day} ${time}${fractionText(fraction)}`;
}

/** Nanoseconds since midnight as Python prints a time of day. */
export function timeOfDayText(nanoseconds: bigint): string {
  const seconds = nanoseconds / perSecond;
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n];
  return parts.map((part) => String(part).padStart(2, '0')).join(':') + fractionText(nanoseconds % perSecond);
}

/** A span of time as pandas prints it: whole days, which alone may be negative, and the time of day beyond them. */
export function durationText(nanoseconds: bigint): string {
  const perDay = 86_400n * perSecond;
  const rest = ((nanoseconds % perDay) + perDay) % perDay;
  const days = (nanoseconds - rest) / perDay;
  return `${days} days ${days < 0n ? '+' : ''}${timeOfDayText(rest)}`;
}

const perSecond = 1_000_000_000n;

/** Six digits, or nine where they are needed; nothing for none. */
function fractionText(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '';
  const places = nanoseconds.toString().padStart(9, '0');
  return `.${places.endsWith('000') ? places.slice(0, 6) : places}`;
}
