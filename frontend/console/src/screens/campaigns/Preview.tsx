import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { previewQuery, type PreviewKind } from '../../api/campaigns';
import { messageOf } from '../../api/problem';
import { useDebounced } from '../../lib/useDebounced';
import type { Draft } from './draft';
import { Phone, type Drawing } from './Phone';
import { languageName } from './words';

const kinds: { value: PreviewKind; label: string }[] = [
  { value: 'mail', label: 'Mail' },
  { value: 'page', label: 'Page' },
  { value: 'reminder', label: 'Reminder' },
];

/** What the customer will see on a phone, drawn by the server with the real templates while it is written. */
export function Preview({
  draft,
  language,
  languages,
  onLanguage,
}: {
  draft: Draft;
  language: string;
  languages: readonly string[];
  onLanguage: (language: string) => void;
}) {
  const [kind, setKind] = useState<PreviewKind>('mail');
  const rested = useDebounced(draft, 400);
  const preview = useQuery({ ...previewQuery(rested, kind, language), placeholderData: keepPreviousData });
  // What cannot be drawn is not posted: the last good drawing stays, with the reason below it.
  const [drawing, setDrawing] = useState<Drawing>();
  const good = preview.data && !preview.isPlaceholderData;
  const next = { campaign: JSON.stringify(rested), kind, language };
  if (good && JSON.stringify(next) !== JSON.stringify(drawing)) setDrawing(next);
  const choice = 'rounded-field px-2.5 py-1 aria-pressed:bg-tint aria-pressed:font-semibold hover:bg-tint';
  return (
    <section aria-label="Preview" className="flex flex-col gap-3 xl:sticky xl:top-4">
      <div className="flex flex-wrap justify-between gap-2">
        <div className="flex">
          {kinds.map((k) => (
            <button key={k.value} type="button" aria-pressed={kind === k.value} className={choice} onClick={() => setKind(k.value)}>
              {k.label}
            </button>
          ))}
        </div>
        {languages.length > 1 && (
          <div className="flex">
            {languages.map((l) => (
              <button key={l} type="button" aria-pressed={language === l} className={choice} onClick={() => onLanguage(l)} title={languageName(l)}>
                {l}
              </button>
            ))}
          </div>
        )}
      </div>
      {preview.data?.subject && kind !== 'page' && (
        <p>
          <span className="text-muted">Subject </span>
          {preview.data.subject}
        </p>
      )}
      <div className="border-line-strong bg-raised shadow-card mx-auto w-full max-w-[22rem] overflow-hidden rounded-[28px] border-[6px]">
        {drawing ? (
          <Phone title={`Preview of the ${kind}`} drawing={drawing} />
        ) : (
          <div className="text-muted flex h-[38rem] items-center justify-center p-6 text-center">
            {preview.isError ? messageOf(preview.error) : 'Drawing the preview'}
          </div>
        )}
      </div>
      {preview.isError && drawing && (
        <p role="status" className="text-warning">
          {messageOf(preview.error)}
        </p>
      )}
      <p className="text-muted text-center text-[13px]">As Ana will see it</p>
    </section>
  );
}
