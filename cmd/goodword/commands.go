package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"goodword/internal/api"
	"goodword/internal/app"
	"goodword/internal/audit"
	"goodword/internal/config"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// commands in the order of help.
var commands = []command{
	{"serve", "web and workers in one process; migrates first", "[--no-work]", serve},
	{"work", "workers only, for more machines on PostgreSQL", "", work},
	{"migrate", "brings the database up to date and stops", "[--status]", migrate},
	{"demo", "starts with sample data, captured mail and a simulated Stripe", "[--dir DIR] [--addr ADDR]", demo},
	{"staff", "accounts: add --email E --name N --role R, list, disable EMAIL --to EMAIL", "add|list|disable", staffCommand},
	{"key", "API keys: add --name N --role R, list, revoke ID", "add|list|revoke", keyCommand},
	{"import", "imports a CSV file of customers", "customers FILE.csv [--dry-run]", importCommand},
	{"payouts", "the kill switch for all payouts", "pause|resume|status", payoutsCommand},
	{"verify", "proves the books and the audit chain", "[--head FILE]", verify},
	{"reconcile", "fetches what Stripe told unheard, compares the books with the rails, opens cases", "[--rail NAME]", reconcile},
	{"doctor", "checks configuration, database, mail, Stripe, clock and disk", "", doctor},
	{"openapi", "prints the OpenAPI document of the JSON API", "", openapi},
}

// version is the program's as the build recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// load reads the settings and sets up the log, which goes to standard error so that output stays data.
func load(s *session) (*config.Config, *slog.Logger, error) {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewJSONHandler(s.stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	if f, ok := s.stderr.(*os.File); ok {
		log = cfg.Logger(f)
	}
	slog.SetDefault(log)
	return cfg, log, nil
}

// with runs do with the application put together but not started, for commands that finish.
func with(ctx context.Context, s *session, do func(*app.App) error) (err error) {
	cfg, log, err := load(s)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.Options{Log: log, Version: version()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}

// shell is who acts on the command line: whoever may read the secret key is an owner.
func shell() audit.Actor {
	return audit.Actor{Kind: audit.KindSystem, Name: "command line", Role: string(staff.Owner)}
}

func serve(set *flag.FlagSet) func(context.Context, *session, []string) error {
	noWork := set.Bool("no-work", false, "leave jobs to other processes (PostgreSQL)")
	return func(ctx context.Context, s *session, args []string) (err error) {
		if len(args) > 0 {
			return usagef("unexpected %q", args[0])
		}
		cfg, log, err := load(s)
		if err != nil {
			return err
		}
		for _, w := range cfg.Warnings {
			log.Warn(w)
		}
		if cfg.SQLite() {
			if *noWork {
				return fault.New(fault.Invalid, "SQLite has one process for web and jobs: leave --no-work away, or use PostgreSQL.")
			}
			release, err := lockSQLite(ctx, cfg, log)
			if err != nil {
				return err
			}
			defer release()
		}
		a, err := app.New(ctx, cfg, app.Options{Log: log, Version: version()})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		return a.Serve(ctx, app.Listening{Work: !*noWork, Ready: func(addr net.Addr) {
			log.Info("serving", "address", addr.String(), "base_url", cfg.BaseURL)
			a.FirstSteps(context.WithoutCancel(ctx), s.stdout)
		}})
	}
}

// lockSQLite keeps the file for this process, and looks it over first if the last one did not end in order.
func lockSQLite(ctx context.Context, cfg *config.Config, log *slog.Logger) (release func(), err error) {
	path := strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")
	unclean, err := db.Unclean(path)
	if err != nil {
		return nil, err
	}
	release, err = db.LockServe(path)
	if err != nil {
		return nil, err
	}
	if unclean {
		log.Info("the last process did not end in order; checking the database")
		d, err := db.Open(ctx, cfg.DatabaseURL)
		if err != nil {
			release()
			return nil, err
		}
		if err := errors.Join(d.Check(ctx), d.Close()); err != nil {
			release()
			return nil, fmt.Errorf("check database after a crash: %w", err)
		}
	}
	return release, nil
}

func work(*flag.FlagSet) func(context.Context, *session, []string) error {
	return func(ctx context.Context, s *session, _ []string) (err error) {
		cfg, log, err := load(s)
		if err != nil {
			return err
		}
		if cfg.SQLite() {
			return fault.New(fault.Invalid, "SQLite has one process for web and jobs: goodword serve. More workers need PostgreSQL.")
		}
		a, err := app.New(ctx, cfg, app.Options{Log: log, Version: version()})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		return a.WorkOnly(ctx)
	}
}

func migrate(set *flag.FlagSet) func(context.Context, *session, []string) error {
	status := set.Bool("status", false, "only say which migrations the database has")
	asJSON := set.Bool("json", false, "print JSON")
	return func(ctx context.Context, s *session, _ []string) (err error) {
		cfg, _, err := load(s)
		if err != nil {
			return err
		}
		d, err := db.Open(ctx, cfg.DatabaseURL)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		if !*status {
			if err := d.Migrate(ctx); err != nil {
				return err
			}
		}
		list, err := d.MigrationStatus(ctx)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(s.stdout, list)
		}
		return table(s.stdout, func(w io.Writer) {
			for _, m := range list {
				at := "to come"
				if !m.AppliedAt.IsZero() {
					at = m.AppliedAt.UTC().Format(time.RFC3339)
				}
				fmt.Fprintf(w, "%05d\t%s\t%s\n", m.Version, m.Name, at)
			}
		})
	}
}

func staffCommand(set *flag.FlagSet) func(context.Context, *session, []string) error {
	email, name, role := set.String("email", "", "e-mail address"), set.String("name", "", "name"), set.String("role", "", "owner, finance, marketer, rep or viewer")
	to := set.String("to", "", "e-mail address of who takes over when an account is disabled")
	asJSON := set.Bool("json", false, "print JSON")
	return func(ctx context.Context, s *session, args []string) error {
		if len(args) == 0 {
			return usagef("say add, list or disable")
		}
		return with(ctx, s, func(a *app.App) error {
			switch args[0] {
			case "add":
				m, url, err := a.Staff.Add(ctx, shell(), staff.NewMember{Email: *email, Name: *name, Role: staff.Role(*role)})
				if err != nil {
					return err
				}
				if *asJSON {
					return printJSON(s.stdout, map[string]string{"id": m.ID, "setup_url": url})
				}
				fmt.Fprintf(s.stdout, "Give %s this link. It works once, for seven days:\n%s\n", m.Name, url)
				return nil
			case "list":
				list, err := a.Staff.List(ctx, a.DB)
				if err != nil {
					return err
				}
				if *asJSON {
					type line struct {
						ID, Email, Name, Role, State string
					}
					lines := make([]line, len(list))
					for i, m := range list {
						lines[i] = line{m.ID, m.Email, m.Name, string(m.Role), string(m.State)}
					}
					return printJSON(s.stdout, lines)
				}
				return table(s.stdout, func(w io.Writer) {
					for _, m := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Email, m.Name, m.Role, m.State)
					}
				})
			case "disable":
				if len(args) == 2 {
					*email = args[1]
				}
				m, err := a.Staff.ByEmail(ctx, a.DB, *email)
				if err != nil {
					return err
				}
				successor := ""
				if *to != "" {
					next, err := a.Staff.ByEmail(ctx, a.DB, *to)
					if err != nil {
						return err
					}
					successor = next.ID
				}
				return a.Staff.Disable(ctx, shell(), m.ID, successor)
			}
			return usagef("say add, list or disable, not %q", args[0])
		})
	}
}

func keyCommand(set *flag.FlagSet) func(context.Context, *session, []string) error {
	name, role := set.String("name", "", "what the key is for"), set.String("role", "", "owner, finance, marketer, rep or viewer")
	asJSON := set.Bool("json", false, "print JSON")
	return func(ctx context.Context, s *session, args []string) error {
		if len(args) == 0 {
			return usagef("say add, list or revoke")
		}
		return with(ctx, s, func(a *app.App) error {
			switch args[0] {
			case "add":
				k, token, err := a.Staff.AddKey(ctx, shell(), *name, staff.Role(*role))
				if err != nil {
					return err
				}
				if *asJSON {
					return printJSON(s.stdout, map[string]string{"id": k.ID, "key": token.Plain()})
				}
				fmt.Fprintf(s.stdout, "%s\nThis is the only time the key is shown.\n", token.Plain())
				return nil
			case "list":
				keys, err := a.Staff.ListKeys(ctx)
				if err != nil {
					return err
				}
				return table(s.stdout, func(w io.Writer) {
					for _, k := range keys {
						state := "in force"
						if !k.RevokedAt.IsZero() {
							state = "revoked"
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s…\t%s\n", k.ID, k.Name, k.Role, k.Hint, state)
					}
				})
			case "revoke":
				if len(args) != 2 {
					return usagef("revoke takes the key's id")
				}
				return a.Staff.RevokeKey(ctx, shell(), args[1])
			}
			return usagef("say add, list or revoke, not %q", args[0])
		})
	}
}

func payoutsCommand(set *flag.FlagSet) func(context.Context, *session, []string) error {
	scope := set.String("scope", "all", "all, rail:NAME or campaign:ID")
	reason := set.String("reason", "", "why")
	return func(ctx context.Context, s *session, args []string) error {
		if len(args) != 1 {
			return usagef("say pause, resume or status")
		}
		return with(ctx, s, func(a *app.App) error {
			switch args[0] {
			case "pause":
				_, err := a.Rewards.Pause(ctx, shell(), *scope, *reason)
				return err
			case "resume":
				_, err := a.Rewards.Resume(ctx, shell(), *scope, *reason)
				return err
			case "status":
				list, err := a.Rewards.Switches(ctx)
				if err != nil {
					return err
				}
				if len(list) == 0 {
					fmt.Fprintln(s.stdout, "Payouts are running.")
				}
				return table(s.stdout, func(w io.Writer) {
					for _, sw := range list {
						state := "running"
						if sw.Paused {
							state = "paused"
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", sw.Scope, state, sw.ChangedAt.UTC().Format(time.RFC3339), sw.Reason)
					}
				})
			}
			return usagef("say pause, resume or status, not %q", args[0])
		})
	}
}

func verify(set *flag.FlagSet) func(context.Context, *session, []string) error {
	asJSON := set.Bool("json", false, "print findings as JSON")
	head := set.String("head", "", "a file of heads that was kept elsewhere, to compare with")
	return func(ctx context.Context, s *session, _ []string) error {
		var heads []reward.SignedHead
		if *head != "" {
			f, err := os.Open(*head)
			if err != nil {
				return err
			}
			heads, err = reward.ReadHeads(f)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		return with(ctx, s, func(a *app.App) error {
			result, err := a.Verify(ctx, heads...)
			if err != nil {
				return err
			}
			if *asJSON {
				if err := printJSON(s.stdout, result); err != nil {
					return err
				}
			} else {
				for _, f := range result.Findings {
					fmt.Fprintln(s.stdout, f)
				}
				fmt.Fprintln(s.stdout, result.Summary)
				if len(heads) > 0 {
					fmt.Fprintf(s.stdout, "Compared with %d heads of %s.\n", len(heads), *head)
				}
			}
			if n := len(result.Findings); n > 0 {
				return fault.Newf(fault.Conflict, "The books or the audit chain do not hold in %d places; payouts are paused.", n)
			}
			return nil
		})
	}
}

func reconcile(set *flag.FlagSet) func(context.Context, *session, []string) error {
	rail := set.String("rail", "", "only this one")
	asJSON := set.Bool("json", false, "print JSON")
	return func(ctx context.Context, s *session, args []string) error {
		if len(args) > 0 {
			return usagef("unexpected %q", args[0])
		}
		return with(ctx, s, func(a *app.App) error {
			rows, err := a.Reconcile(ctx, *rail)
			if *asJSON {
				err = errors.Join(err, printJSON(s.stdout, rows))
			} else {
				err = errors.Join(err, table(s.stdout, func(w io.Writer) {
					for _, r := range rows {
						if r.Account == "" {
							fmt.Fprintf(w, "%s\toff: nothing to compare with\n", r.Rail)
							continue
						}
						fmt.Fprintf(w, "%s\t%s\t%d payouts here, %d effects there\t%d do not fit, %d cases opened\n", r.Rail, r.Account, r.Payouts, r.Effects, r.Discrepancies, r.Opened)
					}
				}))
			}
			if err != nil {
				return err
			}
			var wrong int64
			for _, r := range rows {
				wrong += r.Discrepancies
			}
			if wrong > 0 {
				return fault.Newf(fault.Conflict, "Books and rails differ in %d places. Look into the cases on the page of rewards.", wrong)
			}
			return nil
		})
	}
}

func openapi(*flag.FlagSet) func(context.Context, *session, []string) error {
	return func(_ context.Context, s *session, _ []string) error {
		_, err := s.stdout.Write(api.Document())
		return err
	}
}

func doctor(set *flag.FlagSet) func(context.Context, *session, []string) error {
	asJSON := set.Bool("json", false, "print JSON")
	return func(ctx context.Context, s *session, _ []string) error {
		cfg, _, err := load(s)
		if err != nil {
			return err
		}
		findings := app.Examine(ctx, cfg)
		if *asJSON {
			return printJSON(s.stdout, struct {
				Settings []config.Setting `json:"settings"`
				Checks   []app.Examined   `json:"checks"`
			}{cfg.Describe(), findings})
		}
		bad := 0
		err = table(s.stdout, func(w io.Writer) {
			for _, one := range cfg.Describe() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", one.Name, one.Value, one.Source)
			}
			fmt.Fprintln(w)
			for _, f := range findings {
				mark := "ok"
				if !f.OK {
					mark, bad = "FIX", bad+1
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.Name, f.Detail)
			}
		})
		if err == nil && bad > 0 {
			err = fault.Newf(fault.Conflict, "%d checks need attention.", bad)
		}
		return err
	}
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func table(w io.Writer, fill func(io.Writer)) error {
	t := tabwriter.NewWriter(w, 2, 2, 2, ' ', 0)
	fill(t)
	return t.Flush()
}
