import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';

/** The adapter, or after full fine-tuning the changed weights, as a zip. */
export function DownloadRun({ runId }: { runId: string }) {
  const words = useWords();
  const { downloadAdapter } = useCommands();
  const { pending, saved, error } = useStudio((state) => state.download);
  const training = useStudio((state) => isComputing(state.run));
  const method = useStudio(({ run }) => (run?.id === runId ? run.config.tuning.method : 'lora'));
  const full = method === 'full';
  const bottleneck = method === 'series-adapter' || method === 'parallel-adapter';
  return (
    <Section
      title={words.use.download}
      note={full ? words.use.downloadFullText : bottleneck ? words.use.downloadAdapterHubText : words.use.downloadText}
    >
      <ActionButton
        missing={training ? words.use.busyTraining : null}
        loading={pending}
        onClick={() => void downloadAdapter(runId)}
        testId="download"
      >
        {full ? words.use.downloadFull : words.use.downloadButton}
      </ActionButton>
      <span role="status" style={{ marginLeft: 12 }}>
        {pending ? words.use.preparing : saved ? words.use.saved(saved) : ''}
      </span>
      <ErrorNote error={error} />
    </Section>
  );
}
