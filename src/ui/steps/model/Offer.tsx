import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import type { ModelOffer, ModelSource } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

/** What opening a model would download, file by file, before it is. */
export function Offer({ source, onOpen }: { source: Extract<ModelSource, { kind: 'hub' }>; onOpen: () => void }) {
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
      <Button onClick={onOpen} data-testid="offer-open">
        {left === 0 ? words.hub.openHeld : words.hub.download(format.bytes(left))}
      </Button>
    </div>
  );
}
