package app

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend"
	"goodword/internal/api"
	"goodword/internal/hooks"
	"goodword/internal/pages"
	"goodword/internal/web"
)

// proxyLag is the time that a proxy may need to notice that /readyz has turned.
const proxyLag = 2 * time.Second

// handler puts the audiences side by side.
func (a *App) handler() error {
	cfg := a.Config
	lag := proxyLag
	if cfg.Loopback() {
		lag = 0
	}
	a.Ready = web.NewReadiness(a.log, lag,
		web.Check{Name: "database", Run: func(ctx context.Context) error { return a.DB.PingContext(ctx) }},
		web.Check{Name: "disk", Run: func(context.Context) error { return writable(cfg.DataDir) }},
		web.Check{Name: "clock", Run: func(context.Context) error {
			if !a.skew.ok() {
				return fmt.Errorf("more than %s away from the database's", maxSkew)
			}
			return nil
		}})
	dist, err := fs.Sub(frontend.Console, "console/dist")
	if err != nil {
		return fmt.Errorf("read console: %w", err)
	}
	console, err := web.SPA(dist, "The console is not built into this binary. Run: make console")
	if err != nil {
		return fmt.Errorf("read console: %w", err)
	}
	limits, cookies := web.NewLimits(wall), web.NewCookies(cfg)
	site, err := pages.New(pages.Deps{
		Config: cfg, DB: a.DB, Clock: a.Now, Wall: wall, Settings: a.Settings, Staff: a.Staff,
		Customers: a.Customers, Campaigns: a.Campaigns, Invitations: a.Invitations, Introductions: a.Introductions,
		Testimonials: a.Testimonials, Rewards: a.Rewards, Payees: a.Payees, Visits: a.Visits, Captured: a.Captured,
		Mails: a.mails, Identity: a.identity,
	})
	if err != nil {
		return err
	}
	metrics := web.NewMetrics()
	metrics.Figures(a.figures)
	e := web.New(web.Options{Config: cfg, Logger: a.log, Ready: a.Ready, Metrics: metrics, MaxBody: api.MaxBody,
		ErrorPage: site.Error})
	e.GET("/console", func(c echo.Context) error { return web.SeeOther(c, "/console/") })
	e.GET("/console/*", console)
	site.Routes(e)
	api.Mount(e, api.Deps{
		DB: a.DB, Keys: cfg.Keyring, Logger: a.log, Mails: a.mails, Identity: a.identity, Clock: a.Now, Wall: wall, BaseURL: cfg.BaseURL, Cookies: cookies, Limits: limits,
		Stopping: a.Ready.Stopping(), Installation: a.installation(), Settings: a.Settings, Staff: a.Staff, Tasks: a.Tasks,
		Imports: a.Imports, Customers: a.Customers, Campaigns: a.Campaigns, Invitations: a.Invitations, Introductions: a.Introductions,
		Testimonials: a.Testimonials, Rewards: a.Rewards, Risk: a.Risk, Reports: a.Reports,
	})
	hooks.Routes(e, a.Billing)
	if a.opts.Demo && a.opts.Sim != nil && cfg.DevMail() {
		show, act := a.play(site.Styles())
		e.GET("/dev/play", show, web.LoopbackOnly)
		e.POST("/dev/play", act, web.LoopbackOnly)
	}
	a.Handler = e
	return nil
}

func (a *App) installation() api.Installation {
	i := api.Installation{Version: a.opts.Version, Mail: "smtp", Stripe: "off", Demo: a.opts.Demo}
	if i.Version == "" {
		i.Version = "unknown"
	}
	if a.Captured != nil {
		i.Mail = "captured"
	}
	switch key := a.Config.StripeSecretKey; {
	case key == "":
	case a.Config.StripeAPIBase != "":
		i.Stripe = "simulated"
	case strings.Contains(key, "_live_"):
		i.Stripe = "live"
	default:
		i.Stripe = "test"
	}
	return i
}
