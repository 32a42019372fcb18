import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { auditQuery } from '../../api/audit';
import type { AuditEntry } from '../../api/types';
import { sentence } from '../../lib/format';
import { doer } from '../../lib/words';
import { SearchBox } from '../../ui/filters';
import { Page } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { When } from '../../ui/text';

/** What was changed, field by field, as far as both sides are plain objects. */
function changed(e: AuditEntry): string {
  const of = (v: unknown): [string, unknown][] => (typeof v === 'object' && v !== null ? Object.entries(v) : []);
  const before = new Map(of(e.before));
  return of(e.after)
    .filter(([k, v]) => JSON.stringify(before.get(k)) !== JSON.stringify(v))
    .map(([k, v]) => `${k.replace(/_/g, ' ')}: ${before.has(k) ? `${JSON.stringify(before.get(k))} → ` : ''}${JSON.stringify(v)}`)
    .join('\n');
}

const columns: Column<AuditEntry>[] = [
  { key: 'at', head: 'When', cell: (e) => <When at={e.at} as="time" /> },
  {
    key: 'who',
    head: 'Who',
    cell: (e) => (
      <>
        {doer(e.actor, e.actor_kind)} <span className="text-muted text-[13px]">{e.actor_role}</span>
      </>
    ),
  },
  { key: 'what', head: 'What', cell: (e) => sentence(e.action) },
  {
    key: 'object',
    head: 'Of what',
    cell: (e) => (
      <>
        {sentence(e.object)} <span className="text-muted font-mono text-xs">{e.object_id}</span>
      </>
    ),
    wide: true,
  },
  { key: 'why', head: 'Why', cell: (e) => e.reason || '–', wide: true },
  {
    key: 'change',
    head: 'Change',
    cell: (e) => {
      const text = changed(e);
      return text ? (
        <details>
          <summary>Show</summary>
          <pre className="max-w-md font-mono text-xs whitespace-pre-wrap">{text}</pre>
        </details>
      ) : (
        '–'
      );
    },
    wide: true,
  },
];

export default function AuditScreen() {
  const { action, object, object_id } = useSearch({ from: '/shell/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const entries = useInfiniteQuery(auditQuery({ action, object, object_id }));
  return (
    <Page title="Audit" about="Who did what and why. Nothing here can be changed; each entry seals the one before.">
      <div role="search" aria-label="Filters" className="flex flex-wrap gap-2">
        <SearchBox
          label="Action, written in full"
          value={action}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, action: v }), replace: true })}
        />
        <SearchBox
          label="Id"
          value={object_id}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, object_id: v }), replace: true })}
        />
      </div>
      <div className="card min-w-0">
        <Pages label="Audit" query={entries} columns={columns} rowKey={(e) => e.id} empty={<Empty title="No entries" />} />
      </div>
    </Page>
  );
}
