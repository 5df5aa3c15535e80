import { AppError } from '../errors.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import { errorInWords } from './print.ts';

type Command = (argv: readonly string[]) => Promise<void>;

/** Loaded when asked for: `plan` must not wait for tokenizers and tensors. */
const commands: Readonly<Record<string, () => Promise<{ run: Command; usage: string }>>> = {
  plan: async () => import('./plan.ts').then(({ plan, planUsage }) => ({ run: plan, usage: planUsage })),
  data: async () => import('./data.ts').then(({ data, dataUsage }) => ({ run: data, usage: dataUsage })),
  train: async () => import('./train.ts').then(({ train, trainUsage }) => ({ run: train, usage: trainUsage })),
  sweep: async () => import('./sweep.ts').then(({ sweep, sweepUsage }) => ({ run: sweep, usage: sweepUsage })),
  generate: async () =>
    import('./generate.ts').then(({ generate, generateUsage }) => ({ run: generate, usage: generateUsage })),
  classify: async () =>
    import('./classify.ts').then(({ classify, classifyUsage }) => ({ run: classify, usage: classifyUsage })),
  benchmark: async () =>
    import('./benchmark.ts').then(({ benchmark, benchmarkUsage }) => ({ run: benchmark, usage: benchmarkUsage })),
  make: async () => import('./make.ts').then(({ make, makeUsage }) => ({ run: make, usage: makeUsage })),
  examples: async () =>
    import('./examples.ts').then(({ examples, examplesUsage }) => ({ run: examples, usage: examplesUsage })),
  merge: async () => import('./export.ts').then(({ merge, mergeUsage }) => ({ run: merge, usage: mergeUsage })),
  export: async () =>
    import('./export.ts').then(({ exportResult, exportUsage }) => ({ run: exportResult, usage: exportUsage })),
  'convert-config': async () =>
    import('./convert-config.ts').then(({ convertConfig, convertConfigUsage }) => ({
      run: convertConfig,
      usage: convertConfigUsage,
    })),
  logits: async () => import('./logits.ts').then(({ logits, logitsUsage }) => ({ run: logits, usage: logitsUsage })),
};

async function main(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return printHelp();
  if (!Object.hasOwn(commands, name)) {
    const names = Object.keys(commands);
    throw new AppError('usage', {
      reason: `There is no command "${name}"; did you mean ${nearestName(name, names)}? There are ${names.join(', ')}.`,
    });
  }
  const { run, usage } = await commands[name]!();
  if (rest.includes('--help') || rest.includes('-h')) console.log(usage);
  else await run(rest);
}

async function printHelp(): Promise<void> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  console.log(
    ['Fine-tunes Hugging Face models. Commands (npm run studio -- …):', ...all.map(({ usage }) => usage)].join('\n\n'),
  );
}

// Whoever reads a command's words may stop, as `head` does: it goes on, and says the rest to nobody.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

main(process.argv.slice(2)).then(
  // Worker threads and devices of the executors may keep the process alive.
  () => process.exit(0),
  (error: unknown) => {
    console.error(errorInWords(error));
    process.exit(1);
  },
);
