#!/usr/bin/env node
import { record } from './record.js';

record('tsc');
