// Mocha's spec reporter that also names the tests that passed or failed at a second attempt, and leaves the counts of
// the suites in the file named by UDC_TEST_COUNTS, for the sum that `npm test` prints.
'use strict';
const fs = require('node:fs');
const Mocha = require('mocha');

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { EVENT_RUN_END, EVENT_TEST_RETRY } = Mocha.Runner.constants;
    const retried = [];
    runner.on(EVENT_TEST_RETRY, (test, error) => {
      retried.push({ title: test.fullTitle(), why: String(error?.stack ?? error) });
      console.log(`    tried again: ${test.fullTitle()}: ${error?.message ?? error}`);
    });
    const file = process.env.UDC_TEST_COUNTS;
    if (!file) return;
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, retried }));
    });
  }
};
