import { Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import type { CachedModel } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Section } from '../../parts/Section.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

/** Models downloaded before, which open without a network, and can be removed. */
export function KeptModels({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const format = useFormat();
  const { cachedModels, removeCachedModel, openModel } = useCommands();
  const { source: open, pending } = useStudio((state) => state.model);
  const [kept, setKept] = useState<readonly CachedModel[]>([]);
  const refresh = useCallback(() => void cachedModels().then(setKept, () => setKept([])), [cachedModels]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a model is what changes the list
  useEffect(refresh, [refresh, pending]);
  if (kept.length === 0) return null;
  const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <Section title={words.hub.kept} note={format.bytes(total)}>
      <ul className={styles.found} data-testid="kept-models">
        {kept.map(({ model, bytes, complete }) => {
          const { host, id } = placeOf(model);
          const isOpen = open?.kind === 'hub' && open.id === id;
          return (
            <li key={model} className={styles.foundLine}>
              <span className={styles.foundName}>
                <span className="mono">{id}</span>
                <span className={styles.foundFacts}>
                  {host} · {format.bytes(bytes)}
                  {!complete && ` · ${words.hub.partly}`}
                </span>
              </span>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={words.hub.openKept(id)}
                onClick={() => {
                  onDone();
                  void openModel({ kind: 'hub', id, revision: 'main', endpoint: endpointOf(host) });
                }}
              >
                {complete ? words.model.hubOpen : words.hub.goOn}
              </Button>
              {!isOpen && (
                <Button
                  leftSection={<Icon name="trash" />}
                  size="compact-sm"
                  variant="subtle"
                  aria-label={words.hub.removeKept(id)}
                  onClick={() => void removeCachedModel(model).then(refresh)}
                >
                  {words.hub.remove}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** A kept model's name begins with the host that it came from. */
function placeOf(model: string): { host: string; id: string } {
  const slash = model.indexOf('/');
  return { host: model.slice(0, slash), id: model.slice(slash + 1) };
}

/** Only this computer is asked without encryption. */
const endpointOf = (host: string): string => `${/^(localhost|127\.)/.test(host) ? 'http' : 'https'}://${host}`;
