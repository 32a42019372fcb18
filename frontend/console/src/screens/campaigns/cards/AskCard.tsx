import { Check, TextField } from '../../../ui/Field';
import { Card } from '../../../ui/Page';
import { asks, languageName } from '../words';
import type { CardProps } from './card';

const forms = ['introduction', 'testimonial', 'reference', 'pulse'];
// These can be asked for once their pages exist.
const offered = asks.filter((a) => a.value !== 'reference' && a.value !== 'pulse');

/** What is asked, and whom an introduction suits. */
export function AskCard({ draft, change, problems, disabled, language }: CardProps & { language: string }) {
  const toggle = (ask: (typeof asks)[number]['value'], on: boolean) => {
    // What asks for nothing stands alone.
    const compatible = draft.asks.filter((a) => a !== ask && forms.includes(a) && forms.includes(ask));
    change({ asks: on ? [...compatible, ask] : draft.asks.filter((a) => a !== ask) });
  };
  const shown = offered.concat(asks.filter((a) => !offered.includes(a) && draft.asks.includes(a.value)));
  const problem = problems['asks'] ?? Object.entries(problems).find(([field]) => field.startsWith('asks.'))?.[1];
  return (
    <Card title="Ask">
      <div className="flex flex-col gap-4 p-4">
        <fieldset>
          <legend className="mb-1 font-medium">What for</legend>
          <div className="grid gap-x-4 sm:grid-cols-2">
            {shown.map((a) => (
              <Check
                key={a.value}
                label={a.label}
                help={a.help}
                disabled={disabled}
                checked={draft.asks.includes(a.value)}
                onChange={(on) => toggle(a.value, on)}
              />
            ))}
          </div>
          {problem && <p className="text-danger">{problem}</p>}
        </fieldset>
        {draft.asks.includes('introduction') && (
          <TextField
            label={`Whom it suits (${languageName(language)})`}
            help="Customers stay silent when they cannot picture who fits: “a warehouse manager with 20 people or more”."
            disabled={disabled}
            value={draft.suits[language] ?? ''}
            onValue={(v) => change({ suits: { ...draft.suits, [language]: v } })}
            error={problems[`suits.${language}`]}
          />
        )}
      </div>
    </Card>
  );
}
