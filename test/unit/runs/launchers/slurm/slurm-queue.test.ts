/** What squeue says in each of its forms, and what it never says. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expandTasks, parseLines, parseQueue } from '../../../../../src/runs/launchers/slurm/slurm-queue.ts';
import { KNOWN_STATES, phaseOf } from '../../../../../src/runs/launchers/slurm/task-states.ts';

const set = (number: number): unknown => ({ set: true, infinite: false, number });
const unset = { set: false, infinite: false, number: 0 };

const FORMS: Readonly<Record<string, (array: number, task: number, state: string) => unknown>> = {
  '21.08 and 22.05': (array, task, state) => ({
    array_job_id: array,
    array_task_id: task,
    array_task_string: '',
    job_state: state,
    state_reason: 'None',
  }),
  '23.02': (array, task, state) => ({
    array_job_id: set(array),
    array_task_id: set(task),
    array_task_string: '',
    job_state: state,
    state_reason: 'None',
  }),
  'from 23.11 on': (array, task, state) => ({
    array_job_id: set(array),
    array_task_id: set(task),
    array_task_string: '',
    job_state: [state],
    state_reason: 'None',
  }),
};

const task = fc.record({
  array: fc.integer({ min: 1, max: 2 ** 31 }),
  task: fc.integer({ min: 0, max: 4_000_000 }),
  state: fc.constantFrom(...KNOWN_STATES),
});

describe('squeue', () => {
  for (const [version, form] of Object.entries(FORMS))
    it(`is read in the JSON of ${version}, and says the same as its lines`, () => {
      fc.assert(
        fc.property(fc.array(task, { maxLength: 20 }), (tasks) => {
          const json = JSON.stringify({
            meta: {},
            jobs: tasks.map(({ array, task: one, state }) => form(array, one, state)),
          });
          const lines = tasks.map(({ array, task: one, state }) => `${array}_${one}|${state}|None\n`).join('');
          assert.deepEqual([...parseQueue(json)], [...parseLines(lines)]);
          for (const { array, task: one } of tasks) assert.ok(parseQueue(json).has(`${array}_${one}`));
        }),
        { numRuns: 50 },
      );
    });

  it('tells tasks that wait together one by one, and nothing of jobs that are no arrays', () => {
    const job = (more: object): object => ({ job_state: ['PENDING'], state_reason: 'Priority', ...more });
    const text = JSON.stringify({
      jobs: [
        job({ array_job_id: set(7), array_task_id: unset, array_task_string: '1,4-6%2' }),
        job({ array_job_id: 8, array_task_id: null, array_task_string: '0-3:2' }),
        job({ array_job_id: unset, array_task_id: unset, array_task_string: '' }),
        job({ array_job_id: 0, array_task_id: null }),
        'no job',
      ],
    });
    const read = parseQueue(text);
    assert.deepEqual([...read.keys()], ['7_1', '7_4', '7_5', '7_6', '8_0', '8_2']);
    for (const { phase, reason } of read.values()) assert.deepEqual([phase, reason], ['waiting', 'Priority']);
    assert.deepEqual(
      [...parseLines('7_[1,4-6%2]|PENDING|(Resources)\nnonsense\n\n').keys()],
      ['7_1', '7_4', '7_5', '7_6'],
    );
  });

  it('is nothing but a complaint where it is no JSON of that form', () => {
    for (const text of ['', 'squeue: error', '[]', '{"jobs":3}', 'null'])
      assert.throws(() => parseQueue(text), SyntaxError);
    fc.assert(fc.property(fc.jsonValue(), (value) => parseQueue(JSON.stringify({ jobs: [value] })) instanceof Map));
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(expandTasks(text)) && parseLines(text) instanceof Map));
  });

  it('has a phase for whatever states it names together', () => {
    const table: readonly (readonly [readonly string[], string])[] = [
      [['RUNNING'], 'running'],
      [['RUNNING', 'COMPLETING'], 'running'],
      [['CANCELLED', 'COMPLETING'], 'running'],
      [['PENDING', 'REQUEUED'], 'waiting'],
      [['TIMEOUT'], 'interrupted'],
      [['NODE_FAIL', 'POWER_UP_NODE'], 'interrupted'],
      [['CANCELLED'], 'cancelled'],
      [['OUT_OF_MEMORY'], 'failed'],
      [['SOMETHING_OF_2030'], 'running'],
      [['constructor'], 'running'],
      [[], 'running'],
    ];
    for (const [states, wanted] of table) {
      const phase = phaseOf(states);
      assert.equal(typeof phase === 'string' ? phase : phase.state, wanted, states.join('+'));
    }
  });
});
