/** Asks Slurm once for all jobs that are collected at the same time: its controller serves a whole cluster. */
import type { Job } from '../launcher.ts';
import type { Slurm } from './slurm-commands.ts';
import { arrayOf, type SlurmTask, type SlurmTasks } from './slurm-queue.ts';

export class TaskWatch {
  private readonly arrays = new Set<string>();
  private asked: { readonly at: number; readonly arrays: number; readonly answer: Promise<SlurmTasks> } | undefined;

  constructor(
    private readonly slurm: Slurm,
    /** For how long an answer holds. */
    private readonly holdsMs: number,
  ) {}

  /** What Slurm knows of a job, or knew a moment ago. @throws SlurmError */
  async task({ id }: Job): Promise<SlurmTask | undefined> {
    this.arrays.add(arrayOf(id));
    const { asked, arrays } = this;
    if (asked === undefined || asked.arrays !== arrays.size || performance.now() - asked.at >= this.holdsMs)
      this.asked = { at: performance.now(), arrays: arrays.size, answer: this.slurm.tasks([...arrays]) };
    return (await this.asked!.answer).get(id);
  }

  /** The next question is asked anew: something has changed. */
  forget(): void {
    this.asked = undefined;
  }
}
