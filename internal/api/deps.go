package api

import (
	"log/slog"
	"reflect"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// Deps is what the API needs. Every field is required.
type Deps struct {
	DB   *db.DB
	Keys *ident.Keyring
	// Logger takes what goes wrong beside an answer.
	Logger *slog.Logger
	// Clock is the business clock; Wall is the time on the wall, for the life of idempotency keys.
	Clock func() time.Time
	Wall  func() time.Time
	// BaseURL is what links begin with, without a slash at its end.
	BaseURL string
	Cookies web.Cookies
	Limits  *web.Limits
	// Stopping ends the streams when the process stops.
	Stopping <-chan struct{}
	// Mails renders previews, as Identity.
	Mails    *mail.Renderer
	Identity func() mail.Identity
	// Installation is what the settings page says of the configuration.
	Installation Installation

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
	Reports       *report.Service
}

// Installation says how this installation was configured, without secrets.
type Installation struct {
	// Version is the program's.
	Version string
	// Mail is "captured" or "smtp".
	Mail string
	// Stripe is "off", "simulated", "test" or "live".
	Stripe string
	// Demo is true for the demonstration with invented data.
	Demo bool
}

// check panics, naming the first dependency that is missing.
func (d Deps) check() {
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Cookies" {
			panic("api: Deps." + name + " is missing")
		}
	}
}
