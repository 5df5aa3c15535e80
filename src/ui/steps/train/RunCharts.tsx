import type { StepMetrics } from '../../../worker/protocol.ts';
import { MetricChart } from '../../charts/MetricChart.tsx';
import { useThrottled } from '../../charts/use-throttled.ts';
import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

const loss = (metrics: StepMetrics) => metrics.loss;
const learningRate = (metrics: StepMetrics) => metrics.learningRate;
const gradNorm = (metrics: StepMetrics) => metrics.gradNorm;

// Apart from each other, so that no two charts are drawn in one task while the GPU and the worker want the processor.
const lossInterval = 700;
const rateInterval = 2300;
const normInterval = 3100;

interface Props {
  readonly metrics: readonly StepMetrics[];
  readonly version: number;
  /** The run's `logging_steps`. */
  readonly every: number;
}

/** Loss, learning rate and gradient norm over the steps. */
export function RunCharts({ metrics, version, every }: Props) {
  const words = useWords();
  const format = useFormat();
  const lossVersion = useThrottled(version, lossInterval);
  const rateVersion = useThrottled(version, rateInterval);
  const normVersion = useThrottled(version, normInterval);
  return (
    <div className={styles.charts}>
      <MetricChart
        title={words.train.loss}
        metrics={metrics}
        version={lossVersion}
        every={every}
        value={loss}
        write={format.value}
        height={264}
        smooth
        validation
      />
      <MetricChart
        title={words.train.learningRate}
        metrics={metrics}
        version={rateVersion}
        every={every}
        value={learningRate}
        write={format.rate}
        height={128}
      />
      <MetricChart
        title={words.train.gradNorm}
        metrics={metrics}
        version={normVersion}
        every={every}
        value={gradNorm}
        write={format.value}
        height={128}
      />
    </div>
  );
}
