import { record } from './record.js';

record('tsx');
