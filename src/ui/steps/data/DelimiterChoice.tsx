import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { useFormat } from '../../use-format.ts';

/** What stands between the cells: what was found out, and the others with the columns that they would make. */
export function DelimiterChoice({ summary: { delimiter, delimiters } }: { summary: DataSummary }) {
  const words = useWords();
  const format = useFormat();
  const { chooseReading } = useCommands();
  const chosen = useStudio((state) => state.config.dataset.delimiter);
  const [pending, setPending] = useState<string | null>(null);
  if (delimiters.length === 0) return null;
  const name = (each: string) => words.data.delimiters[each] ?? each;
  const choose = async (next: string) => {
    setPending(next);
    await chooseReading({ delimiter: next });
    setPending(null);
  };
  const found = delimiter === '' ? words.data.noDelimiter : name(delimiter);
  const isUsual = delimiters.some((each) => each.delimiter === chosen);
  const choices = [
    { value: '', label: chosen === '' ? words.data.detected(found) : words.data.detect },
    ...delimiters.map((each) => ({
      value: each.delimiter,
      label: words.data.delimiterColumns(name(each.delimiter), format.count(each.columns)),
    })),
    // A settings file may name any other.
    ...(chosen === '' || isUsual ? [] : [{ value: chosen, label: chosen }]),
  ];
  return (
    <div className={parts.fields} style={{ marginTop: 16 }}>
      <NativeSelect
        label={words.data.delimiter}
        description={words.data.delimiterHint}
        value={pending ?? chosen}
        onChange={(event) => void choose(event.currentTarget.value)}
        data={choices}
        data-testid="delimiter-choice"
      />
    </div>
  );
}
