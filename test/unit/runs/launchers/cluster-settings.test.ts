/** Settings of clusters: what can be said, and that nothing else gets through. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SETTINGS, SettingsError, clusterSettings } from '../../../../src/runs/launchers/cluster-settings.ts';
import { slurmScript } from '../../../../src/runs/launchers/slurm/slurm-script.ts';

const scriptOf = (settings: object): string =>
  slurmScript({ name: 'x', runs: '/r', list: '/l', udc: ['udc'], settings: clusterSettings(settings, 'here') });

describe('settings of a cluster', () => {
  it('become options of sbatch and lines before the search', () => {
    const script = scriptOf({
      account: 'proj-1',
      partition: 'short,long',
      time: '1-12:00:00',
      memory: '4G',
      cpus: '2',
      constraint: 'avx2&[rack1|rack2]',
      modules: ['nodejs/20.11'],
      prologue: ['module  use /opt/modules', 'export A=b'],
      grace: 60,
      requeues: 3,
    });
    for (const line of [
      '#SBATCH --account=proj-1',
      '#SBATCH --partition=short,long',
      '#SBATCH --time=1-12:00:00',
      '#SBATCH --mem=4G',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --constraint=avx2&[rack1|rack2]',
      '#SBATCH --signal=B:USR1@60',
      'module load nodejs/20.11',
      'module use /opt/modules',
      'export A=b',
    ])
      assert.ok(script.split('\n').includes(line), line);
    assert.match(script, /-lt 3 \]/);
  });

  it('are refused where they are none, with what would be right', () => {
    const table: readonly (readonly [object, RegExp])[] = [
      [{ partition: 'a b' }, /here: `partition` needs names of partitions/],
      [{ acount: 'x' }, /no setting `acount`; did you mean `account`/],
      [{ time: '4h' }, /`time` needs a time as 90, 4:00:00/],
      [{ memory: '4' }, /`memory` needs a size with a unit, as 4G, not "4"/],
      [{ cpus: 0 }, /`cpus` needs a whole number from 1/],
      [{ modules: ['a; b'] }, /`modules` needs names of modules/],
      [{ prologue: ['rm -rf /'] }, /`prologue` needs lines that begin with module, ml, source/],
      [{ prologue: ['export A=$(id)'] }, /"A=\$\(id\)" is none \(nothing is expanded here\)/],
      [{ prologue: ['source a;b'] }, /is none/],
      [{ prologue: ['source a\nid'] }, /is none/],
      [{ udc: 'cli.cjs' }, /`udc` needs an absolute path/],
      [{ account: { a: 1 } }, /`account` needs a name/],
    ];
    for (const [settings, message] of table)
      assert.throws(
        () => clusterSettings(settings, 'here'),
        (error: unknown) => error instanceof SettingsError && message.test(error.message),
        JSON.stringify(settings),
      );
    assert.throws(() => clusterSettings(['a'], 'here'), SettingsError);
    assert.deepEqual(clusterSettings(null, 'here'), {});
  });

  it('never bring a mark of a shell into the script, whatever they are', () => {
    const mark = fc.constantFrom('`id`', '$(id)', ';id', '\nid', '"', "'", '>x', '\\', '|id', ' id', '\0', '#', '&id');
    const around = fc.tuple(fc.stringMatching(/^[a-z0-9]{0,4}$/), mark, fc.stringMatching(/^[a-z0-9]{0,4}$/));
    // Of these, constraints alone are joined by & and |, within a line that only sbatch reads.
    const keys = SETTINGS.filter((key) => !['constraint', 'node', 'udc', 'mount', 'prologue', 'modules'].includes(key));
    fc.assert(
      fc.property(fc.constantFrom(...keys), around, (key, [before, odd, after]) => {
        assert.throws(() => clusterSettings({ [key]: `${before}${odd}${after}` }, 'here'), SettingsError);
      }),
    );
    fc.assert(
      fc.property(around, ([before, odd, after]) => {
        if (odd === ' id') return;
        for (const settings of [
          { modules: [`a${before}${odd}${after}`] },
          { prologue: [`export A${before}${odd}${after}`] },
        ])
          assert.throws(() => clusterSettings(settings, 'here'), SettingsError);
      }),
    );
  });
});
