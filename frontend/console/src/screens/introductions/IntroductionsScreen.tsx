import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { boardQuery, introductionsQuery } from '../../api/introductions';
import { useCan } from '../../api/me';
import { staffQuery } from '../../api/staff';
import type { Introduction } from '../../api/types';
import { Button } from '../../ui/Button';
import { FilterSelect, SearchBox } from '../../ui/filters';
import { Page, Split } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { Board } from './Board';
import { ByHandDialog } from './ByHandDialog';
import { IntroductionPanel } from './IntroductionPanel';
import { IntroductionTable } from './IntroductionTable';
import { stateWords } from './words';

const states = Object.keys(stateWords).filter((s): s is Introduction['state'] => s in stateWords && s !== 'draft');

type Only = 'overdue' | 'review';

const onlyQuery = (only: Only | undefined) => ({ overdue: only === 'overdue' || undefined, review: only === 'review' ? ('to_review' as const) : undefined });

export default function IntroductionsScreen() {
  const { view, q, state, owner_id, kind, campaign_id, only, open } = useSearch({ from: '/shell/introductions' });
  const navigate = useNavigate({ from: '/introductions' });
  const can = useCan();
  const board = view === 'board';
  const chosen = states.find((s) => s === state);
  const filter = { q, kind, owner_id, campaign_id };
  const list = useInfiniteQuery({ ...introductionsQuery({ ...filter, ...onlyQuery(only), state: chosen && [chosen] }), enabled: !board });
  const columns = useQuery({ ...boardQuery(filter), enabled: board });
  const staff = useQuery(staffQuery);
  const [adding, setAdding] = useState(false);
  const narrow = (part: { view?: 'board'; q?: string; state?: string; owner_id?: string; kind?: 'lead' | 'referral'; only?: Only }) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const show = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, open: id }) });
  const narrowed = Boolean(q || state || owner_id || kind || campaign_id || only);
  return (
    <Page
      title="Introductions"
      actions={
        <>
          <div role="group" aria-label="View" className="border-line-strong flex overflow-hidden rounded-field border">
            {([undefined, 'board'] as const).map((v) => (
              <button
                key={v ?? 'list'}
                type="button"
                aria-pressed={view === v}
                className="aria-pressed:bg-tint hover:bg-tint min-h-9 px-3 aria-pressed:font-semibold"
                onClick={() => narrow({ view: v })}
              >
                {v ? 'Board' : 'List'}
              </button>
            ))}
          </div>
          {can('introductions.work') && <Button onClick={() => setAdding(true)}>Record by hand</Button>}
        </>
      }
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap items-center gap-2">
        <SearchBox label="Name, company or address" value={q} onValue={(v) => narrow({ q: v })} />
        {!board && (
          <FilterSelect
            label="State"
            all="Any state"
            value={state}
            options={states.map((s) => ({ value: s, label: stateWords[s] }))}
            onValue={(v) => narrow({ state: v })}
          />
        )}
        <FilterSelect
          label="Owner"
          all="Any owner"
          value={owner_id}
          options={[{ value: 'me', label: 'Mine' }, ...(staff.data ?? []).map((m) => ({ value: m.id, label: m.name }))]}
          onValue={(v) => narrow({ owner_id: v })}
        />
        <FilterSelect
          label="Kind"
          all="Leads and referrals"
          value={kind}
          options={[
            { value: 'referral', label: 'Referrals' },
            { value: 'lead', label: 'Leads' },
          ]}
          onValue={(v) => narrow({ kind: v === 'lead' || v === 'referral' ? v : undefined })}
        />
        {!board && (
          <FilterSelect
            label="Waiting for us"
            all="Waiting or not"
            value={only}
            options={[
              { value: 'overdue', label: 'Answer overdue' },
              { value: 'review', label: 'To review' },
            ]}
            onValue={(v) => narrow({ only: v === 'overdue' || v === 'review' ? v : undefined })}
          />
        )}
        {narrowed && (
          <Button look="quiet" onClick={() => void navigate({ search: { view, open } })}>
            Clear
          </Button>
        )}
      </div>
      <Split
        list={
          board ? (
            <>
              {columns.isPending && <Loading />}
              {columns.isError && !columns.data && <Failed error={columns.error} retry={() => void columns.refetch()} />}
              {columns.data && <Board columns={columns.data} selected={open} onOpen={(i) => show(i.id)} />}
            </>
          ) : (
            <IntroductionTable query={list} narrowed={narrowed} selected={open} onOpen={(i) => show(i.id)} />
          )
        }
        panel={open && <IntroductionPanel key={open} id={open} onClose={() => show(undefined)} onOpen={show} />}
      />
      {adding && (
        <ByHandDialog
          onClose={() => setAdding(false)}
          onSaved={(story) => {
            setAdding(false);
            show(story.id);
          }}
        />
      )}
    </Page>
  );
}
