/** What the run config calls the methods that add parameters. `methods.ts` has the method of each. */
export const methodNames = [
  'lora',
  'prefix',
  'prompt',
  'p-tuning',
  'ia3',
  'series-adapter',
  'parallel-adapter',
  'llama-adapter',
  'vera',
] as const;

export type MethodName = (typeof methodNames)[number];
