package app

import (
	"context"
	"time"

	"goodword/internal/api"
	"goodword/internal/audit"
	"goodword/internal/billing"
	"goodword/internal/ledger"
	"goodword/internal/queue"
	"goodword/internal/reward"
)

// jobs lists everything that runs by itself: a job for each thing that somebody caused, a sweep for each kind of date.
func (a *App) jobs() {
	queue.Handle(a.Queue, queue.Mail, a.Staff.SetupMail)
	queue.Handle(a.Queue, queue.Mail, a.Customers.AddressChangedMail)
	queue.Handle(a.Queue, queue.Default, a.Customers.Links.FreshLink)
	queue.Handle(a.Queue, queue.Mail, a.Customers.Links.FreshLinkMail)
	queue.Handle(a.Queue, queue.Mail, a.Customers.StepUp.StepCodeMail)
	queue.Handle(a.Queue, queue.Default, a.Invitations.Plan)
	queue.Handle(a.Queue, queue.Mail, a.Invitations.Send)
	queue.Handle(a.Queue, queue.Mail, a.Introductions.SendMail)
	queue.Handle(a.Queue, queue.Default, a.Risk.Look)
	queue.Handle(a.Queue, queue.Default, a.Introductions.Second)
	queue.Handle(a.Queue, queue.Default, a.Introductions.Welcome)
	queue.Handle(a.Queue, queue.Mail, a.Testimonials.SendMail)
	queue.Handle(a.Queue, queue.Payout, a.Rewards.Send)
	queue.Handle(a.Queue, queue.Mail, a.Rewards.SendMail)
	queue.Handle(a.Queue, queue.Mail, a.Rewards.PayeeMail)
	queue.Handle(a.Queue, queue.Mail, a.Rewards.SentBackMail)
	queue.Handle(a.Queue, queue.Mail, a.Rewards.SendAlert)
	queue.HandleTimeout(a.Queue, queue.Default, reward.ProveTimeout, a.Rewards.ProveDay)
	queue.HandleTimeout(a.Queue, queue.Default, reward.ReconcileTimeout, a.Rewards.ReconcileDay)
	queue.Handle(a.Queue, queue.Stripe, a.Billing.Process)
	queue.HandleTimeout(a.Queue, queue.Default, billing.BackfillTimeout, a.Billing.BackfillDay)
	queue.Handle(a.Queue, queue.Import, a.Imports.Run)

	a.sweeps = []sweep{
		{"campaign.launch", 5 * time.Second, a.Campaigns.LaunchDue},
		{"invitation.triggers", 5 * time.Second, a.Invitations.Triggers},
		{"invitation.release", 2 * time.Second, a.Invitations.Release},
		{"invitation.expire", time.Minute, a.Invitations.Expire},
		{"introduction", 2 * time.Second, counted(a.Introductions.Sweep)},
		{"testimonial", time.Minute, counted(a.Testimonials.Expire)},
		{"reward", 2 * time.Second, counted(a.Rewards.Sweep)},
		{"reward.tell", time.Minute, counted(a.Rewards.Tell)},
		{"reward.overdue", 5 * time.Minute, counted(a.Rewards.Overdue)},
		{"reward.prove", time.Minute, counted(a.Rewards.ProveDue)},
		{"reward.reconcile", time.Minute, counted(a.Rewards.ReconcileDue)},
		{"ledger.seal", 3 * time.Second, func(ctx context.Context) error { _, err := ledger.Seal(ctx, a.DB); return err }},
		{"audit.seal", 3 * time.Second, func(ctx context.Context) error { _, err := audit.Seal(ctx, a.DB); return err }},
		{"risk.purge", time.Hour, counted(a.Risk.Purge)},
		{"import", 20 * time.Second, counted(a.Imports.Sweep)},
		{"stripe.payees", 5 * time.Minute, counted(a.Payees.LookAgain)},
		{"stripe.backfill", 10 * time.Minute, a.Billing.BackfillDue},
		{"stripe.forget", time.Hour, counted(a.Billing.Forget)},
		{"api.purge", time.Hour, counted(func(ctx context.Context) (int64, error) { return api.PurgeAnswers(ctx, a.DB, wall()) })},
		{"staff.purge", time.Hour, counted(a.Staff.Purge)},
		{"customer.purge", time.Hour, counted(a.Customers.Purge)},
		{"clock", time.Minute, a.skew.look},
	}
}
