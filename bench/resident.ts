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
