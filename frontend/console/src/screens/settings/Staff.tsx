import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useMe } from '../../api/me';
import { messageOf } from '../../api/problem';
import { staffQuery, useChangeRole, useSetupLink } from '../../api/staff';
import type { Member } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { Card, ScrollX } from '../../ui/Page';
import { Shown } from '../../ui/Shown';
import { Failed, Loading } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Badge, State } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { AddStaff } from './AddStaff';
import { DisableDialog } from './DisableDialog';
import { roles } from './words';

/** The colleagues with an account. */
export function Staff({ mayEdit }: { mayEdit: boolean }) {
  const me = useMe();
  const staff = useQuery(staffQuery);
  const role = useChangeRole();
  const link = useSetupLink();
  const toasts = useToasts();
  const [open, setOpen] = useState<'add' | Member | null>(null);
  const columns: Column<Member>[] = [
    {
      key: 'name',
      head: 'Name',
      cell: (m) => (
        <div className="min-w-0">
          <span className="font-medium">{m.name}</span> {m.id === me.id && <Badge>you</Badge>}
          <div className="text-muted text-[13px]">{m.email}</div>
        </div>
      ),
    },
    {
      key: 'role',
      head: 'Role',
      cell: (m) =>
        mayEdit && m.id !== me.id && m.state !== 'disabled' ? (
          <select
            className="field"
            style={{ width: 'auto' }}
            aria-label={`Role of ${m.name}`}
            value={m.role}
            disabled={role.isPending}
            onChange={(e) => {
              const next = roles.find((r) => r.value === e.target.value)?.value;
              if (next)
                role.mutate(
                  { member: m, role: next },
                  { onSuccess: () => toasts.done(`${m.name} is ${next} now.`), onError: (x) => toasts.failed(messageOf(x)) },
                );
            }}
          >
            {roles.map((r) => (
              <option key={r.value} value={r.value}>
                {r.label}
              </option>
            ))}
          </select>
        ) : (
          roles.find((r) => r.value === m.role)?.label
        ),
    },
    { key: 'state', head: 'State', cell: (m) => <State of={m.state} />, wide: true },
    { key: 'division', head: 'Division', cell: (m) => m.division || '–', wide: true },
    {
      key: 'actions',
      head: <span className="sr-only">Actions</span>,
      right: true,
      cell: (m) =>
        mayEdit &&
        m.id !== me.id && (
          <span className="inline-flex flex-wrap justify-end gap-1">
            <Button
              look="quiet"
              pending={link.isPending && link.variables.id === m.id}
              aria-label={`${m.state === 'disabled' ? 'Let back in' : 'New set-up link'}: ${m.name}`}
              onClick={() => link.mutate(m, { onError: (x) => toasts.failed(messageOf(x)) })}
            >
              {m.state === 'disabled' ? 'Let back in' : 'Set-up link'}
            </Button>
            {m.state !== 'disabled' && (
              <Button look="quiet" aria-label={`Disable ${m.name}`} onClick={() => setOpen(m)}>
                Disable
              </Button>
            )}
          </span>
        ),
    },
  ];
  if (staff.isPending) return <Loading />;
  if (!staff.data) return <Failed error={staff.error} retry={() => void staff.refetch()} />;
  return (
    <Card title="Staff" actions={mayEdit && <Button onClick={() => setOpen('add')}>Add a colleague</Button>}>
      <ScrollX label="Rows of the staff">
        <Table label="Staff" columns={columns} rows={staff.data} rowKey={(m) => m.id} />
      </ScrollX>
      {open === 'add' && <AddStaff onClose={() => setOpen(null)} />}
      {open && open !== 'add' && <DisableDialog member={open} onClose={() => setOpen(null)} />}
      {link.data && (
        <Dialog title={`Set-up link for ${link.data.member.name}`} onClose={() => link.reset()}>
          <Shown label="Link" value={link.data.setup_url}>
            <p className="text-muted">It works once, for seven days, and is not shown again.</p>
          </Shown>
          <Buttons>
            <Button look="primary" onClick={() => link.reset()}>
              Done
            </Button>
          </Buttons>
        </Dialog>
      )}
    </Card>
  );
}
