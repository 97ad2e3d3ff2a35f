// Runs the real test module inside the extension host and leaves its verdict in a file.
// The workbench reports 0 when the extension host dies, so its exit code alone proves nothing.
'use strict';
const fs = require('node:fs');

const { UDC_TEST_MODULE: testModule, UDC_VERDICT_FILE: verdictFile } = process.env;

/** VS Code accepts both `run(): Promise` and `run(root, callback)`. */
async function runSuites() {
  const { run } = require(testModule);
  if (typeof run !== 'function') throw new Error(`${testModule} exports no run()`);
  if (run.length < 2) return run();
  return new Promise((resolve, reject) => {
    run(testModule, (error, failures) =>
      error ? reject(error) : failures > 0 ? reject(new Error(`${failures} test(s) failed`)) : resolve(),
    );
  });
}

exports.run = async () => {
  try {
    await runSuites();
    fs.writeFileSync(verdictFile, '{"passed":true}');
  } catch (error) {
    fs.writeFileSync(verdictFile, '{"passed":false}');
    throw error;
  }
};
