import { useState } from 'react';

import { useMe } from '../../api/me';
import { fieldsOf } from '../../api/problem';
import { useChangePassword, useUpdateMe } from '../../api/staff';
import type { Member } from '../../api/types';
import { Button } from '../../ui/Button';
import { Check, SelectField, TextField } from '../../ui/Field';
import { Card } from '../../ui/Page';
import { StaffSelect } from '../../ui/StaffSelect';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

const hours = Array.from({ length: 25 }, (_, h) => ({ value: String(h), label: `${String(h).padStart(2, '0')}:00` }));

/** What everybody changes about themselves. */
export function MyAccount() {
  const me = useMe();
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      {me.member && <Profile member={me.member} />}
      <Password />
    </div>
  );
}

function Profile({ member }: { member: Member }) {
  const update = useUpdateMe();
  const toasts = useToasts();
  const [values, setValues] = useState({
    title: member.title,
    phone: member.phone,
    zone: member.zone,
    work_from: member.work_from,
    work_until: member.work_until,
    deputy_id: member.deputy_id ?? '',
  });
  const [away, setAway] = useState(member.away_until?.slice(0, 10) ?? '');
  const set = (part: Partial<typeof values>) => setValues((v) => ({ ...v, ...part }));
  const problems = fieldsOf(update.error);
  return (
    <Card title="You">
      <form
        className="grid gap-4 p-4 sm:grid-cols-2"
        onSubmit={(e) => {
          e.preventDefault();
          update.mutate({ ...values, away_until: away ? `${away}T23:59:59Z` : null }, { onSuccess: () => toasts.done('Saved.') });
        }}
      >
        <TextField
          label="Title"
          help="Shown beside your name to customers and prospects"
          value={values.title}
          onValue={(title) => set({ title })}
          error={problems['title']}
        />
        <TextField label="Phone" type="tel" value={values.phone} onValue={(phone) => set({ phone })} error={problems['phone']} />
        <SelectField
          label="Meetings from"
          options={hours}
          value={String(values.work_from)}
          onValue={(v) => set({ work_from: Number(v) })}
          error={problems['work_from']}
        />
        <SelectField
          label="until"
          options={hours}
          value={String(values.work_until)}
          onValue={(v) => set({ work_until: Number(v) })}
          error={problems['work_until']}
        />
        <TextField label="Time zone" value={values.zone} onValue={(zone) => set({ zone })} error={problems['zone']} />
        <StaffSelect
          label="Deputy"
          none="Nobody"
          value={values.deputy_id}
          onValue={(deputy_id) => set({ deputy_id })}
          error={problems['deputy_id']}
        />
        <TextField label="Away until" type="date" value={away} onValue={setAway} error={problems['away_until']} />
        <div className="sm:col-span-2">
          <FormProblem error={update.error} fields={['title', 'phone', 'work_from', 'work_until', 'zone', 'deputy_id', 'away_until']} />
          <div className="mt-2 flex justify-end">
            <Button type="submit" look="primary" pending={update.isPending}>
              Save
            </Button>
          </div>
        </div>
      </form>
    </Card>
  );
}

function Password() {
  const change = useChangePassword();
  const toasts = useToasts();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [others, setOthers] = useState(true);
  const problems = fieldsOf(change.error);
  return (
    <Card title="Password">
      <form
        className="grid gap-4 p-4 sm:grid-cols-2"
        onSubmit={(e) => {
          e.preventDefault();
          change.mutate(
            { old, new: next, end_others: others },
            {
              onSuccess: () => {
                toasts.done('The password was changed.');
                setOld('');
                setNext('');
              },
            },
          );
        }}
      >
        <TextField
          label="Password now"
          type="password"
          autoComplete="current-password"
          required
          value={old}
          onValue={setOld}
          error={problems['old']}
        />
        <TextField label="New password" type="password" autoComplete="new-password" required value={next} onValue={setNext} error={problems['new']} />
        <div className="sm:col-span-2">
          <Check label="Sign me out everywhere else" checked={others} onChange={setOthers} />
          <FormProblem error={change.error} fields={['old', 'new']} />
          <div className="mt-2 flex justify-end">
            <Button type="submit" pending={change.isPending}>
              Change
            </Button>
          </div>
        </div>
      </form>
    </Card>
  );
}
