import { TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useCommands } from '../context.tsx';

/** How a value that is no text stands in a line of text; `parse` gives undefined for what is none. */
export interface Spelling<T> {
  write(value: T): string;
  parse(text: string): T | undefined;
}

/** Names with commas between. */
export const names: Spelling<readonly string[]> = {
  write: (value) => value.join(', '),
  parse: parts,
};

/** Names with commas between, or one regular expression, which no name is. */
export const modules: Spelling<string | readonly string[]> = {
  write: (value) => (typeof value === 'string' ? value : names.write(value)),
  parse: (text) => (/[\\*+?|()[\]{}^$]/.test(text) ? text.trim() : parts(text)),
};

/** Numbers by name: "up_proj = 8, q_proj = 2". */
export const pairs: Spelling<Readonly<Record<string, number>>> = {
  write: (value) =>
    Object.entries(value)
      .map(([name, number]) => `${name} = ${number}`)
      .join(', '),
  parse(text) {
    const entries = parts(text).map((part) => {
      const at = part.lastIndexOf('=');
      return [part.slice(0, Math.max(0, at)).trim(), Number(part.slice(at + 1).trim() || Number.NaN)] as const;
    });
    return entries.every(([name, number]) => name !== '' && Number.isFinite(number))
      ? Object.fromEntries(entries)
      : undefined;
  },
};

function parts(text: string): string[] {
  const all = text.split(',').map((part) => part.trim());
  return all.filter((part) => part !== '');
}

interface Props<T> {
  readonly field: string;
  readonly label: string;
  readonly description: ReactNode;
  readonly spelling: Spelling<T>;
  /** Said where the text is none of these. */
  readonly problem: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** A list as one line of text. What cannot be read stays in the field, is said there, and holds Start back. */
export function ListField<T>({ field, spelling, problem, value, onChange, ...rest }: Props<T>) {
  const { markInvalid } = useCommands();
  const [entry, setEntry] = useState<{ readonly text: string; readonly value: T } | null>(null);
  // What was typed stands only as long as the setting is what it was then: a loaded run config replaces it.
  const text = entry && entry.value === value ? entry.text : spelling.write(value);
  const take = (next: string) => {
    const read = spelling.parse(next);
    setEntry({ text: next, value: read ?? value });
    markInvalid(field, read === undefined);
    if (read !== undefined) onChange(read);
  };
  return (
    <TextInput
      {...rest}
      classNames={{ input: 'mono' }}
      autoComplete="off"
      spellCheck={false}
      value={text}
      error={spelling.parse(text) === undefined ? problem : null}
      onChange={(event) => take(event.currentTarget.value)}
    />
  );
}
