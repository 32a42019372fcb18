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
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"goodword/internal/app"
	"goodword/internal/config"
	"goodword/internal/ident"
	"goodword/internal/seed"
	"goodword/internal/stripesim"
)

const (
	demoStripeKey = "sk_test_demonstration"
	demoSecretEnv = "GOODWORD_STRIPE_WEBHOOK_SECRET"
	madeFile      = "demo.json"
)

func demo(set *flag.FlagSet) func(context.Context, *session, []string) error {
	dir := set.String("dir", "", "keep the data in this folder; a throw-away one without")
	addr := set.String("addr", "127.0.0.1:8080", "listen address, on loopback")
	verbose := set.Bool("verbose", false, "show the log")
	return func(ctx context.Context, s *session, args []string) (err error) {
		if len(args) > 0 {
			return usagef("unexpected %q", args[0])
		}
		if *dir == "" {
			if *dir, err = os.MkdirTemp("", "goodword-demo-"); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(*dir)) }()
		}
		if err := os.MkdirAll(*dir, 0o700); err != nil {
			return err
		}
		ln, err := demoListener(ctx, *addr)
		if err != nil {
			return err
		}
		log := slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelError}))
		if *verbose {
			log = slog.New(slog.NewTextHandler(s.stderr, nil))
		}
		slog.SetDefault(log)
		d := demonstration{dir: *dir, ln: ln, log: log, out: s.stdout}
		return d.run(ctx)
	}
}

// demoListener takes the address, or a free port beside it when another program has it.
func demoListener(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usagef("--addr: %v", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("--addr: the demonstration listens on loopback only")
	}
	var listen net.ListenConfig
	ln, err := listen.Listen(ctx, "tcp", addr)
	if err == nil {
		return ln, nil
	}
	return listen.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
}

type demonstration struct {
	dir string
	ln  net.Listener
	log *slog.Logger
	out io.Writer

	past atomic.Pointer[time.Time] // while history is played
	now  atomic.Pointer[func() time.Time]
}

// clock is the stand-in's: history's while it is played, the application's afterwards.
func (d *demonstration) clock() time.Time {
	if t := d.past.Load(); t != nil {
		return *t
	}
	if now := d.now.Load(); now != nil {
		return (*now)()
	}
	return time.Now().UTC()
}

func (d *demonstration) run(ctx context.Context) (err error) {
	base := "http://localhost:" + port(d.ln.Addr())
	sim, err := stripesim.Open(stripesim.Options{Clock: d.clock, Path: filepath.Join(d.dir, "stripe.jsonl"), SecretKey: demoStripeKey,
		WebhookSecret: d.secret(), Seed: 7})
	if err != nil {
		return fmt.Errorf("start the simulated Stripe: %w", err)
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	var listen net.ListenConfig
	simLn, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(simLn) }()
	defer func() {
		err = errors.Join(err, server.Close())
		if serr := <-served; !errors.Is(serr, http.ErrServerClosed) {
			err = errors.Join(err, serr)
		}
	}()

	cfg, err := config.Load([]string{
		"GOODWORD_ADDR=" + d.ln.Addr().String(), "GOODWORD_BASE_URL=" + base, "GOODWORD_DATA_DIR=" + d.dir,
		"GOODWORD_DATABASE_URL=sqlite:" + filepath.Join(d.dir, "goodword.db"),
		"GOODWORD_STRIPE_SECRET_KEY=" + demoStripeKey, demoSecretEnv + "=" + d.secret(),
		"GOODWORD_STRIPE_API_BASE=http://" + simLn.Addr().String(),
		"GOODWORD_COMPANY=Brightwater", "GOODWORD_MAIL_FROM=hello@brightwater.example",
	})
	if err != nil {
		return err
	}
	made, err := d.history(ctx, cfg, sim, "http://"+simLn.Addr().String())
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.Options{Log: d.log, Version: version(), MovableClock: true, Demo: true, Sim: sim})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	now := a.Now
	d.now.Store(&now)
	sim.PointWebhooksAt(base + "/hooks/stripe")
	return a.Serve(ctx, app.Listening{Work: true, Listener: d.ln, Ready: func(net.Addr) {
		sim.Start(ctx)
		d.print(base, made)
	}})
}

// secret signs the stand-in's webhooks. It protects nothing: both ends are this process.
func (d *demonstration) secret() string { return "whsec_demonstration_only_0123456789" }

// history fills an empty folder with a year of it. The links are kept in the folder, so that a kept one can be opened again.
func (d *demonstration) history(ctx context.Context, cfg *config.Config, sim *stripesim.Server, simURL string) (made seed.Made, err error) {
	kept := filepath.Join(d.dir, madeFile)
	if b, err := os.ReadFile(kept); err == nil {
		return made, json.Unmarshal(b, &made)
	}
	end := time.Now().UTC()
	start := end
	d.past.Store(&start)
	a, err := app.New(ctx, cfg, app.Options{Log: d.log, Clock: func() time.Time { return *d.past.Load() }, NoSweeps: true})
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Start(ctx); err != nil {
		return made, err
	}
	if err := a.Work(ctx); err != nil {
		return made, err
	}
	const rounds = 6
	made, err = seed.Demo(ctx, seed.World{
		Services: seed.Services{DB: a.DB, Settings: a.Settings, Staff: a.Staff, Customers: a.Customers, Campaigns: a.Campaigns,
			Invitations: a.Invitations, Introductions: a.Introductions, Testimonials: a.Testimonials, Rewards: a.Rewards, Visits: a.Visits},
		Now:      end,
		SetClock: func(t time.Time) { t = t.UTC(); d.past.Store(&t) },
		Pass:     func(ctx context.Context) error { return a.Sweep(ctx, rounds) },
		StripeCustomer: func(ctx context.Context, email, name string) (string, error) {
			return simCustomer(ctx, simURL, email, name)
		},
		Progress: func(percent int) {
			fmt.Fprintf(d.out, "\rWriting a year of history: %d %%", percent)
		},
	})
	fmt.Fprintln(d.out)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := errors.Join(err, a.Stop(stopping)); err != nil {
		return made, err
	}
	d.past.Store(nil)
	// The mails of the past would bury the ones of the story.
	if err := a.Captured.Clear(); err != nil {
		return made, err
	}
	b, err := json.Marshal(made)
	if err != nil {
		return made, err
	}
	return made, os.WriteFile(kept, b, 0o600)
}

func simCustomer(ctx context.Context, base, email, name string) (string, error) {
	form := url.Values{"email": {email}, "name": {name}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/customers", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(demoStripeKey, "")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", ident.New())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	var made struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.ID == "" {
		return "", fmt.Errorf("the simulated Stripe answered %s: %w", res.Status, err)
	}
	return made.ID, nil
}

func (d *demonstration) print(base string, made seed.Made) {
	w := d.out
	fmt.Fprintf(w, "\nGoodword is running with invented people, captured mail and a simulated Stripe.\n\n")
	fmt.Fprintf(w, "  Console   %s/console/\n", base)
	for _, a := range made.Accounts {
		fmt.Fprintf(w, "            %-30s %s\n", a.Email, a.Role)
	}
	fmt.Fprintf(w, "            password for all: %s\n\n", seed.Password)
	fmt.Fprintf(w, "  Customers, as they would open their link on a phone\n")
	for _, l := range made.Links {
		fmt.Fprintf(w, "            %-24s %s\n", l.Name, l.URL)
	}
	fmt.Fprintf(w, "\n  Mailbox   %s/dev/mail\n", base)
	fmt.Fprintf(w, "  Play      %s/dev/play  (Ben pays, asks for a refund, a week passes, Stripe has a bad day)\n\n", base)
	fmt.Fprintf(w, "Stop with Ctrl C.\n")
}

func port(a net.Addr) string {
	_, p, err := net.SplitHostPort(a.String())
	if err != nil {
		return "8080" // a TCP listener always has one
	}
	return p
}
