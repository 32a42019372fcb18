import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { settingsQuery } from '../api/settings';

/** Shows the console in the company's colour, as the server made it readable. */
export function useBrand(): void {
  const { data } = useQuery(settingsQuery);
  const palette = data?.settings.palette;
  useEffect(() => {
    if (!palette) return;
    const { style } = document.documentElement;
    style.setProperty('--brand', palette.brand);
    style.setProperty('--brand-ink', palette.on_brand);
  }, [palette]);
}
