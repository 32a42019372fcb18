import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { useAddStaff } from '../../api/staff';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { Check, SelectField, TextField } from '../../ui/Field';
import { Shown } from '../../ui/Shown';
import { FormProblem } from '../../ui/states';
import { roles } from './words';

const fields = ['name', 'email', 'role', 'division'];

/** Adds a colleague and shows the set-up link this once. */
export function AddStaff({ onClose }: { onClose: () => void }) {
  const add = useAddStaff();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [division, setDivision] = useState('');
  const [role, setRole] = useState(roles[2]?.value ?? 'rep');
  const [notify, setNotify] = useState(true);
  const problems = fieldsOf(add.error);
  return (
    <Dialog title="Add a colleague" onClose={onClose}>
      {add.data ? (
        <>
          <Shown label={`Set-up link for ${add.data.member.name}`} value={add.data.setup_url}>
            <p className="text-muted">
              It works once, for seven days, and is not shown again.{notify && ` It was also mailed to ${add.data.member.email}.`}
            </p>
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
            add.mutate({ name, email, role, division: division || undefined, notify });
          }}
        >
          <TextField label="Name" help="Customers and prospects read it" required value={name} onValue={setName} error={problems['name']} />
          <TextField label="Email" type="email" required value={email} onValue={setEmail} error={problems['email']} />
          <SelectField
            label="Role"
            help={roles.find((r) => r.value === role)?.about}
            options={roles}
            value={role}
            onValue={(v) => setRole(roles.find((r) => r.value === v)?.value ?? role)}
            error={problems['role']}
          />
          <TextField label="Division" value={division} onValue={setDivision} error={problems['division']} />
          <Check label="Mail the set-up link too" checked={notify} onChange={setNotify} />
          <FormProblem error={add.error} fields={fields} />
          <Buttons>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" pending={add.isPending}>
              Add
            </Button>
          </Buttons>
        </form>
      )}
    </Dialog>
  );
}
