/** @module Gathers reads of one kind into statements: the next takes whatever is asked while the last is under way. */

/** One statement for more would delay those that wait behind it. */
const MOST_QUESTIONS = 100;

interface Waiting<Question, Answer> {
  readonly question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * A read alone goes at once. Many users' reads together cost the server and this process a fraction of a statement each.
 * Each sees what was acknowledged before it was asked.
 */
export class Gathering<Question, Answer> {
  readonly #read: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  #waiting: Waiting<Question, Answer>[] = [];
  #isReading = false;

  /** `read` answers all questions, in their order, with one statement. */
  constructor(read: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#read = read;
  }

  /** Errors are those of `read`. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (!this.#isReading) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    // What is asked for in this turn of the event loop goes together.
    await null;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_QUESTIONS);
      try {
        const answers = await this.#read(batch.map(({ question }) => question));
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isReading = false;
  }
}

/** The rows of each question: `at` says to which of them, counted from 1, a row belongs. */
export function divided<Row extends { at: number }>(rows: readonly Row[], questions: number): Row[][] {
  const answers: Row[][] = Array.from({ length: questions }, () => []);
  for (const row of rows) answers[row.at - 1]!.push(row);
  return answers;
}
