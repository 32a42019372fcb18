import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { useSignIn } from '../api/me';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { FormProblem } from '../ui/states';
import { Door } from '../shell/Door';

/** Signing in with an address and a password. */
export default function SignIn() {
  const router = useRouter();
  const { next } = useSearch({ from: '/sign-in' });
  const signIn = useSignIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = 'Sign in · Goodword';
  }, []);
  return (
    <Door title="Sign in">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          signIn.mutate(
            { email, password },
            {
              // Only a path of our own is followed.
              onSuccess: () =>
                router.history.push(
                  next && /^\/console\/(?!\/)/.test(`/console${next}`) ? router.history.createHref(`/console${next}`) : '/console/',
                ),
            },
          );
        }}
        className="flex flex-col gap-4"
      >
        <TextField label="Email" type="email" autoComplete="username" inputMode="email" required autoFocus value={email} onValue={setEmail} />
        <TextField label="Password" type="password" autoComplete="current-password" required value={password} onValue={setPassword} />
        <FormProblem error={signIn.error} />
        <Button type="submit" look="primary" pending={signIn.isPending}>
          Sign in
        </Button>
        <p className="text-muted text-[13px]">No password yet, or forgotten? A colleague with the role owner can give you a new set-up link.</p>
      </form>
    </Door>
  );
}
