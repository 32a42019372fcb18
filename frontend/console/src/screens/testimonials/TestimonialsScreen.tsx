import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { useCan } from '../../api/me';
import { testimonialsQuery } from '../../api/testimonials';
import type { Testimonial } from '../../api/types';
import { Button } from '../../ui/Button';
import { FilterSelect, SearchBox } from '../../ui/filters';
import { Page, Split } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { State, When } from '../../ui/text';
import { QuoteDialog } from './QuoteDialog';
import { Stars } from './Stars';
import { TestimonialPanel } from './TestimonialPanel';
import { stateWords } from './words';

const states = Object.keys(stateWords).filter((s): s is Testimonial['state'] => s in stateWords);

const columns: Column<Testimonial>[] = [
  {
    key: 'text',
    head: 'What they say',
    cell: (t) => (
      <div className="min-w-0">
        <Link from="/testimonials" to="." search={(before) => ({ ...before, open: t.id })} className="line-clamp-2 hover:underline">
          {t.text || 'No words, stars only'}
        </Link>
        <div className="text-muted text-[13px]">{t.customer_name || 'Erased'}</div>
      </div>
    ),
  },
  { key: 'stars', head: 'Stars', cell: (t) => <Stars of={t.rating} />, wide: true },
  { key: 'state', head: 'State', cell: (t) => <State of={t.state} />, wide: true },
  { key: 'at', head: 'Sent', cell: (t) => <When at={t.submitted_at ?? t.created_at} />, right: true },
];

export default function TestimonialsScreen() {
  const { q, state = 'submitted', open } = useSearch({ from: '/shell/testimonials' });
  const navigate = useNavigate({ from: '/testimonials' });
  const can = useCan();
  const chosen = states.find((s) => s === state);
  const list = useInfiniteQuery(testimonialsQuery({ q, state: chosen && [chosen] }));
  const [keeping, setKeeping] = useState(false);
  const show = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, open: id }) });
  return (
    <Page
      title="Testimonials"
      about="What customers say about us. Nobody but its author changes a word."
      actions={can('testimonials.keep') && <Button onClick={() => setKeeping(true)}>Keep a quote</Button>}
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap items-center gap-2">
        <SearchBox label="Words or name" value={q} onValue={(v) => void navigate({ search: (before) => ({ ...before, q: v }), replace: true })} />
        <FilterSelect
          label="State"
          all="All"
          value={state === 'all' ? undefined : state}
          options={states.map((s) => ({ value: s, label: stateWords[s] }))}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, state: v ?? 'all' }), replace: true })}
        />
      </div>
      <Split
        list={
          <div className="card min-w-0">
            <Pages
              label="Testimonials"
              query={list}
              columns={columns}
              rowKey={(t) => t.id}
              selected={open}
              onOpen={(t) => show(t.id)}
              empty={
                state === 'submitted' && !q ? (
                  <Empty title="Nothing to decide">New testimonials appear here by themselves.</Empty>
                ) : (
                  <Empty title="None of this kind" />
                )
              }
            />
          </div>
        }
        panel={open && <TestimonialPanel key={open} id={open} onClose={() => show(undefined)} />}
      />
      {keeping && <QuoteDialog onClose={() => setKeeping(false)} onSaved={(t) => show(t.id)} />}
    </Page>
  );
}
