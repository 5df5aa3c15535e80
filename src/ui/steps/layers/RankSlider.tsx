import { Slider } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { fitOf } from '../../levers.ts';
import { FitBadge } from '../../parts/FitBadge.tsx';
import { MemoryBar } from '../../shell/MemoryFigure.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './layers.module.css';

const largest = 8;

/** The rank in powers of two, and what the run would fill of the memory with it. */
export function RankSlider() {
  const words = useWords();
  const format = useFormat();
  const { set } = useCommands();
  const { rank, sheet, budget } = useStudio(({ config, tuning, environment }) => ({
    rank: config.tuning.lora_r,
    sheet: tuning.value?.step ?? null,
    budget: environment.value?.memoryBudget ?? null,
  }));
  return (
    <div className={styles.rank}>
      <Slider
        size="sm"
        color="trained.7"
        thumbLabel={words.layers.rankSlider}
        min={0}
        max={largest}
        value={Math.log2(Math.max(1, rank))}
        onChange={(power) => set('tuning', 'lora_r', 2 ** Math.round(power))}
        scale={(power) => Math.round(2 ** power)}
        marks={[0, 2, 4, 6, 8].map((value) => ({ value, label: String(2 ** value) }))}
        data-testid="rank-slider"
      />
      {sheet && (
        <div className={styles.rankMemory}>
          <span className="figures" role="status" data-testid="rank-memory">
            {words.card.memory}: {format.bytes(sheet.peakBytes)}
          </span>
          {budget !== null && <FitBadge fit={fitOf(sheet.peakBytes, budget)} />}
          <MemoryBar sheet={sheet} />
        </div>
      )}
    </div>
  );
}
