import { useState } from 'react';

import { useSaveCharity } from '../../api/charities';
import { fieldsOf } from '../../api/problem';
import type { Charity } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { CountField } from '../../ui/NumberField';
import { FormProblem } from '../../ui/states';

const fields = ['name', 'registration', 'country', 'jurisdictions', 'contract', 'contact', 'remit_days'];

/** Enters a charity, or changes one. */
export function CharityDialog({ of, onClose }: { of: Charity | null; onClose: () => void }) {
  const save = useSaveCharity(of);
  const [name, setName] = useState(of?.name ?? '');
  const [registration, setRegistration] = useState(of?.registration ?? '');
  const [country, setCountry] = useState(of?.country ?? '');
  const [countries, setCountries] = useState(of?.jurisdictions.join(', ') ?? '');
  const [contract, setContract] = useState(of?.contract ?? '');
  const [contact, setContact] = useState(of?.contact ?? '');
  const [days, setDays] = useState(of?.remit_days ?? 30);
  const problems = fieldsOf(save.error);
  const inList = Object.entries(problems).find(([field]) => field.startsWith('jurisdictions'))?.[1];
  return (
    <Dialog title={of ? `Change ${of.name}` : 'Add a charity'} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          const jurisdictions = countries.split(/[\s,;]+/).filter(Boolean);
          save.mutate({ name, registration, country, jurisdictions, contract, contact, remit_days: days }, { onSuccess: onClose });
        }}
      >
        <TextField label="Name" help="Customers read it" required value={name} onValue={setName} error={problems['name']} />
        <TextField
          label="Registration number"
          help={of ? 'The books are kept under it, so it does not change.' : 'As in the register, such as an EIN. It cannot be changed afterwards.'}
          required
          disabled={of !== null}
          value={registration}
          onValue={setRegistration}
          error={problems['registration']}
        />
        <TextField label="Registered in" help="Two letters, like DE" maxLength={2} value={country} onValue={setCountry} error={problems['country']} />
        <TextField
          label="May be offered in"
          help="Countries that the contract covers, like DE, AT. Customers elsewhere are not offered it."
          value={countries}
          onValue={setCountries}
          error={inList}
        />
        <TextField label="Contract" help="Its reference" value={contract} onValue={setContract} error={problems['contract']} />
        <TextField label="Contact" help="Who answers there" value={contact} onValue={setContact} error={problems['contact']} />
        <CountField label="Money is there within days" max={366} value={days} onCount={setDays} error={problems['remit_days']} />
        <FormProblem error={save.error} fields={fields} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={save.isPending}>
            {of ? 'Save' : 'Add'}
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
