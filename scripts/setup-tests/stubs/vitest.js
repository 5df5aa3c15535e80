import { writeFileSync } from 'node:fs';
import { record } from './record.js';

const file = record('vitest')
  .find((arg) => arg.startsWith('--outputFile='))
  .replace('--outputFile=', '');
writeFileSync(file, JSON.stringify({ numPassedTests: 30, testResults: [] }));
