// Package app puts the program together: app.New wires every part, workers.go lists everything that runs by itself.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"goodword/emails"
	"goodword/internal/billing"
	"goodword/internal/campaign"
	"goodword/internal/config"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
	"goodword/internal/task"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// Options say how the program is started, beyond its settings.
type Options struct {
	Log *slog.Logger
	// Clock replaces the business clock, for history that is played forward and for tests; nil otherwise.
	Clock func() time.Time
	// NoSweeps leaves dates to calls of Sweep.
	NoSweeps bool
	// MovableClock honours the clock's offset that the demonstration sets; production never does.
	MovableClock bool
	// Version is shown on the settings page.
	Version string
	// Sim is the stand-in for Stripe that the demonstration plays with; nil otherwise.
	Sim *stripesim.Server
	// Demo shows the play page on loopback.
	Demo bool
	// QueueOptions tune the job engine; the zero value is right but for tests.
	QueueOptions queue.Options
}

// App is the running program.
type App struct {
	Config *config.Config
	DB     *db.DB
	Queue  *queue.Queue

	Settings      *setting.Service
	Staff         *staff.Service
	Tasks         *task.Service
	Customers     *customer.Service
	Imports       *customer.Imports
	Campaigns     *campaign.Service
	Invitations   *invitation.Service
	Introductions *introduction.Service
	Testimonials  *testimonial.Service
	Rewards       *reward.Service
	Risk          *risk.Service
	Billing       *billing.Events
	Payees        *billing.Payees
	Reports       *report.Service
	Visits        *event.Visits
	// Captured is the mailbox when no mail server is configured; nil otherwise.
	Captured *mail.Capture
	Mail     *mail.Outbox

	// Handler serves everything.
	Handler http.Handler
	Ready   *web.Readiness

	mails  *mail.Renderer
	opts   Options
	log    *slog.Logger
	clock  *clock
	skew   *skew
	sweeps []sweep
	close  []func() error

	running context.CancelFunc
	done    sync.WaitGroup
}

// New opens the database, brings it up to date and wires every part. Nothing runs before Start.
func New(ctx context.Context, cfg *config.Config, o Options) (_ *App, err error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	a := &App{Config: cfg, opts: o, log: o.Log, clock: &clock{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()

	if a.DB, err = db.Open(ctx, cfg.DatabaseURL); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	a.close = append(a.close, a.DB.Close)
	if err = a.DB.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("migrate database: %w", err)
	}
	a.skew = &skew{db: a.DB}
	if o.QueueOptions.Logger == nil {
		o.QueueOptions.Logger = o.Log
	}
	if a.Queue, err = queue.New(a.DB, o.QueueOptions); err != nil {
		return nil, err
	}

	a.Settings = setting.New(setting.Deps{DB: a.DB, Clock: wall, Defaults: a.defaults()})
	if o.MovableClock {
		offset, err := a.Settings.ClockOffset(ctx)
		if err != nil {
			return nil, err
		}
		a.clock.offset.Store(int64(offset))
	}
	if err = a.openMail(); err != nil {
		return nil, err
	}
	if err = a.services(); err != nil {
		return nil, err
	}
	a.jobs()
	if err = a.handler(); err != nil {
		return nil, err
	}
	return a, nil
}

// Now returns the business time.
func (a *App) Now() time.Time {
	if a.opts.Clock != nil {
		return a.opts.Clock()
	}
	return a.clock.Now()
}

func (a *App) defaults() setting.Settings {
	s := setting.Defaults()
	s.Company = a.Config.Company
	s.PostalAddress = a.Config.PostalAddress
	return s
}

// openMail sends through the mail server, or keeps mail in the data folder where none is configured.
func (a *App) openMail() error {
	var err error
	if a.mails, err = mail.NewRenderer(emails.FS); err != nil {
		return fmt.Errorf("read mail templates: %w", err)
	}
	var transport mail.Transport
	if a.Config.SMTPURL == "" {
		if a.Captured, err = mail.NewCapture(filepath.Join(a.Config.DataDir, "mail")); err != nil {
			return fmt.Errorf("open captured mail: %w", err)
		}
		transport = a.Captured
	} else {
		smtp, err := mail.NewSMTP(mail.SMTPOptions{URL: a.Config.SMTPURL, Hello: a.Config.Base.Hostname(),
			DKIMKey: a.Config.DKIMKey, DKIMSelector: a.Config.DKIMSelector})
		if err != nil {
			return fmt.Errorf("set up mail: %w", err)
		}
		a.close = append(a.close, smtp.Close)
		transport = smtp
	}
	a.Mail = mail.NewOutbox(mail.Options{DB: a.DB, Renderer: a.mails, Transport: transport, Keys: a.Config.Keyring,
		Identity: a.identity, Now: a.Now})
	return nil
}

// identity is who writes, as the settings say at this moment.
func (a *App) identity() mail.Identity {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := a.Settings.Get(ctx)
	if err != nil {
		// A mail with the configured name is better than none; the address for marketing is then missing, which stops it.
		a.log.Error("the settings could not be read for a mail", "error", err)
		s = a.defaults()
	}
	return mail.Identity{Company: s.Company, PostalAddress: s.PostalAddress, FromEmail: a.Config.MailFrom,
		ReplyTo: mail.Address{Name: s.From(), Email: a.Config.MailReplyTo}, BaseURL: a.Config.BaseURL, BrandColor: s.BrandColor}
}

// services builds the business from the bottom up. Where a lower package needs one above, it gets a function that looks
// it up when it is called, long after everything is there.
func (a *App) services() error {
	cfg, keys := a.Config, a.Config.Keyring
	stop := a.Mail.StopList()

	a.Visits = event.NewVisits(a.DB, a.Now)
	a.Tasks = task.NewService(task.Deps{DB: a.DB, Clock: a.Now})
	a.Staff = staff.New(staff.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Wall: wall, Keys: keys, Mail: a.Mail, BaseURL: cfg.BaseURL,
		HandOvers: []staff.HandOver{
			func(ctx context.Context, tx db.Tx, from, to string) error {
				return a.Customers.HandOver(ctx, tx, from, to)
			},
			func(ctx context.Context, tx db.Tx, from, to string) error {
				return a.Campaigns.HandOver(ctx, tx, from, to)
			},
			introduction.HandOver,
			a.Tasks.HandOver,
		}})
	a.Customers = customer.New(customer.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Keys: keys, Mail: a.Mail, StopList: stop,
		BaseURL: cfg.BaseURL, Erasers: []customer.Eraser{
			func(ctx context.Context, tx db.Tx, id string) error { return a.Invitations.Erase(ctx, tx, id) },
			func(ctx context.Context, tx db.Tx, id string) error { return a.Introductions.Erase(ctx, tx, id) },
			func(ctx context.Context, tx db.Tx, id string) error { return a.Testimonials.Erase(ctx, tx, id) },
			func(ctx context.Context, tx db.Tx, id string) error { return a.Rewards.EraseAccount(ctx, tx, id) },
			func(ctx context.Context, tx db.Tx, id string) error { return a.Risk.Erase(ctx, tx, id) },
		}})
	a.Imports = customer.NewImports(customer.ImportDeps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Staff: a.Staff, DataDir: cfg.DataDir})
	a.Invitations = invitation.New(invitation.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Mail: a.Mail,
		BaseURL: cfg.BaseURL, Settings: a.Settings, Staff: a.Staff, Customers: a.Customers})
	a.Campaigns = campaign.New(campaign.Deps{DB: a.DB, Clock: a.Now, BaseURL: cfg.BaseURL, Outreach: a.Invitations})

	a.Risk = risk.New(risk.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Keys: keys, Settings: a.Settings, Staff: a.Staff, Customers: a.Customers})
	stripe := stripeClient(cfg)
	a.Rewards = reward.New(reward.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Keys: keys, Mail: a.Mail, BaseURL: cfg.BaseURL,
		Settings: a.Settings, Staff: a.Staff, Customers: a.Customers, Rails: stripe.Rails(), ClockOK: a.skew.ok, Checks: a.Risk,
		HeadsFile: filepath.Join(cfg.DataDir, headsFile)})
	a.Introductions = introduction.New(introduction.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Keys: keys, Mail: a.Mail,
		StopList: stop, BaseURL: cfg.BaseURL, Settings: a.Settings, Staff: a.Staff, Tasks: a.Tasks, Customers: a.Customers,
		Campaigns: a.Campaigns, Invitations: a.Invitations, Earnings: a.Rewards.Earnings(), Checks: a.Risk})
	a.Testimonials = testimonial.New(testimonial.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Mail: a.Mail, BaseURL: cfg.BaseURL,
		Settings: a.Settings, Staff: a.Staff, Customers: a.Customers, Campaigns: a.Campaigns, Invitations: a.Invitations,
		Earnings: a.Rewards.TestimonialEarnings()})
	a.Payees = billing.NewPayees(stripe, a.Rewards, cfg.BaseURL, a.Now)
	a.Billing = billing.NewEvents(billing.Deps{DB: a.DB, Queue: a.Queue, Clock: a.Now, Wall: wall, Client: stripe,
		Secrets: append([]string{}, cfg.StripeWebhookSecrets...), Customers: a.Customers, Introductions: a.Introductions,
		Rewards: a.Rewards, Payees: a.Payees, SawCard: a.Risk.SawCard, Logger: a.log})
	a.Reports = report.New(report.Deps{DB: a.DB, Clock: a.Now})
	return nil
}

func stripeClient(cfg *config.Config) *billing.Client {
	return billing.NewClient(billing.ClientOptions{Key: cfg.StripeSecretKey, APIBase: cfg.StripeAPIBase})
}

// Start begins to work jobs, sweeps and batched writes. Stop ends them.
func (a *App) Start(ctx context.Context) error {
	ctx, a.running = context.WithCancel(context.WithoutCancel(ctx))
	if err := a.skew.look(ctx); err != nil {
		a.log.Warn("the clock could not be compared with the database's", "error", err)
	}
	a.done.Go(func() {
		if err := a.Visits.Run(ctx); err != nil {
			a.log.Error("visits", "error", err)
		}
	})
	if a.opts.MovableClock {
		a.done.Go(func() { a.clock.follow(ctx, a.Settings.ClockOffset, a.log) })
	}
	return nil
}

// Work begins to work jobs and sweeps in this process, after Start.
func (a *App) Work(ctx context.Context) error {
	if err := a.Queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	if a.opts.NoSweeps {
		return nil
	}
	sweeping, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := a.running
	a.running = func() { cancel(); stop() }
	a.done.Go(func() { a.sweepForever(sweeping) })
	return nil
}

// Stop waits for what is running, at most until ctx ends: sweeps first, then jobs, then batched writes.
func (a *App) Stop(ctx context.Context) error {
	err := a.Queue.Stop(ctx)
	if a.running != nil {
		a.running()
		a.done.Wait()
	}
	return err
}

// Close gives everything back that New opened; Stop comes first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.close) - 1; i >= 0; i-- {
		errs = append(errs, a.close[i]())
	}
	return errors.Join(errs...)
}
