import { TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { safeParse } from 'valibot';
import type { Setting } from '../../training/config/run-config.ts';
import { useCommands, useWords } from '../context.tsx';

interface Props {
  readonly field: string;
  readonly label: string;
  readonly description: ReactNode;
  readonly setting: Setting<unknown>;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/**
 * A number as text: `3e-4` can be typed, and what is no number, or out of bounds, stays in the field and is said there,
 * while the run config keeps the last good value and Start is held back.
 */
export function NumberField({ field, setting, value, onChange, ...rest }: Props) {
  const words = useWords();
  const { markInvalid } = useCommands();
  const [entry, setEntry] = useState<{ readonly text: string; readonly value: number } | null>(null);
  // What was typed stands only as long as the setting is what it was then: a loaded run config replaces it.
  const typed = entry && Object.is(entry.value, value) ? entry.text : null;
  const text = typed ?? written(value);
  const problem = typed === null ? null : problemOf(typed, setting, words.train);
  const step = setting.form?.[2] ?? 1;
  const take = (next: string) => {
    const wrong = problemOf(next, setting, words.train) !== null;
    setEntry({ text: next, value: wrong ? value : Number(next) });
    markInvalid(field, wrong);
    if (!wrong) onChange(Number(next));
  };
  return (
    <TextInput
      {...rest}
      inputMode="decimal"
      classNames={{ input: 'mono' }}
      autoComplete="off"
      value={text}
      error={problem}
      onChange={(event) => take(event.currentTarget.value)}
      onBlur={() => problem === null && setEntry(null)}
      onKeyDown={(event) => {
        const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
        if (direction === 0 || problem !== null) return;
        event.preventDefault();
        take(written(stepped(Number(text), direction * step, setting)));
      }}
    />
  );
}

function problemOf(
  text: string,
  setting: Setting<unknown>,
  words: { invalid: string; range: (allowed: string) => string },
) {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) return words.invalid;
  return safeParse(setting.schema, number).success ? null : words.range(allowedRange(setting));
}

function allowedRange({ form, allowed }: Setting<unknown>): string {
  return form ? `${written(form[0])} … ${written(form[1])}` : allowed;
}

/** Very small numbers as powers of ten, as learning rates are written. */
function written(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('e-0', 'e-') : String(value);
}

/** One step up or down within the form's bounds, without the crumbs of binary fractions. */
function stepped(value: number, by: number, { form }: Setting<unknown>): number {
  const [low, high] = form ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return Number(Math.min(high, Math.max(low, value + by)).toPrecision(12));
}
