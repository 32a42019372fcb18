import type { Story } from '../../api/types';
import { cx } from '../../lib/cx';
import { stepWords } from './words';

type Step = (typeof stepWords)[number];

/** The steps of the pipeline, each one press away. */
export function Steps({ story, pending, onStep }: { story: Story; pending: boolean; onStep: (step: Step['value'], label: string) => void }) {
  const at = story.state === 'in_pipeline' ? stepWords.findIndex((s) => s.value === story.step) : -1;
  return (
    <ol aria-label="Step" className="border-line grid grid-cols-2 overflow-hidden rounded-field border sm:grid-cols-4">
      {stepWords.map((s, i) => (
        <li key={s.value} className="border-line border-r last:border-r-0">
          <button
            type="button"
            aria-current={i === at ? 'step' : undefined}
            disabled={pending || i === at}
            onClick={() => onStep(s.value, s.label)}
            className={cx(
              'h-full min-h-10 w-full px-1.5 py-1 text-[13px]',
              i === at ? 'bg-brand text-brand-ink font-semibold' : i < at ? 'bg-tint' : 'hover:bg-tint',
            )}
          >
            {s.label}
          </button>
        </li>
      ))}
    </ol>
  );
}
