import { useMemo } from 'react';
import type { ModelSummary, ParameterState } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import { type LayerShare, layerShares, stretches } from '../../layer-shares.ts';
import { useFormat } from '../../use-format.ts';
import styles from './layers.module.css';

const none: readonly ParameterState[] = [];

/** A block for each layer, filled as far as its parameters are trained; those beside an adapter in a lighter shade. */
export function LayerColumn({ model }: { model: ModelSummary }) {
  const words = useWords();
  const format = useFormat();
  const states = useStudio((state) => state.tuning.value?.states ?? none);
  const layers = useMemo(() => layerShares(model.parameters, model.layers, states), [model, states]);
  if (layers.length === 0) return null;
  const inWords = ({ trained, adapted }: LayerShare) =>
    words.layers.layerShare(
      trained === 0 ? null : format.percent(trained),
      adapted === 0 ? null : format.percent(adapted),
    );
  const text = stretches(layers).map(
    ({ from, to, share }) => `${from === to ? from : `${from}–${to}`}: ${inWords(share)}`,
  );
  return (
    <figure className={styles.columnFigure}>
      <figcaption aria-hidden="true" title={words.layers.layerColumn}>
        {words.layers.layerColumnTitle}
      </figcaption>
      <div
        className={styles.column}
        role="img"
        aria-label={`${words.layers.layerColumn} ${text.join('; ')}`}
        data-testid="layer-column"
      >
        {layers.map((share, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: layers have no other name
          <span key={index} className={styles.layerBlock} title={`${index}: ${inWords(share)}`}>
            <span style={{ flexGrow: share.trained, background: 'var(--at-trained)' }} />
            <span style={{ flexGrow: share.adapted }} className={styles.adaptedPart} />
            <span style={{ flexGrow: 1 - share.trained - share.adapted }} />
          </span>
        ))}
      </div>
    </figure>
  );
}
