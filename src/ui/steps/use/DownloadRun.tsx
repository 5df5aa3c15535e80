import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';

const files = ['config', 'tensorboard', 'archive'] as const;

/** The adapter, or after full fine-tuning the changed weights; the whole model; and what belongs to the run. */
export function DownloadRun({ runId }: { runId: string }) {
  const words = useWords();
  const { download } = useCommands();
  const { pending, saved, error } = useStudio((state) => state.download);
  const training = useStudio((state) => isComputing(state.run));
  const method = useStudio(({ run }) => (run?.id === runId ? run.config.tuning.method : 'lora'));
  const full = method === 'full';
  const bottleneck = method === 'series-adapter' || method === 'parallel-adapter';
  const busy = training ? words.use.busyTraining : null;
  return (
    <Section
      title={words.use.download}
      note={full ? words.use.downloadFullText : bottleneck ? words.use.downloadAdapterHubText : words.use.downloadText}
    >
      <div className={parts.row}>
        <ActionButton
          missing={busy}
          loading={pending === 'adapter'}
          onClick={() => void download(runId, 'adapter')}
          testId="download"
        >
          {full ? words.use.downloadFull : words.use.downloadButton}
        </ActionButton>
        <ActionButton
          missing={busy}
          variant="default"
          loading={pending === 'merged'}
          onClick={() => void download(runId, 'merged')}
          testId="download-merged"
        >
          {words.take.merged}
        </ActionButton>
        {files.map((kind) => (
          <ActionButton
            key={kind}
            missing={null}
            variant="subtle"
            loading={pending === kind}
            onClick={() => void download(runId, kind)}
            testId={`download-${kind}`}
          >
            {words.take[kind]}
          </ActionButton>
        ))}
      </div>
      <p className="soft">{words.take.mergedNote}</p>
      <span role="status">
        {pending === 'merged'
          ? words.take.checking
          : pending
            ? words.use.preparing
            : saved
              ? words.use.saved(saved)
              : ''}
      </span>
      <ErrorNote error={error} />
    </Section>
  );
}
