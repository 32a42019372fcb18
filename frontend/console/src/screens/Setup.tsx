import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { setupQuery, useSetup } from '../api/me';
import { fieldsOf } from '../api/problem';
import { Door } from '../shell/Door';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Failed, FormProblem, Loading } from '../ui/states';

/** The first page of a new colleague: choosing a password with a single-use link. */
export default function Setup() {
  const { token } = useParams({ from: '/setup/$token' });
  const navigate = useNavigate();
  const link = useQuery(setupQuery(token));
  const setup = useSetup();
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = 'Set up · Goodword';
  }, []);
  if (link.isPending) {
    return (
      <Door title="One moment">
        <Loading lines={3} />
      </Door>
    );
  }
  if (!link.data) {
    return (
      <Door title="This link no longer works">
        <Failed error={link.error} />
        <p className="text-center">
          Ask a colleague for a new one, or{' '}
          <Link to="/sign-in" className="link">
            sign in
          </Link>
          .
        </p>
      </Door>
    );
  }
  return (
    <Door title={`Welcome, ${link.data.name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          setup.mutate({ token, password }, { onSuccess: () => void navigate({ to: '/' }) });
        }}
      >
        <TextField label="Email" value={link.data.email} readOnly autoComplete="username" onValue={() => undefined} />
        <TextField
          label="Choose a password"
          help="12 characters or more. A short sentence is easy to remember."
          type="password"
          autoComplete="new-password"
          required
          autoFocus
          value={password}
          onValue={setPassword}
          error={fieldsOf(setup.error)['password']}
        />
        <FormProblem error={setup.error} fields={['password']} />
        <Button type="submit" look="primary" pending={setup.isPending}>
          Save and sign in
        </Button>
      </form>
    </Door>
  );
}
