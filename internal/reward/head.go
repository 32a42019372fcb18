package reward

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"goodword/internal/audit"
	"goodword/internal/ident"
	"goodword/internal/ledger"
)

// stampPurpose keeps the key of heads apart from every other.
const stampPurpose = "book_head"

// SignedHead is where both chains ended at one time, signed: one line of the file of heads. Kept elsewhere, it proves later
// that nothing before it was changed or cut off.
//
// The signature is Ed25519 and no HMAC, so that an auditor who has Key from us can check a line without being able to make one.
type SignedHead struct {
	// ID is that of the proof that found nothing.
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	LedgerSeq  int64     `json:"ledger_seq"`
	LedgerHash string    `json:"ledger_hash"`
	AuditSeq   int64     `json:"audit_seq"`
	AuditHash  string    `json:"audit_hash"`
	// Key is the public key, Signature what it signed, both base64url.
	Key       string `json:"key"`
	Signature string `json:"signature"`
	// where names the head in a finding.
	where string
}

// text is what is signed: five lines, each with its end.
func (h SignedHead) text() []byte {
	return fmt.Appendf(nil, "goodword head 1\n%s\n%s\nledger %d %s\naudit %d %s\n", h.ID, h.At.UTC().Format(time.RFC3339Nano),
		h.LedgerSeq, h.LedgerHash, h.AuditSeq, h.AuditHash)
}

func (s *Service) sign(p *Proof) {
	p.SigningKey, p.Signature = s.Keys.Stamp(stampPurpose, p.SignedHead().text())
}

// SignedHead is the proof's as it is exported.
func (p Proof) SignedHead() SignedHead {
	return SignedHead{ID: p.ID, At: p.FinishedAt.UTC(), LedgerSeq: p.LedgerSeq, LedgerHash: p.LedgerHash, AuditSeq: p.AuditSeq, AuditHash: p.AuditHash,
		Key: p.SigningKey, Signature: p.Signature, where: "book_proof " + p.ID}
}

// ReadHeads reads a file of heads, one JSON object a line. Returns an error that names the first line that is none.
func ReadHeads(r io.Reader) ([]SignedHead, error) {
	var out []SignedHead
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		h := SignedHead{where: "heads line " + strconv.Itoa(n)}
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return nil, fmt.Errorf("heads line %d: %w", n, err)
		}
		out = append(out, h)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	return out, nil
}

// trust turns kept heads into what the chains must pass. A head whose signature does not hold, or that contradicts another,
// is a finding. One that holds under a key that is no longer ours is compared all the same and counted in foreign: whoever
// drops an old secret key must not find the payouts paused for it.
func (s *Service) trust(heads []SignedHead, find func(Finding)) (known Heads, foreign int) {
	ledgers, audits := map[int64]string{}, map[int64]string{}
	for _, h := range heads {
		if !ident.StampHolds(h.Key, h.Signature, h.text()) {
			find(Finding{BadHead, "head", h.where, "its signature does not hold: the head was changed after it was signed"})
			continue
		}
		if !s.Keys.OwnStamp(stampPurpose, h.Key) {
			foreign++
		}
		for _, c := range []struct {
			chain string
			seen  map[int64]string
			seq   int64
			hash  string
		}{{"ledger", ledgers, h.LedgerSeq, h.LedgerHash}, {"audit", audits, h.AuditSeq, h.AuditHash}} {
			if was, ok := c.seen[c.seq]; ok && was != c.hash {
				find(Finding{BadHead, "head", h.where, fmt.Sprintf("another kept head has another %s at number %d", c.chain, c.seq)})
				continue
			}
			c.seen[c.seq] = c.hash
		}
	}
	for seq, hash := range ledgers {
		known.Ledger = append(known.Ledger, ledger.Head{Seq: seq, Hash: hash})
	}
	for seq, hash := range audits {
		known.Audit = append(known.Audit, audit.Head{Seq: seq, Hash: hash})
	}
	return known, foreign
}

// kept returns every head that was kept here: in the database, and in the file, which somebody who can only write to the
// database cannot change.
func (s *Service) kept(ctx context.Context) ([]SignedHead, error) {
	proofs, err := signedProofs(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	filed, err := s.filed()
	if err != nil {
		return nil, err
	}
	heads := make([]SignedHead, 0, len(proofs)+len(filed))
	for _, p := range proofs {
		heads = append(heads, p.SignedHead())
	}
	return append(heads, filed...), nil
}

// filed reads the file of heads without a last line that a crash has cut.
func (s *Service) filed() ([]SignedHead, error) {
	if s.HeadsFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.HeadsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read kept heads: %w", err)
	}
	heads, err := ReadHeads(bytes.NewReader(whole(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.HeadsFile, err)
	}
	return heads, nil
}

// whole cuts what stands behind the last line's end.
func whole(text []byte) []byte { return text[:bytes.LastIndexByte(text, '\n')+1] }

// file appends every head that the file does not have yet, so that a file that was moved elsewhere grows again.
func (s *Service) file(ctx context.Context) error {
	if s.HeadsFile == "" {
		return nil
	}
	filed, err := s.filed()
	if err != nil {
		return err
	}
	have := make(map[string]bool, len(filed))
	for _, h := range filed {
		have[h.ID] = true
	}
	proofs, err := signedProofs(ctx, s.DB)
	if err != nil {
		return err
	}
	var more bytes.Buffer
	for _, p := range proofs {
		if have[p.ID] {
			continue
		}
		if err := json.NewEncoder(&more).Encode(p.SignedHead()); err != nil {
			return fmt.Errorf("write head of %s: %w", p.ID, err)
		}
	}
	if more.Len() == 0 {
		return nil
	}
	return appendLines(s.HeadsFile, more.Bytes())
}

// appendLines writes whole lines behind the last whole line, and onto the disk.
func appendLines(name string, lines []byte) (err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("keep heads: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("keep heads: %w", err)
	}
	end := int64(len(whole(text)))
	if err := f.Truncate(end); err != nil {
		return fmt.Errorf("keep heads: %w", err)
	}
	if _, err := f.WriteAt(lines, end); err != nil {
		return fmt.Errorf("keep heads: %w", err)
	}
	return f.Sync()
}
