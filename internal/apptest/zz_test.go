package apptest

import (
	"context"
	"testing"
	"sync"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/staff"
)

type hook struct { mu sync.Mutex; on bool; q []string }

func (h *hook) BeforeQuery(c context.Context, e *bun.QueryEvent) context.Context { return c }
func (h *hook) AfterQuery(c context.Context, e *bun.QueryEvent) { h.mu.Lock(); if h.on { h.q = append(h.q, e.Query) }; h.mu.Unlock() }

func TestZZ(t *testing.T) {
	w := New(t)
	h := &hook{}
	w.App.DB.AddQueryHook(h)
	rep := w.Member(staff.NewMember{Name: "Rosa W", Email: "r@b.example", Role: staff.Rep})
	tp, _ := campaign.TemplateByKey("order_placed")
	p := tp.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.OwnerID = rep.ID
	p.Audience = campaign.Audience{Filter: &customer.Filter{Q: "nobody"}}
	ctx := w.Context()
	c, err := w.App.Campaigns.Create(ctx, owner, p); w.Must(err)
	c, err = w.App.Campaigns.Launch(ctx, owner, c.ID); w.Must(err)
	cu, err := w.App.Customers.Create(ctx, owner, customer.Draft{FirstName: "Ana", LastName: "K", Email: "a@b.example", Company: "D", Country: "GB", OwnerID: rep.ID}); w.Must(err)
	inv, _, err := w.App.Invitations.Create(ctx, owner, c.ID, cu.ID, invitation.ByLink); w.Must(err)
	l, err := w.App.Customers.Links.Find(ctx, w.App.DB, customer.Subject{Purpose: customer.ForCustomer, InvitationID: inv.ID}); w.Must(err)
	row, err := w.App.Introductions.Submit(ctx, introduction.Author{CustomerID: cu.ID, InvitationID: inv.ID, OfferID: inv.OfferID, CampaignID: c.ID, LinkID: l.ID}, introduction.Submission{FirstName: "Ben", Note: "x", Channel: "whatsapp"}); w.Must(err)
	u, err := w.App.Introductions.ProspectURL(ctx, row.ID); w.Must(err)
	w.Settle()
	b := w.Browser()
	b.Open(u)
	h.mu.Lock(); h.on = true; h.mu.Unlock()
	b.Open(u)
	b.Open("/livez")
	h.mu.Lock(); h.on = false; h.mu.Unlock()
	for _, q := range h.q { if len(q) > 130 { q = q[:60] + " … " + q[len(q)-70:] }; t.Log(q) }
}
