import { readFileSync } from 'node:fs';

/** What a process holds, in MB, as Linux counts it; 0 of one that is gone. */
export function residentMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round((Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6);
  } catch {
    return 0;
  }
}

/** Seconds of the processor that a process had, in hundredths as Linux counts them; 0 of one that is gone. */
export function processorSeconds(pid: number): number {
  try {
    // Its name comes first, in brackets, and may have anything in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
