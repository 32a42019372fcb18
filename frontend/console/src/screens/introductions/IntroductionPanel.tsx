import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { introductionQuery, useAddNote, useMoveIntroduction, type Move } from '../../api/introductions';
import { messageOf } from '../../api/problem';
import type { Story } from '../../api/types';
import { Button } from '../../ui/Button';
import { Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { AcceptDialog } from './AcceptDialog';
import { AssignDialog } from './AssignDialog';
import { LoseDialog } from './LoseDialog';
import { Steps } from './Steps';
import { Findings } from '../../ui/Findings';
import { StoryParts } from './StoryParts';
import { WinDialog } from './WinDialog';
import { introducerName, prospectName } from './words';

type Open = 'accept' | 'assign' | 'win' | 'lose' | 'unwind' | 'rewin' | 'note' | 'tell' | 'thank' | 'review' | null;

/** Everything about one introduction and what can be done with it. */
export function IntroductionPanel({ id, onClose, onOpen }: { id: string; onClose: () => void; onOpen: (id: string) => void }) {
  const story = useQuery(introductionQuery(id));
  return (
    <Panel label="Introduction" onClose={onClose}>
      {story.isPending && <Loading />}
      {story.isError && !story.data && <Failed error={story.error} retry={() => void story.refetch()} />}
      {story.data && <Opened story={story.data} onOpen={onOpen} />}
    </Panel>
  );
}

function Opened({ story, onOpen }: { story: Story; onOpen: (id: string) => void }) {
  const [open, setOpen] = useState<Open>(null);
  const move = useMoveIntroduction();
  const note = useAddNote(story.id);
  const toasts = useToasts();
  const can = (verb: string) => story.actions.includes(verb);
  const close = () => {
    setOpen(null);
    move.reset();
    note.reset();
  };
  const go = (m: Move, said: string) =>
    move.mutate(
      { id: story.id, ...m },
      {
        onSuccess: () => {
          toasts.done(said);
          setOpen(null);
        },
        onError: (e) => {
          if (open === null) toasts.failed(messageOf(e));
        },
      },
    );
  const send = (text: string, told: boolean) =>
    note.mutate(
      { text, told },
      {
        onSuccess: () => {
          toasts.done(told ? `${introducerName(story)} can read it now.` : 'Kept.');
          setOpen(null);
        },
      },
    );
  const introducer = introducerName(story);
  const first = introducer.split(' ')[0] ?? introducer;
  const text = { pending: move.isPending, error: move.error, onClose: close };
  const words = { pending: note.isPending, error: note.error, onClose: close };
  return (
    <div className="flex flex-col gap-5 p-4">
      <StoryParts.Head story={story} />
      {story.contact_blocked && <Note kind="danger">{prospectName(story)} took the consent back. Do not contact them.</Note>}
      {story.overdue && !story.contact_blocked && (
        <Note kind="danger">The promised time to answer is over. {story.prospect.first_name || 'They'} said yes and has heard nothing.</Note>
      )}
      {can('advance') && (
        <Steps story={story} pending={move.isPending} onStep={(step, label) => go({ verb: 'advance', body: { step } }, `${label}.`)} />
      )}
      <div className="flex flex-wrap gap-2">
        {can('win') && (
          <Button look="primary" onClick={() => setOpen('win')}>
            Won
          </Button>
        )}
        {can('accept') && (
          <Button look="primary" onClick={() => setOpen('accept')}>
            {story.prospect.first_name || 'They'} answered
          </Button>
        )}
        {can('tell') && <Button onClick={() => setOpen('tell')}>Tell {first}</Button>}
        {can('thank') && <Button onClick={() => setOpen('thank')}>Thank {first}</Button>}
        {can('note') && <Button onClick={() => setOpen('note')}>Note</Button>}
        {can('assign') && <Button onClick={() => setOpen('assign')}>{story.owner_id ? 'Reassign' : 'Assign'}</Button>}
        {can('reopen') && (
          <Button pending={move.isPending} onClick={() => go({ verb: 'reopen' }, 'Taken up again.')}>
            Take up again
          </Button>
        )}
        {can('rewin') && <Button onClick={() => setOpen('rewin')}>Give the close back</Button>}
        {can('review') && story.review === 'to_review' && (
          <Button pending={move.isPending} onClick={() => go({ verb: 'review', body: { verdict: 'cleared' } }, 'Cleared.')}>
            Clear
          </Button>
        )}
        {can('review') && story.review !== 'to_review' && <Button onClick={() => setOpen('review')}>Put up for review</Button>}
        {can('lose') && (
          <Button look="danger" onClick={() => setOpen('lose')}>
            Lost
          </Button>
        )}
        {can('unwind') && (
          <Button look="danger" onClick={() => setOpen('unwind')}>
            Undo the close
          </Button>
        )}
      </div>
      <Findings of={story.findings} />
      <StoryParts.Words story={story} />
      <StoryParts.Contact story={story} />
      <StoryParts.Money story={story} />
      <StoryParts.Notes story={story} />
      <StoryParts.Related story={story} onOpen={onOpen} />
      <StoryParts.History story={story} />

      {open === 'win' && <WinDialog introduction={story} onClose={close} />}
      {open === 'lose' && <LoseDialog introduction={story} onClose={close} />}
      {open === 'accept' && <AcceptDialog introduction={story} onClose={close} />}
      {open === 'assign' && (
        <AssignDialog
          story={story}
          pending={move.isPending}
          error={move.error}
          onClose={close}
          onAssign={(owner_id) => go({ verb: 'assign', body: { owner_id } }, 'Assigned.')}
        />
      )}
      {open === 'note' && (
        <TextDialog title="Note" about="Only colleagues read it." label="Note" field="text" verb="Keep" {...words} onSend={(t) => send(t, false)} />
      )}
      {open === 'tell' && (
        <TextDialog
          title={`Tell ${first}`}
          about={`${first} reads it on their page. Say nothing that ${story.prospect.first_name || 'the other person'} would not want to be passed on.`}
          label="What you tell"
          field="text"
          verb={`Tell ${first}`}
          preview={(t) => (
            <>
              <p className="whitespace-pre-line">{t}</p>
              <p className="text-muted mt-1 text-[13px]">
                {story.owner_name ?? 'Your company'}, about {prospectName(story)}
              </p>
            </>
          )}
          {...words}
          onSend={(t) => send(t, true)}
        />
      )}
      {open === 'thank' && (
        <TextDialog
          title={`Thank ${first}`}
          about="A short mail goes out, with a line of your own if you write one. It goes out once."
          label="Your line"
          field="line"
          optional
          verb="Thank"
          {...text}
          onSend={(line) => go({ verb: 'thank', body: { line: line || undefined } }, `${first} was thanked.`)}
        />
      )}
      {open === 'review' && (
        <TextDialog
          title="Put up for review"
          about="Rewards wait until somebody clears it."
          label="Why"
          field="reason"
          verb="Put up for review"
          {...text}
          onSend={(reason) => go({ verb: 'review', body: { verdict: 'to_review', reason } }, 'Put up for review.')}
        />
      )}
      {open === 'unwind' && (
        <TextDialog
          title="Undo the close"
          about="Rewards are taken back as far as they can be."
          label="Why"
          field="reason"
          verb="Undo the close"
          danger
          {...text}
          onSend={(reason) => go({ verb: 'unwind', body: { reason } }, 'The close was undone.')}
        />
      )}
      {open === 'rewin' && (
        <TextDialog
          title="Give the close back"
          label="Why"
          field="reason"
          verb="Give back"
          {...text}
          onSend={(reason) => go({ verb: 'rewin', body: { reason } }, 'The close counts again.')}
        />
      )}
    </div>
  );
}
