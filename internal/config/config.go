// Package config turns the environment into one validated Config, and refuses settings that are dangerous.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Config is everything that one installation is told from outside. It is made by Load and never changed afterwards.
// Printed, logged or encoded in any form it shows the list of Describe, with secrets masked.
type Config struct {
	// Addr is the listen address, "host:port"; port 0 asks the system for a free one.
	Addr string
	// BaseURL is what links begin with: scheme and host, no slash at the end.
	BaseURL string
	// Base is BaseURL, parsed.
	Base *url.URL
	// DatabaseURL is "sqlite:path" or "postgres://…", as db.Open takes it.
	DatabaseURL string
	DataDir     string
	// Keyring seals and signs under GOODWORD_SECRET_KEY; the key itself is kept nowhere else.
	Keyring *ident.Keyring
	// SMTPURL is "smtp://…" or "smtps://…"; empty means that mail is captured, not sent.
	SMTPURL string
	// MailFrom is one address as net/mail reads it, with or without a name.
	MailFrom string
	// MailReplyTo is one address, or empty.
	MailReplyTo   string
	PostalAddress string
	// DKIMKey is a private key in PEM (RSA or Ed25519), or empty.
	DKIMKey      string
	DKIMSelector string
	// Company is the name on pages and mails until one is set in the console.
	Company string
	// StripeSecretKey is empty when the Stripe rails are off.
	StripeSecretKey string
	// StripeWebhookSecrets holds every signing secret in force; never empty while StripeSecretKey is set.
	StripeWebhookSecrets []string
	// StripeAPIBase is the loopback address of a stand-in, or empty for Stripe itself.
	StripeAPIBase string
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// OIDCIssuer, OIDCClientID and OIDCClientSecret are all set or all empty.
	OIDCIssuer       string
	OIDCClientID     string
	OIDCClientSecret string
	LogLevel         slog.Level
	// Warnings are sentences for the log and `doctor`: not dangerous enough to refuse, too odd to pass over.
	Warnings []string

	settings []Setting
}

// values is the table of names in one place: read by env, checked in check.go, listed by Describe.
// The tag mask says how a value is shown: "secret", "url" (password hidden), or as it is.
type values struct {
	Addr                 string `env:"GOODWORD_ADDR" envDefault:"127.0.0.1:8080"`
	BaseURL              string `env:"GOODWORD_BASE_URL" envDefault:"http://localhost:8080"`
	DatabaseURL          string `env:"GOODWORD_DATABASE_URL" mask:"url"`
	DataDir              string `env:"GOODWORD_DATA_DIR" envDefault:"data"`
	SecretKey            string `env:"GOODWORD_SECRET_KEY" mask:"secret"`
	SMTPURL              string `env:"GOODWORD_SMTP_URL" mask:"url"`
	MailFrom             string `env:"GOODWORD_MAIL_FROM"`
	MailReplyTo          string `env:"GOODWORD_MAIL_REPLY_TO"`
	PostalAddress        string `env:"GOODWORD_POSTAL_ADDRESS"`
	DKIMKey              string `env:"GOODWORD_DKIM_KEY" mask:"secret"`
	DKIMSelector         string `env:"GOODWORD_DKIM_SELECTOR" envDefault:"goodword"`
	Company              string `env:"GOODWORD_COMPANY" envDefault:"Your company"`
	StripeSecretKey      string `env:"GOODWORD_STRIPE_SECRET_KEY" mask:"stripe"`
	StripeWebhookSecrets string `env:"GOODWORD_STRIPE_WEBHOOK_SECRET" mask:"secret"`
	StripeAPIBase        string `env:"GOODWORD_STRIPE_API_BASE"`
	TrustedProxies       string `env:"GOODWORD_TRUSTED_PROXIES"`
	OIDCIssuer           string `env:"GOODWORD_OIDC_ISSUER"`
	OIDCClientID         string `env:"GOODWORD_OIDC_CLIENT_ID"`
	OIDCClientSecret     string `env:"GOODWORD_OIDC_CLIENT_SECRET" mask:"secret"`
	LogLevel             string `env:"GOODWORD_LOG" envDefault:"info"`
}

// Names returns every setting of Goodword's own in the order of the documentation. Each also works as NAME_FILE.
func Names() []string {
	t := reflect.TypeFor[values]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("env")
	}
	return names
}

// Load reads "NAME=value" pairs, usually os.Environ(), and makes sure of the data directory and its secret key.
// It returns Invalid with one problem per wrong setting, each with what to do about it; nothing is written then.
func Load(environ []string) (*Config, error) {
	var check fault.Check
	set, sources := settingsOf(environ, &check)
	var v values
	if err := env.ParseWithOptions(&v, env.Options{Environment: set}); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	c := &Config{}
	c.check(v, &check)
	if _, given := sources["GOODWORD_SECRET_KEY"]; given {
		c.checkSecretKey(v.SecretKey, &check)
	}
	c.Warnings = append(c.Warnings, unknown(environ)...)
	if err := refusal(&check); err != nil {
		return nil, err
	}
	if c.Keyring == nil {
		c.keepSecretKey(&check)
		if err := refusal(&check); err != nil {
			return nil, err
		}
		sources["GOODWORD_SECRET_KEY"] = keyFile(c.DataDir)
		v.SecretKey = "generated"
	}
	v.DatabaseURL, v.MailFrom = c.DatabaseURL, c.MailFrom
	c.settings = describe(v, set, sources)
	return c, nil
}

func refusal(check *fault.Check) error {
	if err := check.Err(); err != nil {
		f := fault.As(err)
		f.Message = "These settings are refused."
		return f
	}
	return nil
}

// settingsOf picks our names out of the environment and reads the files of NAME_FILE.
// Blank values count as not set, except for the secret key: that one is never blank on purpose.
func settingsOf(environ []string, check *fault.Check) (set, sources map[string]string) {
	all := make(map[string]string, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			all[name] = value
		}
	}
	set, sources = map[string]string{}, map[string]string{}
	for _, name := range Names() {
		value, given := all[name]
		value = strings.TrimSpace(value)
		if given && (value != "" || name == "GOODWORD_SECRET_KEY") {
			set[name], sources[name] = value, "environment"
		}
		path := all[name+"_FILE"]
		if path == "" {
			continue
		}
		if sources[name] != "" {
			check.Add(name, "Set "+name+" or "+name+"_FILE, not both.")
			continue
		}
		content, err := readSmall(path)
		if err != nil {
			check.Add(name+"_FILE", "The file cannot be read ("+err.Error()+"). Check the path and who may read it.")
			continue
		}
		set[name], sources[name] = strings.TrimSpace(content), "file "+path
	}
	for name, value := range all {
		if strings.HasPrefix(name, "OTEL_") && value != "" {
			set[name], sources[name] = value, "environment"
		}
	}
	return set, sources
}

// unknown warns of names that look like ours and are none: a misspelt setting must not be silently without effect.
func unknown(environ []string) []string {
	known := map[string]bool{}
	for _, n := range Names() {
		known[n], known[n+"_FILE"] = true, true
	}
	var warnings []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "GOODWORD_") && !strings.HasPrefix(name, "GOODWORD_TEST_") && !known[name] {
			warnings = append(warnings, name+" is not a setting of Goodword. Check its spelling; it has no effect.")
		}
	}
	return warnings
}

// SQLite reports whether the database is a file of this machine.
func (c *Config) SQLite() bool { return strings.HasPrefix(c.DatabaseURL, "sqlite:") }

// HTTPS reports whether people reach the installation over TLS.
func (c *Config) HTTPS() bool { return c.Base.Scheme == "https" }

// Loopback reports whether both the listen address and the base URL belong to this machine alone.
func (c *Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && loopback(host) && loopback(c.Base.Hostname())
}

// DevMail reports whether captured mail may be shown at /dev/mail: no SMTP, everything on loopback, no proxy that
// could make a stranger look local.
func (c *Config) DevMail() bool {
	return c.SMTPURL == "" && c.Loopback() && len(c.TrustedProxies) == 0
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Logger writes at the configured level: as text to a terminal, as JSON to anything else.
func (c *Config) Logger(out *os.File) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if st, err := out.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
		return slog.New(slog.NewTextHandler(out, o))
	}
	return slog.New(slog.NewJSONHandler(out, o))
}
