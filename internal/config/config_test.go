package config_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"goodword/internal/config"
	"goodword/internal/fault"
)

const goodKey = "GOODWORD_SECRET_KEY=0123456789abcdef0123456789abcdef"

// load adds a data directory and a key to the pairs unless the pairs have their own (the last one wins).
func load(t *testing.T, pairs ...string) (*config.Config, error) {
	t.Helper()
	return config.Load(append([]string{"GOODWORD_DATA_DIR=" + t.TempDir(), goodKey}, pairs...))
}

func mustLoad(t *testing.T, pairs ...string) *config.Config {
	t.Helper()
	c, err := load(t, pairs...)
	if err != nil {
		t.Fatalf("Load(%q): %v", pairs, err)
	}
	return c
}

func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_DefaultsAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir, "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.BaseURL != "http://localhost:8080" || c.Company != "Your company" || c.LogLevel != slog.LevelInfo {
		t.Errorf("got %s %s %q %v", c.Addr, c.BaseURL, c.Company, c.LogLevel)
	}
	if want := "sqlite:" + filepath.Join(dir, "goodword.db"); c.DatabaseURL != want {
		t.Errorf("DatabaseURL = %q, want %q", c.DatabaseURL, want)
	}
	if !c.DevMail() || !c.Loopback() || c.HTTPS() || !c.SQLite() || len(c.Warnings) != 0 {
		t.Errorf("DevMail %v Loopback %v HTTPS %v SQLite %v Warnings %q", c.DevMail(), c.Loopback(), c.HTTPS(), c.SQLite(), c.Warnings)
	}
}

// Each of these would lose money, data or privacy, or could not work; the message names the setting and the cure.
func TestLoad_RefusesWhatIsDangerousOrBroken(t *testing.T) {
	t.Parallel()
	stripe := []string{"GOODWORD_STRIPE_SECRET_KEY=sk_test_1234567890", "GOODWORD_STRIPE_WEBHOOK_SECRET=whsec_1234567890abcdef"}
	file := write(t, "x", 0o600)
	cases := []struct {
		setting, cure string
		pairs         []string
	}{
		{"GOODWORD_SECRET_KEY", "Remove it", []string{"GOODWORD_SECRET_KEY="}},
		{"GOODWORD_SECRET_KEY", "32 random", []string{"GOODWORD_SECRET_KEY=tooshort"}},
		{"GOODWORD_SECRET_KEY", "32 random", []string{"GOODWORD_SECRET_KEY=" + strings.Repeat("a", 40)}},
		{"GOODWORD_SECRET_KEY", "32 random", []string{goodKey + ","}},
		{"GOODWORD_STRIPE_API_BASE", "on this machine", append(stripe, "GOODWORD_STRIPE_API_BASE=https://stripe.example.com")},
		{"GOODWORD_STRIPE_API_BASE", "on this machine", append(stripe, "GOODWORD_STRIPE_API_BASE=http://127.0.0.1@evil.example")},
		{"GOODWORD_STRIPE_API_BASE", "live key", []string{"GOODWORD_BASE_URL=https://a.example", "GOODWORD_STRIPE_SECRET_KEY=sk_live_1", stripe[1], "GOODWORD_STRIPE_API_BASE=http://127.0.0.1:1"}},
		{"GOODWORD_STRIPE_SECRET_KEY", "https GOODWORD_BASE_URL", []string{"GOODWORD_STRIPE_SECRET_KEY=rk_live_1", stripe[1]}},
		{"GOODWORD_STRIPE_SECRET_KEY", "begins with sk_", []string{"GOODWORD_STRIPE_SECRET_KEY=pk_test_1", stripe[1]}},
		{"GOODWORD_STRIPE_WEBHOOK_SECRET", "whsec_", stripe[:1]},
		{"GOODWORD_STRIPE_WEBHOOK_SECRET", "blank", []string{stripe[0], stripe[1] + ", "}},
		{"GOODWORD_BASE_URL", "https://", []string{"GOODWORD_BASE_URL=http://friends.example.com"}},
		{"GOODWORD_BASE_URL", "https://", []string{"GOODWORD_ADDR=0.0.0.0:80", "GOODWORD_BASE_URL=http://192.168.1.4"}},
		{"GOODWORD_BASE_URL", "Only scheme and host", []string{"GOODWORD_BASE_URL=https://a.example/friends"}},
		{"GOODWORD_BASE_URL", "Only scheme and host", []string{"GOODWORD_BASE_URL=https://a.example?x=1"}},
		{"GOODWORD_BASE_URL", "Remove the user", []string{"GOODWORD_BASE_URL=https://u:p@a.example"}},
		{"GOODWORD_BASE_URL", "scheme and host", []string{"GOODWORD_BASE_URL=a.example"}},
		{"GOODWORD_BASE_URL", "ASCII", []string{"GOODWORD_BASE_URL=https://grüße.example"}},
		{"GOODWORD_ADDR", "host and port", []string{"GOODWORD_ADDR=8080"}},
		{"GOODWORD_ADDR", "IP address", []string{"GOODWORD_ADDR=a.example:8080"}},
		{"GOODWORD_ADDR", "65535", []string{"GOODWORD_ADDR=127.0.0.1:70000"}},
		{"GOODWORD_DATABASE_URL", "Name the host", []string{"GOODWORD_DATABASE_URL=postgres:///goodword"}},
		{"GOODWORD_DATABASE_URL", "Name the database", []string{"GOODWORD_DATABASE_URL=postgres://u:p@db.example"}},
		{"GOODWORD_DATABASE_URL", "sqlite:path or", []string{"GOODWORD_DATABASE_URL=mysql://u:p@db.example/x"}},
		{"GOODWORD_DATABASE_URL", "in memory", []string{"GOODWORD_DATABASE_URL=sqlite::memory:"}},
		{"GOODWORD_DATABASE_URL", "a path", []string{"GOODWORD_DATABASE_URL=sqlite:x.db?_pragma=synchronous(OFF)"}},
		{"GOODWORD_DATA_DIR", "directory", []string{"GOODWORD_DATA_DIR=" + file}},
		{"GOODWORD_TRUSTED_PROXIES", "networks", []string{"GOODWORD_TRUSTED_PROXIES=proxy.example"}},
		{"GOODWORD_TRUSTED_PROXIES", "networks", []string{"GOODWORD_TRUSTED_PROXIES=10.0.0.0/33"}},
		{"GOODWORD_TRUSTED_PROXIES", "10.0.0.0/8", []string{"GOODWORD_TRUSTED_PROXIES=10.1.2.3/8"}},
		{"GOODWORD_TRUSTED_PROXIES", "Everybody", []string{"GOODWORD_TRUSTED_PROXIES=::/0"}},
		{"GOODWORD_SMTP_URL", "smtp://", []string{"GOODWORD_SMTP_URL=mail.example.com", "GOODWORD_MAIL_FROM=a@a.example"}},
		{"GOODWORD_SMTP_URL", "both user", []string{"GOODWORD_SMTP_URL=smtp://u@mail.example.com", "GOODWORD_MAIL_FROM=a@a.example"}},
		{"GOODWORD_MAIL_FROM", "from which", []string{"GOODWORD_SMTP_URL=smtp://mail.example.com"}},
		{"GOODWORD_MAIL_FROM", "one address", []string{"GOODWORD_MAIL_FROM=a@a.example, b@a.example"}},
		{"GOODWORD_MAIL_REPLY_TO", "one address", []string{"GOODWORD_MAIL_REPLY_TO=nobody"}},
		{"GOODWORD_DKIM_KEY", "PEM", []string{"GOODWORD_DKIM_KEY=v=DKIM1"}},
		{"GOODWORD_DKIM_SELECTOR", "letters", []string{"GOODWORD_DKIM_SELECTOR=a b"}},
		{"GOODWORD_COMPANY", "one line", []string{"GOODWORD_COMPANY=A\nBcc: b@b.example"}},
		{"GOODWORD_OIDC_CLIENT_SECRET", "all three", []string{"GOODWORD_OIDC_ISSUER=https://id.example", "GOODWORD_OIDC_CLIENT_ID=x"}},
		{"GOODWORD_OIDC_ISSUER", "https://", []string{"GOODWORD_OIDC_ISSUER=http://id.example", "GOODWORD_OIDC_CLIENT_ID=x", "GOODWORD_OIDC_CLIENT_SECRET=y"}},
		{"GOODWORD_LOG", "debug, info", []string{"GOODWORD_LOG=loud"}},
		{"GOODWORD_MAIL_FROM_FILE", "path", []string{"GOODWORD_MAIL_FROM_FILE=/does/not/exist"}},
		{"GOODWORD_COMPANY", "not both", []string{"GOODWORD_COMPANY=A", "GOODWORD_COMPANY_FILE=" + file}},
	}
	for _, tc := range cases {
		t.Run(strings.Join(tc.pairs, " "), func(t *testing.T) {
			t.Parallel()
			_, err := load(t, tc.pairs...)
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Load = %v, want Invalid", err)
			}
			problems := fault.As(err).Problems
			if !slices.ContainsFunc(problems, func(p fault.Problem) bool {
				return p.Field == tc.setting && strings.Contains(p.Message, tc.cure)
			}) {
				t.Errorf("problems = %+v, want one at %s with %q", problems, tc.setting, tc.cure)
			}
		})
	}
}

func TestLoad_TellsEverythingAtOnceAndWritesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "fresh")
	_, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir, "GOODWORD_LOG=loud", "GOODWORD_ADDR=x"})
	if got := fault.As(err); got == nil || len(got.Problems) != 2 {
		t.Errorf("Load = %v, want two problems", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("a refused configuration made the data directory: %v", err)
	}
}

func TestLoad_EveryNameAlsoReadsAFile(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"GOODWORD_ADDR": "127.0.0.1:1", "GOODWORD_BASE_URL": "https://A.example:443/", "GOODWORD_DATABASE_URL": "postgres://u:pw@db.example:5432/gw",
		"GOODWORD_DATA_DIR": t.TempDir(), "GOODWORD_SECRET_KEY": strings.TrimPrefix(goodKey, "GOODWORD_SECRET_KEY="),
		"GOODWORD_SMTP_URL": "smtps://u:pw@mail.example:465", "GOODWORD_MAIL_FROM": "Rosa <rosa@a.example>", "GOODWORD_MAIL_REPLY_TO": "r@a.example",
		"GOODWORD_POSTAL_ADDRESS": "Street 1, Town", "GOODWORD_DKIM_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"GOODWORD_DKIM_SELECTOR": "s1", "GOODWORD_COMPANY": "Example", "GOODWORD_STRIPE_SECRET_KEY": "sk_live_x",
		"GOODWORD_STRIPE_WEBHOOK_SECRET": "whsec_1234567890abcdef, whsec_fedcba0987654321", "GOODWORD_STRIPE_API_BASE": "",
		"GOODWORD_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7", "GOODWORD_OIDC_ISSUER": "https://id.example",
		"GOODWORD_OIDC_CLIENT_ID": "client", "GOODWORD_OIDC_CLIENT_SECRET": "oidcsecret", "GOODWORD_LOG": "debug",
	}
	var pairs []string
	for _, name := range config.Names() {
		value, ok := values[name]
		if !ok {
			t.Fatalf("the test knows no value for %s", name)
		}
		pairs = append(pairs, name+"_FILE="+write(t, value+"\n", 0o600))
	}
	c, err := config.Load(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"Addr": {c.Addr, "127.0.0.1:1"}, "BaseURL": {c.BaseURL, "https://a.example"}, "DatabaseURL": {c.DatabaseURL, values["GOODWORD_DATABASE_URL"]},
		"SMTPURL": {c.SMTPURL, values["GOODWORD_SMTP_URL"]}, "MailFrom": {c.MailFrom, "Rosa <rosa@a.example>"}, "MailReplyTo": {c.MailReplyTo, "r@a.example"},
		"PostalAddress": {c.PostalAddress, "Street 1, Town"}, "DKIMSelector": {c.DKIMSelector, "s1"}, "Company": {c.Company, "Example"},
		"StripeSecretKey": {c.StripeSecretKey, "sk_live_x"}, "webhook": {strings.Join(c.StripeWebhookSecrets, "|"), "whsec_1234567890abcdef|whsec_fedcba0987654321"},
		"proxies": {fmt.Sprint(c.TrustedProxies), "[10.0.0.0/8 192.0.2.7/32]"}, "OIDC": {c.OIDCIssuer + c.OIDCClientID + c.OIDCClientSecret, "https://id.exampleclientoidcsecret"},
		"level": {c.LogLevel.String(), "DEBUG"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %q, want %q", name, pair[0], pair[1])
		}
	}
	if c.DevMail() || c.Loopback() || c.SQLite() {
		t.Error("an installation with SMTP and a public address counts as local")
	}
	if !strings.Contains(c.DKIMKey, "PRIVATE KEY") {
		t.Errorf("DKIMKey was not read")
	}
}

func TestConfig_NeverShowsASecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"Sup3rS3cretKey0123456789abcdefghij", "smtppass", "dbpass", "querypass", "sk_test_planted", "whsec_plantedplanted", "oidcplanted", "otelplanted"}
	c := mustLoad(t, "GOODWORD_SECRET_KEY="+secrets[0], "GOODWORD_SMTP_URL=smtp://u:"+secrets[1]+"@mail.example:587", "GOODWORD_MAIL_FROM=a@a.example",
		"GOODWORD_DATABASE_URL=postgres://u:"+secrets[2]+"@db.example/gw?password="+secrets[3], "GOODWORD_STRIPE_SECRET_KEY="+secrets[4],
		"GOODWORD_STRIPE_WEBHOOK_SECRET="+secrets[5], "GOODWORD_OIDC_ISSUER=https://id.example", "GOODWORD_OIDC_CLIENT_ID=x",
		"GOODWORD_OIDC_CLIENT_SECRET="+secrets[6], "OTEL_EXPORTER_OTLP_HEADERS=authorization="+secrets[7])
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c, "value", *c)
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(js), c.String(), fmt.Sprint(c), fmt.Sprintf("%+v %#v %d %x %q", c, *c, *c, c, c), fmt.Sprint(c.Describe())}
	for _, text := range shown {
		for _, s := range append(secrets, fmt.Sprintf("%x", secrets[0])) {
			if strings.Contains(text, s) {
				t.Errorf("%q shows in %q", s, text)
			}
		}
		if !strings.Contains(text, "db.example") {
			t.Errorf("nothing to read is left in %q", text)
		}
	}
}

func TestDescribe_NamesValueAndSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir, "GOODWORD_COMPANY_FILE=" + write(t, "Example", 0o644), "GOODWORD_LOG=", "OTEL_SERVICE_NAME=x"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]config.Setting{}
	for _, s := range c.Describe() {
		got[s.Name] = s
	}
	if len(got) != len(config.Names())+1 {
		t.Errorf("%d settings described, want every name and the OTEL one", len(got))
	}
	for name, want := range map[string][2]string{
		"GOODWORD_ADDR": {"127.0.0.1:8080", "default"}, "GOODWORD_DATA_DIR": {dir, "environment"}, "GOODWORD_LOG": {"info", "default"},
		"GOODWORD_SECRET_KEY": {"(set)", filepath.Join(dir, "secret.key")}, "OTEL_SERVICE_NAME": {"x", "environment"}, "GOODWORD_SMTP_URL": {"", "default"},
	} {
		if s := got[name]; s.Value != want[0] || s.Source != want[1] {
			t.Errorf("%s = %q from %q, want %q from %q", name, s.Value, s.Source, want[0], want[1])
		}
	}
	if s := got["GOODWORD_COMPANY"]; s.Value != "Example" || !strings.HasPrefix(s.Source, "file ") {
		t.Errorf("company = %+v", s)
	}
}

func TestSecretKey_IsGeneratedOnceByManyStarters(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	var wg sync.WaitGroup
	rings := make([]*config.Config, 16)
	for i := range rings {
		wg.Go(func() {
			c, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir})
			if err != nil {
				t.Errorf("Load: %v", err)
			}
			rings[i] = c
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed := rings[0].Keyring.Seal("x", []byte("hello"))
	for _, c := range rings {
		if got, err := c.Keyring.Open("x", sealed); err != nil || string(got) != "hello" {
			t.Errorf("another starter has another key: %v", err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(dir, "secret.key"))
	if err != nil || st.Mode().Perm() != 0o600 || len(files) != 1 {
		t.Errorf("secret.key: %v %v, %d files in the directory", st.Mode(), err, len(files))
	}
}

func TestSecretKey_ReadableByOthersIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "secret.key")
	if err := os.WriteFile(path, []byte("0123456789abcdef0123456789abcdef"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir}); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("Load = %v, want the cure", err)
	}
}

func TestSecretKey_LostKeyOfAnExistingDatabaseIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "goodword.db"), []byte("SQLite format 3"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir}); err == nil || !strings.Contains(err.Error(), "bring back") {
		t.Errorf("Load = %v, want a refusal", err)
	}
	if _, err := config.Load([]string{"GOODWORD_DATA_DIR=" + dir, goodKey}); err != nil {
		t.Errorf("Load with the key in the environment: %v", err)
	}
}

func TestDevMail_NeedsEverythingLocal(t *testing.T) {
	t.Parallel()
	for pairs, want := range map[string]bool{
		"": true, "GOODWORD_ADDR=[::1]:8080": true,
		"GOODWORD_ADDR=:8080":                            false,
		"GOODWORD_ADDR=0.0.0.0:8080":                     false,
		"GOODWORD_BASE_URL=https://a.example":            false,
		"GOODWORD_TRUSTED_PROXIES=127.0.0.1":             false,
		"GOODWORD_BASE_URL=https://127.0.0.1.example":    false,
		"GOODWORD_BASE_URL=http://127.0.0.2:9":           true,
		"GOODWORD_BASE_URL=https://localhost.example.de": false,
	} {
		if got := mustLoad(t, pairs).DevMail(); got != want {
			t.Errorf("DevMail with %q = %v, want %v", pairs, got, want)
		}
	}
}

func TestWarnings_NameWhatIsOdd(t *testing.T) {
	t.Parallel()
	for pair, want := range map[string]string{
		"GOODWORD_STRIPE_SECRETKEY=x":                                       "not a setting",
		"GOODWORD_ADDR=0.0.0.0:8080":                                        "reachable",
		"GOODWORD_DATABASE_URL=postgres://u:p@db.example/x?sslmode=disable": "TLS off",
		"GOODWORD_BASE_URL=https://a.example":                               "nobody receives",
	} {
		if got := strings.Join(mustLoad(t, pair).Warnings, " "); !strings.Contains(got, want) {
			t.Errorf("warnings with %q = %q, want %q", pair, got, want)
		}
	}
	unused := mustLoad(t, "GOODWORD_OIDC_ISSUER=https://id.example", "GOODWORD_OIDC_CLIENT_ID=goodword", "GOODWORD_OIDC_CLIENT_SECRET=x")
	if got := strings.Join(unused.Warnings, " "); !strings.Contains(got, "sign in with their password") {
		t.Errorf("warnings with single sign-on = %q", got)
	}
	c, err := config.Load([]string{"GOODWORD_DATA_DIR=" + t.TempDir(), "GOODWORD_DATABASE_URL=postgres://u:p@127.0.0.1/x"})
	if err != nil || !strings.Contains(strings.Join(c.Warnings, " "), "same key") {
		t.Errorf("a generated key with PostgreSQL passes without a word: %v %v", c, err)
	}
}
