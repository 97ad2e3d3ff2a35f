// The command that runs mocha suites written in TypeScript under Node.
import process from 'node:process';

/**
 * Command and arguments for the suites that match a glob.
 * @param flags of mocha beside the usual ones
 */
export const mochaCommand = (glob, ...flags) => [
  process.execPath,
  [
    '--import',
    'tsx',
    '--import',
    './test/environment.mjs',
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--timeout',
    '120000',
    '--reporter',
    'scripts/lib/counting-reporter.cjs',
    ...flags,
    glob,
  ],
];
