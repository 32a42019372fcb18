package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"goodword/internal/fault"
	"goodword/internal/ident"
)

const secretKey = "GOODWORD_SECRET_KEY"

// A setting is never longer than this; the limit keeps a wrong path (a device, a log) from filling the memory.
const maxFile = 64 << 10

func keyFile(dataDir string) string { return filepath.Join(dataDir, "secret.key") }

func (c *Config) checkSecretKey(value string, check *fault.Check) {
	if value == "" {
		check.Add(secretKey, "It is set but blank. Remove it to have one generated into the data directory, or set 32 random characters or more.")
		return
	}
	for key := range strings.SplitSeq(value, ",") {
		distinct := map[rune]bool{}
		for _, r := range strings.TrimSpace(key) {
			distinct[r] = true
		}
		if len(distinct) < 8 {
			check.Add(secretKey, "Each key needs 32 random characters or more; `openssl rand -base64 32` prints one.")
			return
		}
	}
	ring, err := ident.NewKeyring(value)
	if err != nil {
		check.Add(secretKey, "Each key needs 32 random characters or more; `openssl rand -base64 32` prints one.")
		return
	}
	c.Keyring = ring
}

// keepSecretKey reads the key of the data directory, or generates it on the first start.
func (c *Config) keepSecretKey(check *fault.Check) {
	path := keyFile(c.DataDir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		// Links and gift codes in an existing database are sealed under the lost key; a new one would look fine
		// until the first customer's link had to be sent again.
		if file, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
			if st, err := os.Stat(file); err == nil && st.Size() > 0 {
				check.Add(secretKey, "The database exists but its key does not: bring back "+path+", or set GOODWORD_SECRET_KEY to the key that it was written with.")
				return
			}
		}
		if err := generateKey(c.DataDir); err != nil {
			check.Add(secretKey, "No key is set and none could be written ("+err.Error()+"). Make the data directory writable, or set GOODWORD_SECRET_KEY.")
			return
		}
	}
	st, err := os.Stat(path)
	if err != nil {
		check.Add(secretKey, "The key in the data directory cannot be read ("+err.Error()+").")
		return
	}
	if st.Mode().Perm()&0o077 != 0 {
		check.Add(secretKey, "Others on this machine can read "+path+". Run: chmod 600 "+path)
		return
	}
	text, err := readSmall(path)
	if err != nil {
		check.Add(secretKey, "The key in the data directory cannot be read ("+err.Error()+").")
		return
	}
	c.checkSecretKey(strings.TrimSpace(text), check)
	if !c.SQLite() {
		c.Warnings = append(c.Warnings, "The secret key lies in "+path+". Every other process on this PostgreSQL database needs the same key: set GOODWORD_SECRET_KEY for all of them.")
	}
}

// generateKey writes a new key unless one is there. Several processes may start at once: each writes a file of its
// own and the link decides, so that nobody ever reads half a key and all agree on one.
func generateKey(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	f, err := os.CreateTemp(dir, ".secret-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the secret key: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	var key [32]byte
	rand.Read(key[:])
	_, err = io.WriteString(f, base64.RawURLEncoding.EncodeToString(key[:])+"\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the secret key: %w", err)
	}
	if err := os.Link(f.Name(), keyFile(dir)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write the secret key: %w", err)
	}
	// Without this a power cut could keep the database and lose the name of its key.
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write the secret key: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if len(b) > maxFile {
		return "", fmt.Errorf("%s is longer than any setting", path)
	}
	return string(b), nil
}
