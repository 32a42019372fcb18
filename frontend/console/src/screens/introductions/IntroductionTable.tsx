import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

import type { Introduction } from '../../api/types';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { Badge, When } from '../../ui/text';
import { StateBadge } from './StateBadge';
import { introducerName, prospectName } from './words';

const columns: Column<Introduction>[] = [
  {
    key: 'name',
    head: 'Who',
    cell: (i) => (
      <div className="min-w-0">
        <Link from="/introductions" to="." search={(before) => ({ ...before, open: i.id })} className="font-medium hover:underline">
          {prospectName(i)}
        </Link>
        <div className="text-muted text-[13px]">{i.prospect.company || (i.kind === 'lead' ? 'a lead' : '')}</div>
      </div>
    ),
  },
  {
    key: 'state',
    head: 'State',
    cell: (i) => (
      <span className="flex flex-wrap gap-1">
        <StateBadge of={i} />
        {i.overdue && <Badge tone="bad">Overdue</Badge>}
        {i.review === 'to_review' && <Badge tone="warn">To review</Badge>}
        {i.contact_blocked && <Badge tone="bad">Do not contact</Badge>}
      </span>
    ),
  },
  { key: 'by', head: 'Introduced by', cell: introducerName, wide: true },
  { key: 'owner', head: 'Owner', cell: (i) => i.owner_name ?? <span className="text-muted">nobody</span>, wide: true },
  {
    key: 'due',
    head: 'Answer by',
    cell: (i) => (i.answered_at ? <span className="text-muted">answered</span> : <When at={i.answer_due_at} as="time" />),
    wide: true,
  },
  { key: 'at', head: 'Since', cell: (i) => <When at={i.created_at} />, right: true },
];

interface Props {
  query: ComponentProps<typeof Pages<Introduction>>['query'];
  narrowed: boolean;
  selected: string | undefined;
  onOpen: (introduction: Introduction) => void;
}

export function IntroductionTable({ query, narrowed, selected, onOpen }: Props) {
  return (
    <div className="card min-w-0">
      <Pages
        label="Introductions"
        query={query}
        columns={columns}
        rowKey={(i) => i.id}
        selected={selected}
        onOpen={onOpen}
        empty={
          narrowed ? (
            <Empty title="No introduction fits">Take a filter away, or search for something shorter.</Empty>
          ) : (
            <Empty title="No introductions yet">They appear here within seconds of a customer writing one.</Empty>
          )
        }
      />
    </div>
  );
}
