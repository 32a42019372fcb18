import { useBlocker } from '@tanstack/react-router';
import { Fragment, useEffect, useState } from 'react';

import { useUpdateCampaign } from '../../api/campaigns';
import { fieldsOf } from '../../api/problem';
import type { Campaign } from '../../api/types';
import { useKeys } from '../../lib/useKeys';
import { Button } from '../../ui/Button';
import { FormProblem, Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { AskCard } from './cards/AskCard';
import { RewardCard } from './cards/RewardCard';
import { WhenCard } from './cards/WhenCard';
import { WhoCard } from './cards/WhoCard';
import { WordsCard } from './cards/WordsCard';
import { changes, draftOf, type Draft } from './draft';
import { Preview } from './Preview';

interface Props {
  campaign: Campaign;
  mayEdit: boolean;
  onUnsaved: (unsaved: boolean) => void;
}

/** The five cards of a campaign with the phone preview beside them. It is made anew for each saved version. */
export function Editor({ campaign, mayEdit, onUnsaved }: Props) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(campaign));
  // Fields keep what was typed; undoing makes them anew.
  const [round, setRound] = useState(0);
  const languages = Object.keys(draft.messages);
  const [language, setLanguage] = useState(languages[0] ?? 'en');
  const update = useUpdateCampaign(campaign.id);
  const toasts = useToasts();
  const patch = changes(draftOf(campaign), draft);
  const unsaved = patch !== undefined;
  useEffect(() => {
    onUnsaved(unsaved);
    return () => onUnsaved(false);
  }, [unsaved, onUnsaved]);
  useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname && !window.confirm('Leave without saving your changes?'),
    enableBeforeUnload: unsaved,
  });
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const save = () => {
    if (!patch || update.isPending) return;
    // The saved version makes this editor anew, so that what comes after must not hang on it. Why it failed stands in the form.
    void update.mutateAsync({ version: campaign.version, patch }).then(
      () => toasts.done('Saved.'),
      () => undefined,
    );
  };
  useKeys({ 'mod+s': save });
  const card = { draft, change, problems: fieldsOf(update.error), disabled: !mayEdit };
  return (
    <div className="grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
      <form
        className="flex min-w-0 flex-col gap-5"
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        {campaign.warnings.length > 0 && (
          <Note kind="warning">
            <ul className="flex flex-col gap-1">
              {campaign.warnings.map((w) => (
                <li key={w.field + w.message}>{w.message}</li>
              ))}
            </ul>
          </Note>
        )}
        {campaign.state !== 'draft' && mayEdit && (
          <Note>People who were already asked keep the words and the offer that they were shown. Changes reach those who are asked from now on.</Note>
        )}
        <Fragment key={round}>
          <WhoCard {...card} />
          <AskCard {...card} language={language} />
          <RewardCard {...card} />
          <WordsCard {...card} language={language} onLanguage={setLanguage} />
          <WhenCard {...card} />
        </Fragment>
        <FormProblem error={update.error} />
        {mayEdit && (
          <div className="bg-paper border-line sticky bottom-0 z-10 -mx-4 flex items-center justify-end gap-3 border-t px-4 py-3 sm:-mx-6 sm:px-6">
            <span className="text-muted" role="status">
              {unsaved ? 'Changes are not saved yet' : 'Everything is saved'}
            </span>
            <Button
              disabled={!unsaved}
              onClick={() => {
                setDraft(draftOf(campaign));
                setRound(round + 1);
                update.reset();
              }}
            >
              Undo changes
            </Button>
            <Button type="submit" look="primary" disabled={!unsaved} pending={update.isPending}>
              Save
            </Button>
          </div>
        )}
      </form>
      <Preview draft={draft} language={language} languages={languages} onLanguage={setLanguage} />
    </div>
  );
}
