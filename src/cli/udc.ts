#!/usr/bin/env node
/** The entry of the `udc` command: connects it to the process and its terminal. */
import { createInterface } from 'node:readline/promises';
import type { LiveIo } from './terminal/io.ts';
import { main } from './program.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

// A reader that has seen enough, such as `head`, is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

/** Asks on the terminal; anything but yes is no. */
async function confirm(question: string): Promise<boolean> {
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } finally {
    asked.close();
  }
}

const io: LiveIo = {
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  rewriteLine: (text) => {
    process.stderr.write(`\r\u001b[K${text}`);
  },
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns : undefined;
  },
  ...(process.stdin.isTTY && process.stderr.isTTY && { confirm }),
  onInterrupt: (callback) => {
    for (const signal of INTERRUPTS) process.on(signal, callback);
    return () => {
      for (const signal of INTERRUPTS) process.off(signal, callback);
    };
  },
};

void main(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
