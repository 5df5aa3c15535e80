import { useCallback, useMemo } from 'react';
import type { StepMetrics } from '../../../worker/protocol.ts';
import { ChartTools } from '../../charts/ChartTools.tsx';
import type { ChartFrame, EarlierRun } from '../../charts/frame.ts';
import { MetricChart } from '../../charts/MetricChart.tsx';
import { useFrame } from '../../charts/use-frame.ts';
import { useLater, useThrottled } from '../../charts/use-throttled.ts';
import { useStudio, useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

const loss = (metrics: StepMetrics) => metrics.loss;
const learningRate = (metrics: StepMetrics) => metrics.learningRate;
const evalLoss = (metrics: StepMetrics) => metrics.evalLoss;
const gradNorm = (metrics: StepMetrics) => metrics.gradNorm;

// Apart from each other, so that no two charts are drawn in one task while the GPU and the worker want the processor.
const lossInterval = 700;
const rateInterval = 2300;
const normInterval = 3100;

interface Props {
  readonly runId: string;
  readonly metrics: readonly StepMetrics[];
  readonly version: number;
  /** The run's `logging_steps`. */
  readonly every: number;
  /** Of a run under way; null of one that is over, whose charts end at its last step. */
  readonly totalSteps: number | null;
}

/** Loss, learning rate, gradient norm and what the task measures, over the same steps. */
export function RunCharts({ runId, metrics, version, every, totalSteps }: Props) {
  const words = useWords();
  const format = useFormat();
  const lossVersion = useThrottled(version, lossInterval);
  const rateVersion = useThrottled(version, rateInterval);
  const normVersion = useThrottled(version, normInterval);
  const shared = useSharedCurve(runId);
  const { frame, end, setEarlier } = useFrame(metrics, lossVersion, totalSteps);
  const lossFrame = useLater(frame);
  const rateFrame = useLater(lossFrame);
  const normFrame = useLater(rateFrame);
  const common = { metrics, every };
  const measured = Object.keys(metrics.findLast(({ scores }) => scores !== undefined)?.scores ?? {});
  return (
    <>
      <ChartTools runId={runId} shared={shared} frame={frame} end={end} onEarlier={setEarlier} />
      <div className={styles.charts}>
        <MetricChart
          {...common}
          title={words.train.loss}
          version={lossVersion}
          frame={lossFrame}
          value={loss}
          write={format.value}
          height={264}
          smooth
          evaluated={evalLoss}
        />
        <MetricChart
          {...common}
          title={words.train.learningRate}
          version={rateVersion}
          frame={rateFrame}
          value={learningRate}
          write={format.rate}
          height={144}
        />
        <MetricChart
          {...common}
          title={words.train.gradNorm}
          version={normVersion}
          frame={normFrame}
          value={gradNorm}
          write={format.value}
          height={144}
        />
        {measured.map((name) => (
          <MeasureChart key={name} {...common} name={name} version={normVersion} frame={normFrame} />
        ))}
        <GeneralCharts metrics={metrics} version={normVersion} frame={normFrame} />
      </div>
    </>
  );
}

interface MeasureProps {
  /** Of a score, as `rewards/margins`. */
  readonly name: string;
  readonly metrics: readonly StepMetrics[];
  readonly every: number;
  readonly version: number;
  readonly frame: ChartFrame;
}

/** What the task measures beside the loss: of each update, and of evaluations. */
function MeasureChart({ name, ...common }: MeasureProps) {
  const words = useWords();
  const format = useFormat();
  const value = useCallback(({ scores }: StepMetrics) => scores?.[name] ?? Number.NaN, [name]);
  const evaluated = useCallback(({ evalScores }: StepMetrics) => evalScores?.[name], [name]);
  return (
    <MetricChart
      {...common}
      title={words.labels.scores[name] ?? name}
      value={value}
      evaluated={evaluated}
      write={format.value}
      height={144}
    />
  );
}

const divergence = ({ evalScores }: StepMetrics) => evalScores?.generalDivergence ?? Number.NaN;
const perplexity = ({ evalScores }: StepMetrics) => evalScores?.generalPerplexity ?? Number.NaN;

/** What became of general texts, where they were read: a point for each time. */
function GeneralCharts({ metrics, version, frame }: Omit<MeasureProps, 'name' | 'every'>) {
  const words = useWords();
  const format = useFormat();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `metrics`
  const read = useMemo(() => metrics.filter((step) => Number.isFinite(divergence(step))), [metrics, version]);
  if (read.length === 0) return null;
  const common = { metrics: read, every: 1, version, frame, write: format.value, height: 144 };
  return (
    <>
      <MetricChart {...common} title={words.labels.scores.generalDivergence!} value={divergence} />
      <MetricChart {...common} title={words.labels.scores.generalPerplexity!} value={perplexity} />
    </>
  );
}

/** The curve of the shared run that this one does again. */
function useSharedCurve(runId: string): EarlierRun | null {
  const words = useWords();
  const shared = useStudio(({ replay }) => (replay?.runId === runId ? replay.shared : null));
  return useMemo(
    () => shared && { name: shared.detail.name || words.shared.title, metrics: shared.detail.metrics, every: 1 },
    [shared, words],
  );
}
