/** The dispatcher in C: compiled without a warning, it decides as the project does, equal logits included. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensembleHeader, ensembleSource } from '../../../../src/formats/ensembles/ensemble-c.ts';
import { ENSEMBLE_RULES } from '../../../../src/wire/ensemble.ts';
import { HOSTILE } from '../../../fixtures/hostile.ts';
import { scratchFolder } from '../../../scratch.ts';
import { hasCompiler, STRICT } from '../c/c-compiler.ts';
import { decisions, madeUpEnsemble } from './ensembles.ts';

/** Reads the logits of all members for each sample, and writes answer and members for each point. */
const MAIN = `#include <stdio.h>
#include "ensemble.h"
static int8_t rows[UDC_ENSEMBLE_MEMBERS][UDC_ENSEMBLE_CLASSES];
static int asked;
static int call(void *context, int member, int8_t *logits) {
  int c;
  if (context != (void *)rows || member != asked++) return -7;
  for (c = 0; c < UDC_ENSEMBLE_CLASSES; c++) logits[c] = rows[member][c];
  return 0;
}
static int failing(void *context, int member, int8_t *logits) {
  (void)context; (void)logits;
  return member + 3;
}
int main(void) {
  udc_ensemble_answer answer = {-1, -1};
  while (fread(rows, 1, sizeof rows, stdin) == sizeof rows) {
    int point;
    for (point = 0; point < UDC_ENSEMBLE_POINTS; point++) {
      asked = 0;
      if (udc_ensemble_run(call, rows, point, &answer) != 0) return 1;
      if (asked != answer.members) return 2;
      printf("%d %d %d\\n", point, answer.answer, answer.members);
    }
  }
  return udc_ensemble_run(failing, rows, 0, &answer) == 3 ? 0 : 3;
}
`;

describe('the dispatcher of an ensemble in C', () => {
  const folder = scratchFolder('ensemble-c');

  for (const rule of ENSEMBLE_RULES)
    it(`decides by ${rule} as the project does`, function () {
      if (!hasCompiler()) this.skip();
      for (const [members, classes] of [
        [2, 2],
        [2, 10],
        [3, 6],
        [5, 11],
      ] as const) {
        const made = madeUpEnsemble(rule, members, classes, members * classes);
        const title = HOSTILE.join('\n');
        writeFileSync(join(folder, 'ensemble.h'), ensembleHeader(made.report, title));
        writeFileSync(join(folder, 'ensemble.c'), ensembleSource(made.report, title));
        writeFileSync(join(folder, 'main.c'), MAIN);
        const program = join(folder, 'main.out');
        const flags = [...STRICT, '-fsanitize=undefined', '-fno-sanitize-recover', '-o', program];
        const built = spawnSync('gcc', [...flags, join(folder, 'ensemble.c'), join(folder, 'main.c')], {
          encoding: 'utf8',
        });
        assert.deepEqual([built.stderr, built.status], ['', 0]);
        const input = Int8Array.from(
          Array.from({ length: made.samples }, (_, i) =>
            made.logits.flatMap((own) => [...own.subarray(i * classes, (i + 1) * classes)]),
          ).flat(),
        );
        const { stdout, status } = spawnSync(program, [], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
        assert.equal(status, 0);
        const points = made.report.points.length;
        const found = Array.from({ length: points }, (): number[] => []);
        for (const line of stdout.trim().split('\n')) {
          const [point, answer, ran] = line.split(' ').map(Number);
          found[point!]!.push(answer!, ran!);
        }
        assert.deepEqual(found.flat(), decisions(made));
        assert.ok(new Set(found.flat().filter((_, i) => i % 2 === 1)).size > 1, 'samples stop at several members');
      }
    });
});
