import { useMemo } from 'react';
import type { SettingWarning } from '../training/config/setting-warnings.ts';
import { useStudio } from './context.tsx';
import { warningsOf } from './warnings.ts';

/** Settings of the form that are far from what works. */
export function useWarnings(): readonly SettingWarning[] {
  const parts = useStudio(({ config, own, model, tuning, facts }) => ({ config, own, model, tuning, facts }));
  return useMemo(() => warningsOf(parts), [parts]);
}
