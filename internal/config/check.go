package config

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"goodword/internal/fault"
)

// check fills c from v. Messages never repeat a value that may hold a secret.
func (c *Config) check(v values, check *fault.Check) {
	c.checkAddr(v, check)
	c.checkBase(v, check)
	c.DataDir = filepath.Clean(v.DataDir)
	if st, err := os.Stat(c.DataDir); err == nil && !st.IsDir() {
		check.Add("GOODWORD_DATA_DIR", "This is a file. Name a directory.")
	}
	c.checkDatabase(v, check)
	c.checkMail(v, check)
	c.checkCompany(v, check)
	c.checkStripe(v, check)
	c.checkProxies(v, check)
	c.checkOIDC(v, check)
	if err := c.LogLevel.UnmarshalText([]byte(v.LogLevel)); err != nil || strings.ContainsAny(v.LogLevel, "+-") {
		check.Add("GOODWORD_LOG", "Use debug, info, warn or error.")
		c.LogLevel = slog.LevelInfo
	}
}

func (c *Config) checkAddr(v values, check *fault.Check) {
	c.Addr = v.Addr
	host, port, err := net.SplitHostPort(v.Addr)
	if err != nil {
		check.Add("GOODWORD_ADDR", "Write host and port, as in 127.0.0.1:8080.")
		return
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		check.Add("GOODWORD_ADDR", "Listen on an IP address, on localhost, or with no host on all addresses.")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		check.Add("GOODWORD_ADDR", "The port is a number from 0 to 65535.")
	}
}

func (c *Config) checkBase(v values, check *fault.Check) {
	const name = "GOODWORD_BASE_URL"
	c.Base = &url.URL{Scheme: "http", Host: "localhost"}
	u, err := url.Parse(strings.TrimSuffix(v.BaseURL, "/"))
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		check.Add(name, "Write scheme and host, as in https://friends.example.com.")
		return
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		check.Add(name, "Only scheme and host, without path, query or fragment: Goodword needs a host name of its own.")
	}
	if u.User != nil {
		check.Add(name, "Remove the user name and password: they would stand in every link.")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		check.Add(name, "Private links and sign-ins would travel unencrypted. Use https:// (a proxy may end TLS), or localhost for a trial.")
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		check.Add(name, "Write the host in its ASCII form (xn--…).")
	}
	// Browsers leave the usual port out of the Origin header, and we compare with it.
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	c.Base = &url.URL{Scheme: u.Scheme, Host: host}
	c.BaseURL = c.Base.String()
	if listen, _, err := net.SplitHostPort(c.Addr); err == nil && !loopback(listen) && u.Scheme == "http" {
		c.Warnings = append(c.Warnings, "GOODWORD_ADDR is reachable from other machines while GOODWORD_BASE_URL is plain http: fine inside a container with its port on loopback, nowhere else.")
	}
}

func (c *Config) checkDatabase(v values, check *fault.Check) {
	const name = "GOODWORD_DATABASE_URL"
	c.DatabaseURL = v.DatabaseURL
	if v.DatabaseURL == "" {
		c.DatabaseURL = "sqlite:" + filepath.Join(c.DataDir, "goodword.db")
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		switch {
		case path == "" || strings.HasPrefix(path, "//") || strings.Contains(path, "?"):
			check.Add(name, "Write sqlite: and a path, as in sqlite:/var/lib/goodword/goodword.db; the options are ours to set.")
		case strings.Contains(path, ":memory:"):
			check.Add(name, "A database in memory forgets what was promised and paid. Name a file.")
		}
		return
	}
	u, err := url.Parse(c.DatabaseURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		check.Add(name, "Write sqlite:path or postgres://user:password@host:5432/name.")
		return
	}
	host := u.Hostname()
	if host == "" {
		host = u.Query().Get("host")
	}
	if host == "" {
		check.Add(name, "Name the host; without one the driver takes whatever PGHOST or a local socket offers.")
	}
	if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" {
		check.Add(name, "Name the database after the host, as in …@host:5432/goodword.")
	}
	if mode := u.Query().Get("sslmode"); host != "" && !strings.HasPrefix(host, "/") && !loopback(host) && (mode == "disable" || mode == "allow") {
		c.Warnings = append(c.Warnings, "GOODWORD_DATABASE_URL switches TLS off for another machine: acceptable only on a network that nobody else shares.")
	}
}

func (c *Config) checkMail(v values, check *fault.Check) {
	c.SMTPURL, c.MailFrom, c.MailReplyTo, c.PostalAddress = v.SMTPURL, v.MailFrom, v.MailReplyTo, v.PostalAddress
	c.DKIMKey, c.DKIMSelector = strings.ReplaceAll(v.DKIMKey, `\n`, "\n"), v.DKIMSelector
	if v.SMTPURL != "" {
		u, err := url.Parse(v.SMTPURL)
		if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
			check.Add("GOODWORD_SMTP_URL", "Write smtp://user:password@host:587 or smtps://user:password@host:465, with special characters of the password in %-form.")
		} else if pass, ok := u.User.Password(); u.User != nil && (!ok || pass == "" || u.User.Username() == "") {
			check.Add("GOODWORD_SMTP_URL", "Give both user and password, or neither.")
		}
		if v.MailFrom == "" {
			check.Add("GOODWORD_MAIL_FROM", "Mail is sent as soon as GOODWORD_SMTP_URL is set: say from which address.")
		}
		if v.PostalAddress == "" {
			c.Warnings = append(c.Warnings, "GOODWORD_POSTAL_ADDRESS is empty: campaign mails need a postal address in their footer and are refused without one.")
		}
	} else if !c.DevMail() {
		c.Warnings = append(c.Warnings, "GOODWORD_SMTP_URL is empty: mails are only written to the data directory, nobody receives them.")
	}
	if v.MailFrom == "" {
		c.MailFrom = "goodword@" + c.Base.Hostname()
	} else if !oneAddress(v.MailFrom) {
		check.Add("GOODWORD_MAIL_FROM", "Write one address, as in hello@example.com or Example <hello@example.com>.")
	}
	if v.MailReplyTo != "" && !oneAddress(v.MailReplyTo) {
		check.Add("GOODWORD_MAIL_REPLY_TO", "Write one address, as in hello@example.com.")
	}
	if v.DKIMKey != "" && !privateKey(c.DKIMKey) {
		check.Add("GOODWORD_DKIM_KEY", "This is no private RSA or Ed25519 key in PEM form. Easiest is GOODWORD_DKIM_KEY_FILE with the path of the .pem file.")
	}
	if strings.Trim(v.DKIMSelector, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
		check.Add("GOODWORD_DKIM_SELECTOR", "A selector holds letters, digits, dots and dashes only.")
	}
}

// oneAddress also refuses control characters, which would otherwise become mail headers.
func oneAddress(s string) bool {
	_, err := mail.ParseAddress(s)
	return err == nil && !strings.ContainsFunc(s, unicode.IsControl)
}

func privateKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return true
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return false
	}
	switch key.(type) {
	case *rsa.PrivateKey, ed25519.PrivateKey:
		return true
	}
	return false
}

func (c *Config) checkCompany(v values, check *fault.Check) {
	c.Company = v.Company
	if strings.ContainsFunc(v.Company, unicode.IsControl) || len([]rune(v.Company)) > 100 {
		check.Add("GOODWORD_COMPANY", "A name of at most 100 characters on one line.")
	}
}

func (c *Config) checkStripe(v values, check *fault.Check) {
	c.StripeSecretKey, c.StripeAPIBase = v.StripeSecretKey, strings.TrimSuffix(v.StripeAPIBase, "/")
	live := strings.HasPrefix(v.StripeSecretKey, "sk_live_") || strings.HasPrefix(v.StripeSecretKey, "rk_live_")
	switch {
	case v.StripeSecretKey == "":
	case !strings.HasPrefix(v.StripeSecretKey, "sk_") && !strings.HasPrefix(v.StripeSecretKey, "rk_"):
		check.Add("GOODWORD_STRIPE_SECRET_KEY", "This is no secret key. Take the one that begins with sk_ or rk_ from the Stripe dashboard.")
	case v.StripeWebhookSecrets == "":
		check.Add("GOODWORD_STRIPE_WEBHOOK_SECRET", "Without the endpoint's signing secret anybody could report payments. Copy it (whsec_…) from the Stripe dashboard.")
	case live && c.Base.Scheme != "https":
		check.Add("GOODWORD_STRIPE_SECRET_KEY", "A live key moves real money. Use a test key (sk_test_…), or an https GOODWORD_BASE_URL.")
	case live && v.StripeAPIBase != "":
		check.Add("GOODWORD_STRIPE_API_BASE", "A live key must not be sent to a stand-in. Remove GOODWORD_STRIPE_API_BASE, or use a test key.")
	}
	if v.StripeWebhookSecrets != "" {
		for s := range strings.SplitSeq(v.StripeWebhookSecrets, ",") {
			s = strings.TrimSpace(s)
			if len(s) < 16 {
				check.Add("GOODWORD_STRIPE_WEBHOOK_SECRET", "One of the secrets is blank or too short to be one; anybody could sign with it.")
				break
			}
			c.StripeWebhookSecrets = append(c.StripeWebhookSecrets, s)
		}
	}
	if v.StripeAPIBase == "" {
		return
	}
	u, err := url.Parse(c.StripeAPIBase)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !loopback(u.Hostname()) || u.User != nil {
		check.Add("GOODWORD_STRIPE_API_BASE", "A stand-in for Stripe is believed about money, so it must run on this machine, as in http://127.0.0.1:12111. Remove the setting to talk to Stripe.")
	}
}

func (c *Config) checkProxies(v values, check *fault.Check) {
	const name = "GOODWORD_TRUSTED_PROXIES"
	if v.TrustedProxies == "" {
		return
	}
	for s := range strings.SplitSeq(v.TrustedProxies, ",") {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if ip, ipErr := netip.ParseAddr(s); ipErr == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		switch {
		case err != nil:
			check.Add(name, "Write networks separated by commas, as in 10.0.0.0/8, fd00::/8.")
			return
		case p.Bits() == 0:
			check.Add(name, "Everybody would be trusted and could claim any address. Name the network of your proxy.")
		case p != p.Masked():
			check.Add(name, "Did you mean "+p.Masked().String()+"? Bits are set behind the network part.")
		}
		c.TrustedProxies = append(c.TrustedProxies, p)
	}
}

func (c *Config) checkOIDC(v values, check *fault.Check) {
	c.OIDCIssuer, c.OIDCClientID, c.OIDCClientSecret = v.OIDCIssuer, v.OIDCClientID, v.OIDCClientSecret
	if v.OIDCIssuer == "" && v.OIDCClientID == "" && v.OIDCClientSecret == "" {
		return
	}
	for name, value := range map[string]string{"GOODWORD_OIDC_ISSUER": v.OIDCIssuer, "GOODWORD_OIDC_CLIENT_ID": v.OIDCClientID, "GOODWORD_OIDC_CLIENT_SECRET": v.OIDCClientSecret} {
		if value == "" {
			check.Add(name, "Single sign-on needs issuer, client id and client secret together. Set all three or none.")
		}
	}
	if v.OIDCIssuer == "" {
		return
	}
	c.Warnings = append(c.Warnings, "GOODWORD_OIDC_ISSUER is checked but not used yet: staff sign in with their password.")
	u, err := url.Parse(v.OIDCIssuer)
	local := err == nil && u.Scheme == "http" && loopback(u.Hostname())
	if err != nil || u.Host == "" || u.Scheme != "https" && !local {
		check.Add("GOODWORD_OIDC_ISSUER", "Write the issuer's https:// address; anybody on the way could sign in as anyone otherwise.")
	}
}
