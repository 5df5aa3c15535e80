/** What the file dialog offers first; the worker looks at the file itself. */
export const tableEndings = '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.pq,.xlsx,.conll,.bio,.iob,.iob2,.zip';
