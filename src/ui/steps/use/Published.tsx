import { Anchor, Button } from '@mantine/core';
import type { Publication } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import styles from './publish.module.css';
import { loadingLines } from './repository-name.ts';

/** Forms that this page loads again, and as what. */
const loadable: Readonly<Record<string, 'adapter' | 'model'>> = {
  peft: 'adapter',
  adapterhub: 'adapter',
  lora: 'adapter',
  merged: 'model',
};

/** Where a result lies now, and how it is loaded. */
export function Published({ publication, address }: { publication: Publication; address: string }) {
  const words = useWords().publishing;
  const { discardPublication } = useCommands();
  const { target, to } = publication;
  const id = to?.repository ?? '';
  const here = loadable[target];
  const lines = loadingLines(target, id);
  const isOllama = lines.some((line) => line.startsWith('ollama'));
  return (
    <div data-testid="published">
      <p role="status">
        {words.published}{' '}
        <Anchor href={address} target="_blank" rel="noreferrer">
          {address}
        </Anchor>
      </p>
      <p>{words.load}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre className={styles.code} tabIndex={0}>
        {lines.join('\n')}
      </pre>
      {isOllama && to?.isPrivate && <p className="soft">{words.privateOllama}</p>}
      {here && <p className="soft">{words.loadHere[here](id)}</p>}
      <Button variant="default" onClick={() => void discardPublication()}>
        {words.another}
      </Button>
    </div>
  );
}
