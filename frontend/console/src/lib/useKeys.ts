import { useEffect, useEffectEvent } from 'react';

/** Reports whether what was typed is meant for a field. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/**
 * Calls keys[name] when a person presses it outside fields and dialogs. Names are KeyboardEvent.key; "mod+k" is Ctrl K or
 * Cmd K and works in fields too; "g h" is g and then h within a second.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const handle = useEffectEvent((event: KeyboardEvent, before: string) => {
    if (event.defaultPrevented || event.altKey) return '';
    const mod = event.ctrlKey || event.metaKey;
    const name = mod ? `mod+${event.key.toLowerCase()}` : event.key;
    if (!mod && (typing(event.target) || document.querySelector('dialog[open]'))) return '';
    const run = keys[before === '' ? name : `${before} ${name}`] ?? keys[name];
    if (run) {
      event.preventDefault();
      run();
      return '';
    }
    return Object.keys(keys).some((k) => k.startsWith(`${name} `)) ? name : '';
  });
  useEffect(() => {
    let before = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listen = (event: KeyboardEvent) => {
      before = handle(event, before);
      clearTimeout(timer);
      timer = setTimeout(() => (before = ''), 1000);
    };
    window.addEventListener('keydown', listen);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('keydown', listen);
    };
  }, []);
}
