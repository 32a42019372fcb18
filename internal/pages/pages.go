// Package pages answers what customers and prospects open in a browser: the private pages behind their links, the public
// pages of share links and placements, QR images, unsubscribing, and the captured mail of developers.
package pages

import (
	"fmt"
	"io/fs"
	"sync"
	"time"

	"goodword/frontend"
	"goodword/internal/billing"
	"goodword/internal/campaign"
	"goodword/internal/config"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/reward"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// Deps is what Pages needs. Every field is required unless said otherwise.
type Deps struct {
	Config *config.Config
	DB     *db.DB
	// Clock is the business clock, Wall the machine's: forms and limits are measured by the latter.
	Clock, Wall   func() time.Time
	Settings      *setting.Service
	Staff         *staff.Service
	Customers     *customer.Service
	Campaigns     *campaign.Service
	Invitations   *invitation.Service
	Introductions *introduction.Service
	Testimonials  *testimonial.Service
	Rewards       *reward.Service
	Payees        *billing.Payees
	Visits        *event.Visits
	// Captured is the mailbox behind /dev/mail; nil where mail is really sent.
	Captured *mail.Capture
	// Mails renders the samples beside it, as Identity.
	Mails    *mail.Renderer
	Identity func() mail.Identity
}

// Pages holds the handlers. It is safe for concurrent use.
type Pages struct {
	Deps
	assets  *web.Assets
	script  string
	nonces  *web.Nonces
	sealer  *web.Sealer
	limits  *web.Limits
	cookies web.Cookies
	qr      *qrCache
	once    *once
	warms   *warmCache
	cards   cardCache
	// looks holds a look by colour, zones a *time.Location by name.
	looks, zones sync.Map
}

// New returns the Pages. It panics if a dependency is missing.
func New(d Deps) (*Pages, error) {
	for name, missing := range map[string]bool{
		"Config": d.Config == nil, "DB": d.DB == nil, "Clock": d.Clock == nil, "Wall": d.Wall == nil, "Settings": d.Settings == nil, "Staff": d.Staff == nil,
		"Customers": d.Customers == nil, "Campaigns": d.Campaigns == nil, "Invitations": d.Invitations == nil,
		"Introductions": d.Introductions == nil, "Testimonials": d.Testimonials == nil, "Rewards": d.Rewards == nil, "Payees": d.Payees == nil,
		"Visits": d.Visits == nil, "Mails": d.Mails == nil, "Identity": d.Identity == nil,
	} {
		if missing {
			panic("pages.New: Deps." + name + " is missing")
		}
	}
	files, err := fs.Sub(frontend.Assets, "assets")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	p := &Pages{Deps: d, cookies: web.NewCookies(d.Config), nonces: web.NewNonces(d.Config.Keyring, d.Wall),
		sealer: web.NewSealer(d.Config.Keyring, d.Wall), limits: web.NewLimits(d.Wall), qr: newQRCache(), once: newOnce(), warms: newWarmCache(d.Wall, d.Clock)}
	if p.assets, err = web.NewAssets(files, "/assets/"); err != nil {
		return nil, err
	}
	p.script = p.assets.URL("pages.js")
	return p, nil
}

// now is business time in UTC and microseconds.
func (p *Pages) now() time.Time { return p.Clock().UTC().Truncate(time.Microsecond) }
