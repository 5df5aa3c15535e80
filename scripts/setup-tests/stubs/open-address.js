#!/usr/bin/env node
import { basename } from 'node:path';
import { record } from './record.js';

record(basename(process.argv[1]));
