/** Line icons on a 20 px grid, drawn here so that none has to be loaded. They are decoration: the words stand beside them. */
const paths = {
  home: 'M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-3.5v-4.5h-5V17H4a1 1 0 0 1-1-1z',
  tasks: 'M4 5.5l1.5 1.5L8 4.5M4 12l1.5 1.5L8 11M11 6h6M11 12.5h6',
  customers:
    'M7.5 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c0-2.8 2.2-4.5 5-4.5s5 1.700 5 4.500M13 4.300a3 3 0 0 1 0 5.400M14.500 12.300c1.800.600 3 2.100 3 4.200',
  campaigns: 'M3 8.500v3a1 1 0 0 0 1 1h2l7 3.500V4L6 7.500H4a1 1 0 0 0-1 1zM6.500 12.500 7.500 17M16 8.500v3',
  introductions:
    'M6 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM14 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2.500 16c0-2.300 1.500-4 3.500-4 1.600 0 2.800 1 4 2.500C11.200 13 12.400 12 14 12c2 0 3.500 1.700 3.500 4',
  testimonials: 'M4 4h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-5l-4 3v-3H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM6.500 7.500h7M6.500 10.500h4.500',
  rewards: 'M3 8h14v3H3zM4.500 11v6h11v-6M10 8v9M10 8S8.500 4 6.500 4 5 7 7 8M10 8s1.500-4 3.500-4S15 7 13 8',
  reports: 'M4 16.500V11M8 16.500V6M12 16.500v-8M16 16.500V3.500',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  audit: 'M5 3h7l3 3v11H5zM8 9h4M8 12h4',
  search: 'M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13 13l4 4',
  close: 'M5 5l10 10M15 5 5 15',
  menu: 'M3 5.500h14M3 10h14M3 14.500h14',
  plus: 'M10 4v12M4 10h12',
  left: 'M12 4.500 6.500 10l5.500 5.500',
  right: 'M8 4.500 13.500 10 8 15.500',
  check: 'M4 10.500 8 14.500 16 6',
  warn: 'M10 3 18 16.500H2zM10 8v4M10 14v.500',
  out: 'M8 4H4v12h4M12 6.500 15.500 10 12 13.500M7.500 10h8',
  star: 'M10 3l2.100 4.400 4.900.700-3.500 3.400.800 4.800L10 14l-4.300 2.300.800-4.800L3 8.100l4.900-.700z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      <path d={paths[name]} />
    </svg>
  );
}
