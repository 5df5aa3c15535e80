import { record } from './record.js';

record('tsc');
