package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"time"

	"goodword/internal/app"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/config"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/staff"
)

const (
	secretKey     = "a-key-for-measuring-that-protects-nothing-0123456789"
	webhookSecret = "whsec_for_measuring_only_0123456789"
)

// installation is a Goodword with people in it, which can be started again and again.
type installation struct {
	engine, dir, url string
	// database is the address as Goodword takes it, file or address as the yardstick does.
	database, file string
	environ        []string
	cfg            *config.Config

	// prospects and customers are tokens of private links, hashes those of the prospects' as they are stored; placements are codes.
	prospects, customers, hashes, placements []string
	// introductions are the ids of those behind the prospects' links.
	introductions []string
}

var engines = []string{"postgres", "sqlite"}

// install makes an installation with as many introductions and placements.
func (b *bench) install(ctx context.Context, engine, name string, introductions, placements int) (*installation, error) {
	in, err := b.empty(ctx, engine, name)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	a, err := app.New(ctx, in.cfg, app.Options{Log: log, NoSweeps: true})
	if err != nil {
		return nil, err
	}
	if err = in.fill(ctx, a, introductions, placements); err == nil {
		err = settle(ctx, a)
	}
	if err = errors.Join(err, a.Close()); err != nil {
		return nil, fmt.Errorf("fill %s: %w", name, err)
	}
	if engine == "postgres" {
		return in, b.postgres.exec(ctx, name, "VACUUM ANALYZE", "CHECKPOINT")
	}
	return in, nil
}

// empty makes an installation without a table in its database.
func (b *bench) empty(ctx context.Context, engine, name string) (*installation, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	in := &installation{engine: engine, dir: filepath.Join(b.dir, engine+"-"+name), url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return nil, err
	}
	in.file = filepath.Join(in.dir, "goodword.db")
	in.database = "sqlite:" + in.file
	if engine == "postgres" {
		in.file = b.postgres.address(name)
		in.database = in.file
		if err := b.postgres.exec(ctx, "postgres", "CREATE DATABASE "+name); err != nil {
			return nil, err
		}
	}
	in.environ = []string{
		"GOODWORD_ADDR=127.0.0.1:" + fmt.Sprint(port), "GOODWORD_BASE_URL=" + in.url, "GOODWORD_DATA_DIR=" + in.dir,
		"GOODWORD_DATABASE_URL=" + in.database, "GOODWORD_SECRET_KEY=" + secretKey, "GOODWORD_COMPANY=Brightwater",
		"GOODWORD_POSTAL_ADDRESS=12 Mill Lane, Bristol", "GOODWORD_STRIPE_SECRET_KEY=sk_test_measuring",
		"GOODWORD_STRIPE_WEBHOOK_SECRET=" + webhookSecret,
		// Nothing answers there: no payout is on its way.
		"GOODWORD_STRIPE_API_BASE=http://127.0.0.1:9",
		// The load comes from many addresses, as visitors do.
		"GOODWORD_TRUSTED_PROXIES=127.0.0.1/32",
	}
	in.cfg, err = config.Load(in.environ)
	return in, err
}

func (in *installation) fill(ctx context.Context, a *app.App, introductions, placements int) error {
	who := audit.System("bench")
	rep, _, err := a.Staff.Add(ctx, who, staff.NewMember{Name: "Rosa Winter", Email: "rosa@brightwater.example", Role: staff.Rep})
	if err != nil {
		return err
	}
	t, _ := campaign.TemplateByKey("order_placed")
	plan := t.Plan
	plan.Trigger, plan.OwnerID = campaign.Trigger{Kind: campaign.TriggerNow}, rep.ID
	plan.Audience = campaign.Audience{Filter: &customer.Filter{Q: "nobody is called that"}}
	c, err := a.Campaigns.Create(ctx, who, plan)
	if err != nil {
		return err
	}
	if c, err = a.Campaigns.Launch(ctx, who, c.ID); err != nil {
		return err
	}
	var authors []introduction.Author
	for n := range connections {
		made, err := a.Customers.Create(ctx, who, customer.Draft{FirstName: "Ana", LastName: "Kovač", Email: fmt.Sprintf("ana%d@delta.example", n),
			Company: fmt.Sprintf("Delta Logistics %d", n), Country: "GB", OwnerID: rep.ID})
		if err != nil {
			return err
		}
		inv, link, err := a.Invitations.Create(ctx, who, c.ID, made.ID, invitation.ByLink)
		if err != nil {
			return err
		}
		in.customers = append(in.customers, last(link))
		row, err := a.Customers.Links.Find(ctx, a.DB, customer.Subject{Purpose: customer.ForCustomer, InvitationID: inv.ID})
		if err != nil {
			return err
		}
		authors = append(authors, introduction.Author{CustomerID: made.ID, InvitationID: inv.ID, OfferID: inv.OfferID, CampaignID: c.ID, LinkID: row.ID})
	}
	for n := range introductions {
		row, err := a.Introductions.Submit(ctx, authors[n%len(authors)], introduction.Submission{FirstName: "Ben",
			Note: "They got our warehouse running in a week. You two should talk.", Channel: "whatsapp"})
		if err != nil {
			return err
		}
		link, err := a.Introductions.ProspectURL(ctx, row.ID)
		if err != nil {
			return err
		}
		in.prospects = append(in.prospects, last(link))
		in.introductions = append(in.introductions, row.ID)
	}
	for n := range placements {
		p, err := a.Campaigns.AddPlacement(ctx, who, c.ID, fmt.Sprintf("Poster %d", n))
		if err != nil {
			return err
		}
		in.placements = append(in.placements, p.Code)
	}
	return a.DB.NewRaw("SELECT token_hash FROM private_link WHERE purpose = 'prospect' ORDER BY id").Scan(ctx, &in.hashes)
}

// settle lets everything be worked that filling has caused, so that no round has more to do in the background than another.
func settle(ctx context.Context, a *app.App) error {
	if err := a.Start(ctx); err != nil {
		return err
	}
	err := a.Work(ctx)
	if err == nil {
		err = a.Sweep(ctx, 10)
	}
	return errors.Join(err, a.Stop(ctx))
}

func last(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// open lets the benchmark look into the database while no server runs on it.
func (in *installation) open(ctx context.Context) (*db.DB, error) { return db.Open(ctx, in.database) }

func (in *installation) count(ctx context.Context, table, where string) (n int, err error) {
	d, err := in.open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return n, d.NewRaw("SELECT count(*) FROM "+table+" WHERE "+where).Scan(ctx, &n)
}

// warm is how long a server is used before it is measured.
func (b *bench) warm() time.Duration { return b.length / 4 }

// serveAndLoad starts one side, warms it up, measures it and stops it. It returns how many requests were answered in all.
func (b *bench) serveAndLoad(ctx context.Context, start func(context.Context) (*server, error), with func(*server) (load, error)) (h half, answered int, err error) {
	s, err := start(ctx)
	if err != nil {
		return h, 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	l, err := with(s)
	if err != nil {
		return h, 0, err
	}
	warmed := 0
	if l.most == 0 {
		if _, warmed, err = l.run(ctx, b.warm()); err != nil {
			return h, 0, err
		}
		began := l.request
		// The measured part goes on where the warm-up ended, so that no request is sent twice.
		l.request = func(c, n int) []byte { return began(c, n+warmed) }
	}
	before, err := s.cpu()
	if err != nil {
		return h, 0, err
	}
	if h, answered, err = l.run(ctx, b.length); err != nil {
		return h, 0, err
	}
	after, err := s.cpu()
	h.cpu = (after - before) / time.Duration(answered)
	return h, answered + warmed, err
}

func (b *bench) yardstickOn(in *installation, args ...string) func(context.Context) (*server, error) {
	return func(ctx context.Context) (*server, error) {
		return b.startYardstick(ctx, append([]string{"-engine", in.engine, "-db", in.file, "-secret", webhookSecret}, args...)...)
	}
}

func (b *bench) productOn(in *installation) func(context.Context) (*server, error) {
	return func(ctx context.Context) (*server, error) { return b.startProduct(ctx, in, "/livez") }
}
