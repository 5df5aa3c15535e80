import { NativeSelect } from '@mantine/core';
import { useId, useState } from 'react';
import type { Inside } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { type Moved, type MovedLayer, movedCsv, movedLayers } from '../../inside.ts';
import { SaveButton } from '../../parts/buttons.tsx';
import { saveDownload } from '../../save-download.ts';
import { useFormat } from '../../use-format.ts';
import styles from './inside.module.css';

/** How far each layer has moved and where the gradient is, at an evaluation: the newest unless another is chosen. */
export function WhatMoved({ looks }: { looks: readonly Inside[] }) {
  const words = useWords();
  const format = useFormat();
  const id = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  const look = looks.find(({ step }) => step === chosen) ?? looks.at(-1);
  const layers = look ? movedLayers(look) : [];
  const changes = layers.some(({ change }) => change !== null);
  return (
    <div className={styles.section} data-testid="what-moved">
      <div className={styles.head}>
        <h2 id={id}>{words.inside.moved}</h2>
        {looks.length > 1 && look && (
          <NativeSelect
            size="xs"
            aria-label={words.inside.at}
            value={look.step}
            onChange={(event) => setChosen(Number(event.currentTarget.value))}
            data={looks.map(({ step }) => ({
              value: String(step),
              label: `${words.train.step} ${format.count(step)}`,
            }))}
          />
        )}
        {look && (
          <SaveButton
            format="CSV"
            onClick={() =>
              saveDownload({ fileName: 'layers.csv', blob: new Blob([movedCsv(looks)], { type: 'text/csv' }) })
            }
            testId="moved-csv"
          />
        )}
      </div>
      {look ? (
        <>
          <p>
            <Summary layers={layers} step={look.step} />
          </p>
          <p className="soft">{changes ? words.inside.movedLead : words.inside.noChange}</p>
          <Layers layers={layers} changes={changes} labelledBy={id} />
        </>
      ) : (
        <p className="soft">{words.inside.movedNone}</p>
      )}
    </div>
  );
}

const largest = (layers: readonly MovedLayer[], of: keyof Moved): MovedLayer | undefined =>
  layers.reduce<MovedLayer | undefined>(
    (most, layer) => ((layer[of] ?? -1) > (most?.[of] ?? -1) ? layer : most),
    undefined,
  );

function Summary({ layers, step }: { layers: readonly MovedLayer[]; step: number }) {
  const words = useWords();
  const format = useFormat();
  const [change, share] = [largest(layers, 'change'), largest(layers, 'share')];
  const at = format.count(step);
  if (change && share) {
    const { inside } = words;
    return inside.movedText(at, change.layer, format.percent(change.change), share.layer, format.percent(share.share));
  }
  return share ? words.inside.gradientText(at, share.layer, format.percent(share.share)) : '';
}

/** A table whose cells are bars: what is seen is what is read out. */
function Layers(props: { layers: readonly MovedLayer[]; changes: boolean; labelledBy: string }) {
  const { layers, changes, labelledBy } = props;
  const words = useWords();
  const format = useFormat();
  const [most, mostShare] = [largest(layers, 'change')?.change ?? 0, largest(layers, 'share')?.share ?? 0];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and must do so by keyboard too
    <section className={styles.scroll} tabIndex={0} aria-labelledby={labelledBy}>
      <table className={styles.layers}>
        <thead>
          <tr>
            <th scope="col">{words.inside.layer}</th>
            {changes && <th scope="col">{words.inside.change}</th>}
            <th scope="col">{words.inside.gradient}</th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ layer, change, share }) => (
            <tr key={layer}>
              <th scope="row">{layer}</th>
              {changes && (
                <td>
                  <Bar part={(change ?? 0) / (most || 1)} of="change" text={format.percent(change)} />
                </td>
              )}
              <td>
                <Bar part={(share ?? 0) / (mostShare || 1)} of="gradient" text={format.percent(share)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Bar({ part, of, text }: { part: number; of: 'change' | 'gradient'; text: string }) {
  return (
    <span className={styles.bar}>
      <span className={styles.track}>
        <span className={styles.fill} data-of={of} style={{ width: `${100 * part}%` }} />
      </span>
      <span className={styles.figure}>{text}</span>
    </span>
  );
}
