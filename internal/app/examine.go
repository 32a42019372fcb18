package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"goodword/internal/config"
	"goodword/internal/db"
	"goodword/internal/mail"
	"goodword/internal/reward"
)

// Examined is one thing that doctor has looked at.
type Examined struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// least is how much room the data folder's disk should have.
const least = 1 << 30

// Examine looks at what an installation needs: database, migrations, clock, disk, mail, Stripe. It changes nothing.
func Examine(ctx context.Context, cfg *config.Config) []Examined {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var out []Examined
	add := func(name string, err error, ok string) {
		e := Examined{Name: name, OK: err == nil, Detail: ok}
		if err != nil {
			e.Detail = err.Error()
		}
		out = append(out, e)
	}
	for _, w := range cfg.Warnings {
		out = append(out, Examined{Name: "configuration", Detail: w})
	}
	out = append(out, examineDatabase(ctx, cfg)...)
	free, err := freeBytes(cfg.DataDir)
	if err == nil && free < least {
		err = fmt.Errorf("%d MiB are left where %s is; backups and uploads need room", free>>20, cfg.DataDir)
	}
	add("disk", err, fmt.Sprintf("%d GiB free", free>>30))
	add("data folder", writable(cfg.DataDir), "can be written")
	if cfg.SMTPURL == "" {
		detail := "no mail server is set: mail is captured, not sent"
		if cfg.DevMail() {
			detail += "; read it at /dev/mail"
		}
		out = append(out, Examined{Name: "mail", OK: true, Detail: detail})
	} else {
		add("mail", checkMail(ctx, cfg), "the mail server answers")
	}
	if cfg.PostalAddress == "" {
		out = append(out, Examined{Name: "postal address", Detail: "set GOODWORD_POSTAL_ADDRESS or the address in the settings: campaigns are not mailed without"})
	}
	if cfg.StripeSecretKey == "" {
		out = append(out, Examined{Name: "stripe", OK: true, Detail: "off: the rails that need it say so"})
	} else {
		add("stripe", stripeClient(cfg).Check(ctx), "the key works")
	}
	return out
}

func examineDatabase(ctx context.Context, cfg *config.Config) (out []Examined) {
	d, err := db.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return []Examined{{Name: "database", Detail: err.Error()}}
	}
	defer func() {
		if err := d.Close(); err != nil {
			out = append(out, Examined{Name: "database", Detail: err.Error()})
		}
	}()
	list, err := d.MigrationStatus(ctx)
	if err != nil {
		return []Examined{{Name: "database", Detail: err.Error()}}
	}
	open := 0
	for _, m := range list {
		if m.AppliedAt.IsZero() {
			open++
		}
	}
	out = append(out, Examined{Name: "database", OK: true, Detail: string(d.Engine())})
	out = append(out, Examined{Name: "migrations", OK: open == 0, Detail: fmt.Sprintf("%d applied, %d to come (goodword migrate)", len(list)-open, open)})
	out = append(out, examineBooks(ctx, d, open == 0))
	s := &skew{db: d}
	if err := s.look(ctx); err != nil {
		return append(out, Examined{Name: "clock", Detail: err.Error()})
	}
	detail := "agrees with the database's"
	if !s.ok() {
		detail = "is more than a minute away from the database's: payouts stand still until both agree"
	}
	return append(out, Examined{Name: "clock", OK: s.ok(), Detail: detail})
}

// bookAge is how old the newest proof may be: one night may fail, two may not.
const bookAge = 50 * time.Hour

// examineBooks says when the books were last proven.
func examineBooks(ctx context.Context, d *db.DB, migrated bool) Examined {
	e := Examined{Name: "books"}
	if !migrated {
		e.Detail = "cannot be looked at before the migrations are applied"
		return e
	}
	g, err := reward.GuardOf(ctx, d)
	if err != nil {
		e.Detail = err.Error()
		return e
	}
	age := wall().Sub(g.Last.FinishedAt)
	switch {
	case g.Last.ID == "":
		e.OK, e.Detail = true, "not proven yet; goodword verify does it at once, goodword serve once a day"
	case g.Last.Findings > 0:
		e.Detail = fmt.Sprintf("did not hold at %s in %d places, the first: %s. Run goodword verify", g.Last.FinishedAt.UTC().Format(time.RFC3339), g.Last.Findings, g.Last.Detail)
	case age > bookAge:
		e.Detail = fmt.Sprintf("were last proven at %s, which should happen daily: look for the job reward.prove in the log", g.Last.FinishedAt.UTC().Format(time.RFC3339))
	default:
		e.OK, e.Detail = true, fmt.Sprintf("proven at %s: %d journals, %d rewards, no finding", g.Last.FinishedAt.UTC().Format(time.RFC3339), g.Last.Journals, g.Last.Rewards)
	}
	return e
}

func checkMail(ctx context.Context, cfg *config.Config) error {
	smtp, err := mail.NewSMTP(mail.SMTPOptions{URL: cfg.SMTPURL, Hello: cfg.Base.Hostname(), DKIMKey: cfg.DKIMKey, DKIMSelector: cfg.DKIMSelector})
	if err != nil {
		return err
	}
	if err := smtp.Check(ctx); err != nil {
		return err
	}
	return smtp.Close()
}

func freeBytes(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("look at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, filepath.Base(f.Name())))
}
