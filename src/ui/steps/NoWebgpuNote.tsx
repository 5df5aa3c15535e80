import { useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';

/** Says that training runs on the processor, why, and how much slower it will be. */
export function NoWebgpuNote() {
  const words = useWords();
  const missing = useStudio((state) => state.environment.value?.webgpuMissing ?? null);
  if (missing === null) return null;
  return (
    <div className={parts.notice} role="note" data-testid="no-webgpu">
      <strong>{words.shell.noWebgpuTitle}</strong>
      <p>{words.shell.noWebgpu(words.shell.webgpuMissing[missing])}</p>
    </div>
  );
}
