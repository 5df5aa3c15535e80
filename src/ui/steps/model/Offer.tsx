import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { AppError, toAppError } from '../../../errors.ts';
import type { GgufVariant, ModelOffer, ModelSource } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { wordError } from '../../text/word-error.ts';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

interface Props {
  readonly source: Extract<ModelSource, { kind: 'hub' }>;
  /** Of a model's id, or of one of its GGUF files. */
  readonly onOpen: (id: string) => void;
}

/** What opening a model would download, file by file, before it is; of a repository of GGUF files those to choose from. */
export function Offer({ source, onOpen }: Props) {
  const words = useWords();
  const format = useFormat();
  const { inspectModel } = useCommands();
  const [offer, setOffer] = useState<ModelOffer | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const key = JSON.stringify(source);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what the source is
  useEffect(() => {
    let stale = false;
    inspectModel(source).then(
      (found) => !stale && setOffer(found),
      (thrown) => !stale && setError(toAppError(thrown)),
    );
    return () => {
      stale = true;
    };
  }, [key, inspectModel]);
  if (error) return <ErrorNote error={error} />;
  if (offer === null)
    return (
      <>
        <p role="status">{words.hub.looking}</p>
        <HubWait cancels />
      </>
    );
  if (offer.variants.length > 0)
    return <Variants variants={offer.variants} onOpen={(path) => onOpen(`${source.id}/${path}`)} />;
  const left = Math.max(0, offer.bytes - offer.heldBytes);
  return (
    <div className={styles.offer} data-testid="offer">
      <ul className={styles.offerFiles}>
        {offer.files.map(({ path, bytes, heldBytes }) => (
          <li key={path}>
            <span className="mono">{path}</span>
            <span>
              {format.bytes(bytes)}
              {heldBytes > 0 && ` · ${words.hub.held(format.percent(Math.min(1, heldBytes / bytes)))}`}
            </span>
          </li>
        ))}
      </ul>
      <Button
        leftSection={<Icon name={left === 0 ? 'shut' : 'download'} />}
        onClick={() => onOpen(source.id)}
        data-testid="offer-open"
      >
        {left === 0 ? words.hub.openHeld : words.hub.download(format.bytes(left))}
      </Button>
    </div>
  );
}

interface VariantsProps {
  readonly variants: readonly GgufVariant[];
  readonly onOpen: (path: string) => void;
}

/** The same model in several quantisations, one file each: only the chosen one is downloaded. */
function Variants({ variants, onOpen }: VariantsProps) {
  const words = useWords();
  const format = useFormat();
  const language = useStudio((state) => state.language);
  return (
    <div className={styles.offer} data-testid="variants">
      <p>{words.hub.variants}</p>
      <ul className={styles.found}>
        {variants.map(({ path, type, bytes, heldBytes, refusal }) => (
          <li key={path} className={styles.foundLine} data-variant={path}>
            <span className={styles.foundName}>
              <span className="mono">{path}</span>
              <span className={styles.foundFacts}>
                {type ?? words.hub.typeInFile} · {format.bytes(bytes)}
                {heldBytes > 0 && ` · ${words.hub.held(format.percent(Math.min(1, heldBytes / bytes)))}`}
              </span>
              {refusal && (
                <span className={styles.refusal}>
                  {wordError(language, new AppError(refusal.code, refusal.params)).cause}
                </span>
              )}
            </span>
            {!refusal && (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={words.hub.openKept(path)}
                onClick={() => onOpen(path)}
              >
                {heldBytes === bytes ? words.hub.openHeld : words.hub.download(format.bytes(bytes - heldBytes))}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
