import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { keysQuery, useAddKey, useRevokeKey } from '../../api/staff';
import type { ApiKey } from '../../api/types';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/Field';
import { Card } from '../../ui/Page';
import { Shown } from '../../ui/Shown';
import { Empty, Failed, FormProblem, Loading } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Badge, When } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { roles } from './words';

/** Keys for programs, each with a role. */
export function Keys() {
  const keys = useQuery(keysQuery);
  const revoke = useRevokeKey();
  const toasts = useToasts();
  const [open, setOpen] = useState<'add' | ApiKey | null>(null);
  const columns: Column<ApiKey>[] = [
    { key: 'name', head: 'Name', cell: (k) => <span className="font-medium">{k.name}</span> },
    { key: 'hint', head: 'Begins with', cell: (k) => <code className="text-[13px]">{k.hint}…</code>, wide: true },
    { key: 'role', head: 'Role', cell: (k) => roles.find((r) => r.value === k.role)?.label },
    { key: 'used', head: 'Last used', cell: (k) => (k.used_at ? <When at={k.used_at} /> : 'never') },
    {
      key: 'actions',
      head: <span className="sr-only">Actions</span>,
      right: true,
      cell: (k) =>
        k.revoked_at ? (
          <Badge>Revoked</Badge>
        ) : (
          <Button look="quiet" aria-label={`Revoke ${k.name}`} onClick={() => setOpen(k)}>
            Revoke
          </Button>
        ),
    },
  ];
  if (keys.isPending) return <Loading />;
  if (!keys.data) return <Failed error={keys.error} retry={() => void keys.refetch()} />;
  return (
    <Card title="API keys" actions={<Button onClick={() => setOpen('add')}>Make a key</Button>}>
      {keys.data.length > 0 ? (
        <Table label="API keys" columns={columns} rows={keys.data} rowKey={(k) => k.id} />
      ) : (
        <Empty title="No keys yet">A key lets a program of yours use the API with a role of its own.</Empty>
      )}
      {open === 'add' && <AddKey onClose={() => setOpen(null)} />}
      {open && open !== 'add' && (
        <Confirm
          title={`Revoke ${open.name}?`}
          verb="Revoke"
          danger
          pending={revoke.isPending}
          error={revoke.error}
          onClose={() => setOpen(null)}
          onConfirm={() =>
            revoke.mutate(open.id, {
              onSuccess: () => {
                toasts.done('Revoked.');
                setOpen(null);
              },
            })
          }
        >
          <p>Programs that use it are refused from now on. This cannot be undone.</p>
        </Confirm>
      )}
    </Card>
  );
}

function AddKey({ onClose }: { onClose: () => void }) {
  const add = useAddKey();
  const [name, setName] = useState('');
  const [role, setRole] = useState(roles.find((r) => r.value === 'viewer')?.value ?? 'viewer');
  const problems = fieldsOf(add.error);
  return (
    <Dialog title="Make a key" onClose={onClose}>
      {add.data ? (
        <>
          <Shown label="Key" value={add.data.token}>
            <p className="text-muted">It is not shown again. Keep it where programs keep secrets.</p>
          </Shown>
          <Buttons>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </Buttons>
        </>
      ) : (
        <form
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            add.mutate({ name, role });
          }}
        >
          <TextField label="Name" help="Which program uses it" required value={name} onValue={setName} error={problems['name']} />
          <SelectField
            label="Role"
            help={roles.find((r) => r.value === role)?.about}
            options={roles}
            value={role}
            onValue={(v) => setRole(roles.find((r) => r.value === v)?.value ?? role)}
            error={problems['role']}
          />
          <FormProblem error={add.error} fields={['name', 'role']} />
          <Buttons>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" pending={add.isPending}>
              Make
            </Button>
          </Buttons>
        </form>
      )}
    </Dialog>
  );
}
