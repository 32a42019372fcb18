import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';

import { cx } from '../lib/cx';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-brand text-brand-ink border-transparent hover:brightness-110',
  secondary: 'bg-raised text-ink border-line-strong hover:bg-tint',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-tint',
  danger: 'bg-raised text-danger border-danger hover:bg-danger-tint',
};

function classes(look: Look, extra?: string) {
  return cx(
    'inline-flex min-h-9 wrap-normal items-center justify-center gap-2 rounded-field border px-3 py-1.5 text-sm font-medium select-none',
    looks[look],
    extra,
  );
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  /** Shows that it is at work and takes no further press. */
  pending?: boolean;
}

export function Button({ look = 'secondary', pending = false, className, children, disabled, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(classes(look, className), (disabled || pending) && 'opacity-55')}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      {...rest}
    >
      {pending && <Spinner />}
      {children}
    </button>
  );
}

/** A link that looks like a button, for what leads somewhere. */
export function ButtonLink({
  look = 'secondary',
  children,
  className,
  ...rest
}: Omit<LinkProps, 'children'> & { look?: Look; children: ReactNode; className?: string }) {
  return (
    <Link {...rest} className={classes(look, className)}>
      {children}
    </Link>
  );
}

export function Spinner() {
  return <span aria-hidden="true" className="size-4 shrink-0 rounded-full border-2 border-current border-r-transparent motion-safe:animate-spin" />;
}
