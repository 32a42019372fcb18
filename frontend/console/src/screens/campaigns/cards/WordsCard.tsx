import { useState } from 'react';

import type { Words } from '../../../api/types';
import { Button } from '../../../ui/Button';
import { TextArea, TextField } from '../../../ui/Field';
import { Card } from '../../../ui/Page';
import { cx } from '../../../lib/cx';
import { noWords } from '../draft';
import { languageName, languageNames, mergeWords } from '../words';
import type { CardProps } from './card';

/** The words of mail, page and reminder, in each language. */
export function WordsCard({
  draft,
  change,
  problems,
  disabled,
  language,
  onLanguage,
}: CardProps & { language: string; onLanguage: (language: string) => void }) {
  const [adding, setAdding] = useState(false);
  const languages = Object.keys(draft.messages);
  const words = draft.messages[language] ?? noWords;
  const field = (name: keyof Words) => ({
    disabled,
    value: words[name],
    onValue: (v: string) => change({ messages: { ...draft.messages, [language]: { ...words, [name]: v } } }),
    error: problems[`messages.${language}.${name}`],
  });
  const wrong = (l: string) => Object.keys(problems).some((p) => p.startsWith(`messages.${l}.`) || p === `messages.${l}`);
  const others = Object.keys(languageNames).filter((l) => !languages.includes(l));
  return (
    <Card title="Words">
      <div className="flex flex-col gap-4 p-4">
        <div role="group" aria-label="Language of the words" className="flex flex-wrap items-center gap-1">
          {languages.map((l) => (
            <button
              key={l}
              type="button"
              aria-pressed={l === language}
              onClick={() => onLanguage(l)}
              className={cx(
                'hover:bg-tint rounded-field border px-3 py-1.5',
                l === language ? 'border-brand-text font-semibold' : 'border-transparent',
              )}
            >
              {languageName(l)}
              {wrong(l) && <span className="text-danger"> (please check)</span>}
            </button>
          ))}
          {!disabled && others.length > 0 && !adding && (
            <Button look="quiet" onClick={() => setAdding(true)}>
              Add a language
            </Button>
          )}
          {adding && (
            <select
              aria-label="Language to add"
              autoFocus
              className="field"
              style={{ width: 'auto' }}
              value=""
              onChange={(e) => {
                change({ messages: { ...draft.messages, [e.target.value]: { ...words } } });
                onLanguage(e.target.value);
                setAdding(false);
              }}
            >
              <option value="" disabled>
                Choose
              </option>
              {others.map((l) => (
                <option key={l} value={l}>
                  {languageName(l)}
                </option>
              ))}
            </select>
          )}
          {!disabled && languages.length > 1 && (
            <Button
              look="quiet"
              className="ml-auto"
              onClick={() => {
                const rest = Object.fromEntries(Object.entries(draft.messages).filter(([l]) => l !== language));
                const suits = Object.fromEntries(Object.entries(draft.suits).filter(([l]) => l !== language));
                change({ messages: rest, suits });
                onLanguage(Object.keys(rest)[0] ?? 'en');
              }}
            >
              Remove {languageName(language)}
            </Button>
          )}
        </div>
        <TextField label="Subject of the mail" {...field('subject')} />
        <TextArea label="Mail" rows={8} {...field('body')} />
        <TextField label="Headline of the page" {...field('page_title')} />
        <TextArea label="Page" {...field('page_body')} />
        <TextField label="Subject of the reminder" {...field('reminder_subject')} />
        <TextArea label="Reminder" {...field('reminder_body')} />
        <p className="text-muted text-[13px]">
          These are replaced for each reader:{' '}
          {mergeWords.map((w) => (
            <code key={w} className="mr-2 whitespace-nowrap">
              {w}
            </code>
          ))}
        </p>
      </div>
    </Card>
  );
}
