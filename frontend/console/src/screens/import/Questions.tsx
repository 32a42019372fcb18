import type { ReadOptions } from '../../api/imports';
import type { ImportPreview } from '../../api/types';
import { Card } from '../../ui/Page';

export type Answers = Pick<ReadOptions, 'date_order' | 'decimal' | 'currency'>;

const words: Record<string, string> = {
  dmy: 'Day, month, year',
  mdy: 'Month, day, year',
  ymd: 'Year, month, day',
  point: 'A point stands before the cents: 1,234.50',
  comma: 'A comma stands before the cents: 1.234,50',
};

function answer(option: string, choice: string): Answers {
  if (option === 'date_order' && (choice === 'dmy' || choice === 'mdy' || choice === 'ymd')) return { date_order: choice };
  if (option === 'decimal' && (choice === 'point' || choice === 'comma')) return { decimal: choice };
  return option === 'currency' ? { currency: choice } : {};
}

/** What cannot be read in one way only. Unanswered, such values are listed and left out, never guessed. */
export function Questions({
  questions,
  answers,
  onAnswer,
}: {
  questions: ImportPreview['questions'];
  answers: Answers;
  onAnswer: (more: Answers) => void;
}) {
  if (questions.length === 0) return null;
  const given: Record<string, string | undefined> = { ...answers };
  return (
    <Card title="Please decide">
      <div className="flex flex-col gap-5 p-4">
        {questions.map((q) => (
          <fieldset key={`${q.option} ${q.column}`}>
            <legend className="mb-1 font-medium">
              {q.column}: how is “{q.example}” meant?
            </legend>
            <div className="flex flex-col gap-1">
              {q.choices.map((choice) => (
                <label key={choice} className="flex min-h-8 items-center gap-2">
                  <input
                    type="radio"
                    className="accent-brand size-4"
                    name={`${q.option} ${q.column}`}
                    checked={given[q.option] === choice}
                    onChange={() => onAnswer(answer(q.option, choice))}
                  />
                  {words[choice] ?? choice}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
        <p className="text-muted text-[13px]">Without an answer these values are listed as problems and left empty. They are never guessed.</p>
      </div>
    </Card>
  );
}
