import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import styles from './data.module.css';

/** Where the encoding is a guess: what the first lines are under each that fits, to choose by sight. */
export function EncodingChoice({ summary: { encoding, encodingGuessed, encodings } }: { summary: DataSummary }) {
  const words = useWords();
  const { chooseReading } = useCommands();
  const chosen = useStudio((state) => state.config.dataset.encoding);
  const [pending, setPending] = useState(false);
  if (encodings.length === 0) return null;
  const choose = async (next: string) => {
    setPending(true);
    await chooseReading({ encoding: next });
    setPending(false);
  };
  const foundOut = {
    value: '',
    label: encodingGuessed ? words.data.encodingFound(name(encoding)) : words.data.detect,
  };
  return (
    <details className={styles.problems} data-testid="encoding" open>
      <summary>{encodingGuessed ? words.data.encodingGuessed(name(encoding)) : words.data.encodingChosen}</summary>
      <p className="soft">{words.data.encodingHint}</p>
      <div className={parts.fields}>
        <NativeSelect
          label={words.data.encoding}
          value={chosen}
          disabled={pending}
          onChange={(event) => void choose(event.currentTarget.value)}
          data={[foundOut, ...encodings.map(({ encoding: each }) => ({ value: each, label: name(each) }))]}
          data-testid="encoding-choice"
        />
      </div>
      <table className={styles.encodings}>
        <tbody>
          {encodings.map(({ encoding: each, lines }) => (
            <tr key={each} data-encoding={each} aria-current={each === encoding ? 'true' : undefined}>
              <th scope="row">{name(each)}</th>
              <td lang="und">{lines.join(' ↵ ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** As WHATWG labels it, in capitals. */
const name = (encoding: string): string => encoding.toUpperCase();
