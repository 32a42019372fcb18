package customer

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

// freshFor is how long a link that replaces an old one is good for.
const freshFor = 90 * 24 * time.Hour

// freshEvery keeps impatient fingers and scripts from filling a mailbox.
const freshEvery = 10 * time.Minute

const linkSeal = "private link"

// Links issues, resolves and renews private links.
type Links struct {
	Deps
	hot hotLinks
}

// Issue makes a link in the caller's transaction and returns its token, which is never readable again without the
// installation's key; URL shows it. Several links for one subject may live side by side.
func (l *Links) Issue(ctx context.Context, tx db.Tx, n NewLink) (ident.Token, error) {
	link, token := l.mint(n)
	if err := insertLinks(ctx, tx, []Link{link}); err != nil {
		return "", err
	}
	return token, nil
}

// IssueAll is Issue for many subjects in one statement. It returns the links in the same order; URL tells their address.
func (l *Links) IssueAll(ctx context.Context, tx db.Tx, subjects []NewLink) ([]Link, error) {
	links := make([]Link, len(subjects))
	for i, n := range subjects {
		links[i], _ = l.mint(n)
	}
	if len(links) == 0 {
		return nil, nil
	}
	return links, insertLinks(ctx, tx, links)
}

func (l *Links) mint(n NewLink) (Link, ident.Token) {
	token := ident.NewToken()
	return Link{
		ID: ident.New(), TokenHash: token.Hash(), TokenSealed: l.Keys.Seal(linkSeal, []byte(token.Plain())),
		Purpose: n.Purpose, CustomerID: n.CustomerID, InvitationID: n.InvitationID, IntroductionID: n.IntroductionID,
		ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Microsecond), CreatedAt: l.now(),
	}, token
}

// Resolve returns the link that a token opens. It is the look-up behind every private page and changes nothing.
//
// Returns NotFound for an unknown token and for one of another purpose, with the same message. Returns Gone together with
// the Link when it was revoked or has expired, so that the page can offer a fresh one.
func (l *Links) Resolve(ctx context.Context, purpose Purpose, token ident.Token) (Link, error) {
	if len(token) != tokenLength {
		return Link{}, noLink()
	}
	// The match is on a SHA-256: how long an index takes to find it or not tells nothing about any token.
	link, err := l.hot.byHash(ctx, l.DB, token.Hash())
	if err != nil {
		return Link{}, err
	}
	if link.Purpose != purpose {
		return Link{}, noLink()
	}
	if !link.Alive(l.now()) {
		return link, &fault.Error{Code: fault.Gone, Message: "This link has ended.", Key: "error.link_old"}
	}
	return link, nil
}

// Open is Resolve for the page behind a prospect's link, in one look-up. Returns NotFound for whatever opens no introduction.
func (l *Links) Open(ctx context.Context, token ident.Token) (Opened, error) {
	if len(token) != tokenLength {
		return Opened{}, noLink()
	}
	return l.hot.opened(ctx, l.DB, token.Hash(), l.now())
}

// tokenLength is the length of every ident.Token; anything else needs no look-up.
const tokenLength = 27

func noLink() error {
	return &fault.Error{Code: fault.NotFound, Message: "There is no such page.", Key: "error.not_found"}
}

// ByID returns a link, alive or not. Returns NotFound.
func (l *Links) ByID(ctx context.Context, idb bun.IDB, id string) (Link, error) {
	return linkByID(ctx, idb, id)
}

// Find returns the newest living link for a subject. Returns NotFound if there is none.
func (l *Links) Find(ctx context.Context, idb bun.IDB, s Subject) (Link, error) {
	return newestLink(ctx, idb, s, l.now())
}

// URL returns the address that a link opens. The token is unsealed for it: give the result only to the link's owner, or
// to staff who may send. Returns NotFound for an unknown id, Gone for a link whose token was destroyed.
func (l *Links) URL(ctx context.Context, idb bun.IDB, id string) (string, error) {
	link, err := linkByID(ctx, idb, id)
	if err != nil {
		return "", err
	}
	return l.URLOf(link)
}

// URLOf is URL for a link that was read already.
func (l *Links) URLOf(link Link) (string, error) {
	if link.TokenSealed == "" {
		return "", fault.New(fault.Gone, "This link was destroyed.")
	}
	token, err := l.Keys.Open(linkSeal, link.TokenSealed)
	if err != nil {
		return "", fmt.Errorf("link %s: %w", link.ID, err)
	}
	return l.BaseURL + link.Purpose.path() + string(token), nil
}

// TokenURL returns the address for a token that Issue returned.
func (l *Links) TokenURL(p Purpose, token ident.Token) string {
	return l.BaseURL + p.path() + token.Plain()
}

// Revoke ends one link; its siblings live on. Revoking twice changes nothing.
func (l *Links) Revoke(ctx context.Context, tx db.Tx, id string) error {
	return revokeLinks(ctx, tx, Subject{}, id, l.now())
}

// RevokeAll ends every link of a subject.
func (l *Links) RevokeAll(ctx context.Context, tx db.Tx, s Subject) error {
	if s == (Subject{}) {
		return fmt.Errorf("revoke links: no subject")
	}
	return revokeLinks(ctx, tx, s, "", l.now())
}

// renew issues a fresh link like an old one and mails it to the customer's address on file. Within ten minutes of the
// last fresh link it does nothing, and neither does it for an erased customer or a link that belongs to no customer.
func (l *Links) renew(ctx context.Context, old Link) error {
	if old.CustomerID == "" || old.Purpose != ForCustomer {
		return nil
	}
	err := l.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		// Locks the customer, so that two presses of the button make one mail.
		c, err := hold(ctx, tx, old.CustomerID)
		if err != nil || c.Erased() {
			return err
		}
		now := l.now()
		newest, err := newestLink(ctx, tx, Subject{Purpose: old.Purpose, CustomerID: old.CustomerID, InvitationID: old.InvitationID}, now)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if newest.ID != "" && newest.ID != old.ID && now.Sub(newest.CreatedAt) < freshEvery {
			return nil
		}
		fresh, _ := l.mint(NewLink{Purpose: old.Purpose, CustomerID: old.CustomerID, InvitationID: old.InvitationID,
			IntroductionID: old.IntroductionID, ExpiresAt: now.Add(freshFor)})
		if err := insertLinks(ctx, tx, []Link{fresh}); err != nil {
			return err
		}
		return l.Queue.Enqueue(ctx, tx, time.Time{}, FreshLinkMail{LinkID: fresh.ID})
	})
	if err != nil {
		return fmt.Errorf("renew link %s: %w", old.ID, err)
	}
	return nil
}

// MailFresh is the button of the page for links that are too old or unknown. It does the same for every token, known or not,
// so that neither the answer nor its cost tells anything (S7); only trouble with the database is an error.
func (l *Links) MailFresh(ctx context.Context, token ident.Token) error {
	if len(token) != tokenLength {
		return nil
	}
	err := l.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return l.Queue.EnqueueUnique(ctx, tx, time.Time{}, FreshLink{TokenHash: token.Hash()})
	})
	if err != nil {
		return fmt.Errorf("ask for a fresh link: %w", err)
	}
	return nil
}

// FreshLink is the job that renews the link somebody asked for, if there is one.
type FreshLink struct {
	TokenHash string `json:"token_hash"`
}

// Kind names the job's type.
func (FreshLink) Kind() string { return "customer.fresh_link" }

// FreshLink renews a customer's link, alive or not; whatever else the token was ends the job without a trace.
func (l *Links) FreshLink(ctx context.Context, job FreshLink) error {
	link, err := l.hot.byHash(ctx, l.DB, job.TokenHash)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.renew(ctx, link)
}

// FreshLinkMail is the job that mails a fresh link.
type FreshLinkMail struct {
	LinkID string `json:"link_id"`
}

// Kind names the job's type.
func (FreshLinkMail) Kind() string { return "customer.fresh_link_mail" }

// FreshLinkMail mails a fresh link once, to the address on file when it runs.
func (l *Links) FreshLinkMail(ctx context.Context, job FreshLinkMail) error {
	link, err := linkByID(ctx, l.DB, job.LinkID)
	if err != nil {
		return err
	}
	c, err := byID(ctx, l.DB, link.CustomerID)
	if err != nil {
		return err
	}
	if !link.Alive(l.now()) || c.Erased() || c.Email() == "" {
		return nil
	}
	url, err := l.URLOf(link)
	if err != nil {
		return err
	}
	return l.Mail.Send(ctx, mail.Message{
		Key: "fresh_link:" + link.ID, To: mail.Address{Name: c.Name(), Email: c.Email()}, Lang: c.Language,
		View: mail.FreshLink{FirstName: c.FirstName, URL: url},
	})
}
