package introduction

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/mail"
	"goodword/internal/money"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// The mails of an introduction. Together with the reward's they keep the promise of at most five to the introducer about
// one introduction: yes, meeting, won, reward, stopped; each is sent once, because the key names the introduction.
const (
	mailAccepted        = "accepted"
	mailMeeting         = "meeting"
	mailWon             = "won"
	mailStopped         = "stopped"
	mailThanks          = "thanks"
	mailNudgeUnsent     = "nudged_unsent"
	mailNudgeUnanswered = "nudged_unanswered"
	mailConfirmation    = "confirmation"
	mailReplyConfirm    = "reply_confirmation"
	mailLater           = "later"
	mailPortal          = "portal"
	mailRepAccepted     = "rep_accepted"
	mailRepChanged      = "rep_changed"
	mailEscalated       = "escalated"
	mailLead            = "lead"
)

// Mail is the job that sends one of an introduction's mails.
type Mail struct {
	Name           string `json:"name"`
	IntroductionID string `json:"introduction_id"`
	// Version tells repeated notices of one kind apart.
	Version int64 `json:"version,omitempty"`
	// NoteID is the note with the rep's own line.
	NoteID string `json:"note_id,omitempty"`
	// StaffID is who gets it if not the rep.
	StaffID string `json:"staff_id,omitempty"`
}

// Kind names the job's type.
func (Mail) Kind() string { return "introduction.mail" }

// story is what the mails of one introduction are written from.
type story struct {
	row      Introduction
	campaign campaign.Campaign
	offer    campaign.Offer
	// introducer is the zero customer where a colleague or nobody introduced.
	introducer     customer.Customer
	introducerName string
	rep            staff.Member
	set            setting.Settings
}

func (s *Service) story(ctx context.Context, row Introduction) (story, error) {
	st := story{row: row}
	var err error
	if st.set, err = s.Settings.Get(ctx); err != nil {
		return st, err
	}
	if st.campaign, err = s.Campaigns.ByID(ctx, s.DB, row.CampaignID); err != nil {
		return st, err
	}
	if st.offer, err = s.Campaigns.OfferByID(ctx, s.DB, row.OfferID); err != nil {
		return st, err
	}
	switch {
	case row.IntroducerID != "":
		if st.introducer, err = s.Customers.ByID(ctx, s.DB, row.IntroducerID); err != nil {
			return st, err
		}
		st.introducerName = st.introducer.FirstName
	case row.IntroducerStaffID != "":
		m, err := s.Staff.ByID(ctx, s.DB, row.IntroducerStaffID)
		if err != nil {
			return st, err
		}
		st.introducerName = m.Name
	}
	if row.OwnerID != "" {
		st.rep, err = s.Staff.ByID(ctx, s.DB, row.OwnerID)
	}
	return st, err
}

// SendMail sends a mail if it is still true when the job runs: a yes that was taken back is announced to nobody.
func (s *Service) SendMail(ctx context.Context, job Mail) error {
	row, err := byID(ctx, s.DB, job.IntroductionID)
	if err != nil {
		return err
	}
	if !wanted(job.Name, row, s.now()) {
		return nil
	}
	st, err := s.story(ctx, row)
	if err != nil {
		return fmt.Errorf("mail %s of introduction %s: %w", job.Name, row.ID, err)
	}
	var m mail.Message
	var ok bool
	switch job.Name {
	case mailConfirmation, mailReplyConfirm, mailLater, mailPortal:
		m, ok, err = s.toProspect(ctx, job, st)
	case mailRepAccepted, mailRepChanged, mailEscalated, mailLead:
		m, ok, err = s.toStaff(ctx, job, st)
	default:
		m, ok, err = s.toIntroducer(ctx, job, st)
	}
	if err != nil || !ok {
		return err
	}
	m.Key = "introduction_" + job.Name + ":" + row.ID
	if job.Version > 0 {
		m.Key += ":" + strconv.FormatInt(job.Version, 10)
	}
	if job.StaffID != "" {
		m.Key += ":" + job.StaffID
	}
	if job.Name == mailPortal {
		// One message to a person is all that there will ever be, whoever introduces them again.
		m.Key = "introduction_portal:" + row.ProspectBlind
	}
	err = s.Mail.Send(ctx, m)
	if job.Name == mailPortal && fault.Is(err, fault.Invalid) {
		return s.bounced(ctx, row.ID)
	}
	return err
}

// wanted reports whether a mail is still true.
func wanted(name string, row Introduction, now time.Time) bool {
	yes := row.State == Accepted || row.State == InPipeline || row.State == Won
	switch name {
	case mailAccepted, mailRepAccepted, mailRepChanged:
		return yes
	case mailConfirmation, mailReplyConfirm:
		return yes && !row.ContactBlocked
	case mailEscalated:
		return row.State == Accepted && row.AnsweredAt.IsZero()
	case mailMeeting:
		return (row.State == InPipeline || row.State == Won) && row.Tell
	case mailWon:
		return row.State == Won
	case mailStopped:
		return row.State == Declined || row.State == Lost || row.State == Expired || row.State == ScreenedOut && !now.Before(row.NeutralAt)
	case mailNudgeUnsent:
		shown := row.Shown(now)
		return (shown == Draft || shown == Ready) && !row.NudgesOff
	case mailNudgeUnanswered:
		return row.Shown(now) == Invited && row.Sent() && !row.NudgesOff && row.LaterUntil.IsZero()
	case mailLater, mailPortal:
		return row.State == Invited && row.Email != ""
	case mailLead:
		return row.State == Ready && row.How == HowLead
	}
	return true
}

// stopped tells the introducer that it goes no further, unless they took it back themselves.
func (s *Service) stopped(ctx context.Context, tx db.Tx, row Introduction) error {
	if row.IntroducerID == "" {
		return nil
	}
	return s.enqueue(ctx, tx, Mail{Name: mailStopped, IntroductionID: row.ID})
}

func (s *Service) toIntroducer(ctx context.Context, job Mail, st story) (mail.Message, bool, error) {
	who, row := st.introducer, st.row
	if who.ID == "" || who.Erased() || who.Email() == "" {
		return mail.Message{}, false, nil
	}
	page, err := s.CustomerURL(ctx, customer.ForCustomer, row)
	if err != nil {
		return mail.Message{}, false, err
	}
	l := i18n.For(who.Language)
	m := st.from(l, mail.Message{To: mail.Address{Name: who.Name(), Email: who.Email()}, Lang: who.Language, Scope: row.CampaignID})
	first, ben, rep := who.FirstName, row.FirstName, st.rep.Name
	url := page + "/introductions/" + row.ID
	switch job.Name {
	case mailAccepted:
		m.View = mail.IntroductionAccepted{FirstName: first, ProspectName: ben, RepName: rep, URL: url,
			ContactBy: row.AnswerDueAt.In(zone(who.Zone, st.set.Zone)), Reward: st.promised()}
	case mailMeeting:
		m.View = mail.IntroductionMeeting{FirstName: first, ProspectName: ben, RepName: rep, URL: url}
	case mailWon:
		owed, err := s.Earnings.Owed(ctx, s.DB, row.ID)
		if err != nil {
			return m, false, err
		}
		m.View = mail.IntroductionWon{FirstName: first, ProspectName: ben, RepName: rep, URL: url, Reward: owed.Amount,
			PayableAt: owed.PayableAt.In(zone(who.Zone, st.set.Zone)), Choose: owed.Choose}
	case mailStopped:
		m.View = mail.IntroductionStopped{FirstName: first, ProspectName: ben, RepName: rep, URL: page}
	case mailThanks:
		line, err := s.lineOf(ctx, row.ID, job.NoteID)
		if err != nil {
			return m, false, err
		}
		m.View = mail.Thanks{FirstName: first, ProspectName: ben, RepName: rep, Line: line, URL: page + "/introduce"}
	case mailNudgeUnsent:
		if row.State == Draft {
			url = page + "/introduce?draft=" + row.ID
		}
		m.View = mail.NudgeUnsent{FirstName: first, ProspectName: ben, URL: url, OffURL: page + "/introductions/" + row.ID + "/nudges", RepName: rep}
	case mailNudgeUnanswered:
		link, err := s.ProspectURL(ctx, row.ID)
		if err != nil {
			return m, false, err
		}
		m.View = mail.NudgeUnanswered{FirstName: first, ProspectName: ben, URL: url, OffURL: url + "/nudges", RepName: rep,
			Line: l.T("introduction.nudge_line", "name", ben, "url", link)}
	default:
		return m, false, fmt.Errorf("no mail is called %q", job.Name)
	}
	if m.Stream() == mail.Marketing {
		if m.UnsubscribeURL, err = s.CustomerURL(ctx, customer.ForUnsubscribe, row); err != nil {
			return m, false, err
		}
	}
	return m, true, nil
}

func (s *Service) toProspect(ctx context.Context, job Mail, st story) (mail.Message, bool, error) {
	row := st.row
	if row.Email == "" {
		return mail.Message{}, false, nil
	}
	url, err := s.ProspectURL(ctx, row.ID)
	if err != nil {
		return mail.Message{}, false, err
	}
	m := st.from(i18n.For(row.Language), mail.Message{Lang: row.Language, Scope: row.CampaignID,
		To: mail.Address{Name: strings.TrimSpace(row.FirstName + " " + row.LastName), Email: row.Email}})
	in := zone(st.rep.Zone, st.set.Zone)
	switch job.Name {
	case mailConfirmation:
		v := mail.ProspectConfirmation{FirstName: row.FirstName, IntroducerName: st.introducerName, RepName: st.rep.Name,
			RepEmail: st.rep.Email, RepPhone: st.rep.Phone, How: row.AcceptHow, SlotAt: row.SlotAt, ContactBy: row.AnswerDueAt.In(in),
			UndoUntil: row.UndoUntil, CodeFollows: st.codeFollows(), URL: url}
		if !row.SlotAt.IsZero() {
			v.SlotAt, v.CalendarURL = row.SlotAt.In(in), url+"/talk.ics"
		}
		if !row.UndoUntil.IsZero() {
			v.UndoUntil = row.UndoUntil.In(in)
		}
		m.View = v
	case mailReplyConfirm:
		v := mail.ProspectReplyConfirm{FirstName: row.FirstName, IntroducerName: st.introducerName, RepName: st.rep.Name,
			RepEmail: st.rep.Email, Words: row.Evidence, URL: url}
		if !row.UndoUntil.IsZero() {
			v.UndoUntil = row.UndoUntil.In(in)
		}
		m.View = v
	case mailPortal:
		if m.UnsubscribeURL, err = s.unsubscribeURL(ctx, row); err != nil {
			return m, false, err
		}
		m.View = st.portalView(i18n.For(row.Language), url)
	case mailLater:
		m.View = mail.ProspectLater{FirstName: row.FirstName, IntroducerName: st.introducerName, Note: row.Note, RepName: st.rep.Name, URL: url}
	default:
		return m, false, fmt.Errorf("no mail is called %q", job.Name)
	}
	return m, true, nil
}

func (s *Service) toStaff(ctx context.Context, job Mail, st story) (mail.Message, bool, error) {
	row, rep := st.row, st.rep
	if job.StaffID != "" {
		var err error
		if rep, err = s.Staff.ByID(ctx, s.DB, job.StaffID); err != nil {
			return mail.Message{}, false, err
		}
	}
	if rep.Email == "" || rep.State == staff.Disabled {
		return mail.Message{}, false, nil
	}
	m := mail.Message{To: mail.Address{Name: rep.Name, Email: rep.Email}, Lang: rep.Language}
	name := strings.TrimSpace(row.FirstName + " " + row.LastName)
	url := s.BaseURL + "/console/introductions/" + row.ID
	introducer := st.introducer.Name()
	if introducer == "" {
		introducer = st.introducerName
	}
	if job.Name == mailLead {
		l := i18n.For(st.introducer.Language)
		m.View = mail.RepLeadTask{RepName: rep.Name, IntroducerName: introducer, ProspectName: name, ProspectCompany: row.Company,
			Sentences: l.T("introduction.lead_sentences", "introducer", st.introducer.FirstName, "name", row.FirstName, "company", row.Company),
			DueAt:     row.CreatedAt.Add(48 * time.Hour).In(rep.Location()), URL: url}
		return m, true, nil
	}
	v := mail.RepAccepted{RepName: rep.Name, ProspectName: name, ProspectCompany: row.Company, IntroducerName: introducer,
		IntroducerCompany: st.introducer.CompanyName(), Note: row.Note, How: row.AcceptHow, ContactEmail: row.Email,
		ContactPhone: row.Phone, AnswerBy: row.AnswerDueAt.In(rep.Location()), Campaign: st.campaign.Name, URL: url}
	if v.How == ByReply {
		v.How = ByEmail
	}
	if !row.SlotAt.IsZero() {
		v.SlotAt = row.SlotAt.In(rep.Location())
	}
	m.View = v
	return m, true, nil
}

// portalView is the one mail that the portal writes for a customer, with what Article 14 GDPR asks for.
func (st story) portalView(l i18n.Locale, url string) mail.ProspectIntroduction {
	v := mail.ProspectIntroduction{FirstName: st.row.FirstName, IntroducerName: st.introducer.Name(),
		IntroducerCompany: st.introducer.CompanyName(), Note: st.row.Note, RepName: st.rep.Name, URL: url,
		WhatWeDo: st.set.In(st.set.WhatWeDo, st.row.Language), PrivacyURL: st.set.PrivacyURL,
		DeletedAt: st.row.ExpiresAt.In(zone(st.rep.Zone, st.set.Zone))}
	for _, p := range st.offer.Promises(campaign.ToProspect, customer.GiftPerson) {
		v.Offers = append(v.Offers, p.ForReader(l))
	}
	for _, p := range earnedByIntroducing(st.offer.Promises(campaign.ToCustomer, st.introducer.GiftPolicy)) {
		v.Thanks = append(v.Thanks, p.ForOther(l, st.introducer.FirstName))
	}
	return v
}

// unsubscribeURL returns the prospect's link to stop every mail.
func (s *Service) unsubscribeURL(ctx context.Context, row Introduction) (string, error) {
	sub := customer.Subject{Purpose: customer.ForUnsubscribe, IntroductionID: row.ID}
	link, err := s.Customers.Links.Find(ctx, s.DB, sub)
	if err == nil {
		return s.Customers.Links.URLOf(link)
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	var url string
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		token, err := s.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForUnsubscribe, IntroductionID: row.ID,
			ExpiresAt: s.now().AddDate(0, 0, linkDaysStop)})
		url = s.Customers.Links.TokenURL(customer.ForUnsubscribe, token)
		return err
	})
	return url, err
}

// from lets the rep write, where there is one.
func (st story) from(l i18n.Locale, m mail.Message) mail.Message {
	if st.rep.ID != "" && st.rep.State != staff.Disabled {
		m.FromName = l.T("from.company", "name", st.rep.Name, "company", st.set.Company)
		m.ReplyTo = mail.Address{Name: st.rep.Name, Email: st.rep.Email}
	}
	return m
}

// promised returns the fixed amount that the introducer gets when it is won, as far as one amount can say it.
func (st story) promised() (amount money.Amount) {
	if !st.row.RewardsIntroducer() {
		return amount
	}
	for _, p := range st.offer.Promises(campaign.ToCustomer, st.introducer.GiftPolicy) {
		if p.On == campaign.OnWon && p.PercentBPS == 0 && p.From.Zero() {
			return p.Amount
		}
	}
	return amount
}

// codeFollows reports whether the prospect gets a code for the yes alone.
func (st story) codeFollows() bool {
	if !st.row.RewardsProspect() {
		return false
	}
	for _, p := range st.offer.Promises(campaign.ToProspect, "") {
		if p.On == campaign.OnAccepted {
			return true
		}
	}
	return false
}

func (s *Service) lineOf(ctx context.Context, introductionID, noteID string) (string, error) {
	notes, err := notesOf(ctx, s.DB, introductionID, true)
	if err != nil {
		return "", err
	}
	for _, n := range notes {
		if n.ID == noteID {
			return n.Text, nil
		}
	}
	return "", nil
}

// linkDaysCustomer and linkDaysStop are how long a customer's links open that are made for a mail.
const (
	linkDaysCustomer = 180
	linkDaysStop     = 800
)

// CustomerURL returns the introducer's own private link of a purpose, the one of the introduction's invitation if there
// is one, and makes one where none lives. Give it to the customer only.
func (s *Service) CustomerURL(ctx context.Context, p customer.Purpose, row Introduction) (string, error) {
	subjects := []customer.Subject{{Purpose: p, CustomerID: row.IntroducerID, InvitationID: row.InvitationID}, {Purpose: p, CustomerID: row.IntroducerID}}
	for _, sub := range subjects {
		link, err := s.Customers.Links.Find(ctx, s.DB, sub)
		if err == nil {
			return s.Customers.Links.URLOf(link)
		}
		if !fault.Is(err, fault.NotFound) {
			return "", err
		}
	}
	days := linkDaysCustomer
	if p == customer.ForUnsubscribe {
		days = linkDaysStop
	}
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		token, err := s.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: p, CustomerID: row.IntroducerID,
			InvitationID: row.InvitationID, ExpiresAt: s.now().AddDate(0, 0, days)})
		url = s.Customers.Links.TokenURL(p, token)
		return err
	})
	return url, err
}

// zone loads the first zone that is known, else UTC.
func zone(names ...string) *time.Location {
	for _, n := range names {
		if n == "" || n == "Local" {
			continue
		}
		if loc, err := time.LoadLocation(n); err == nil {
			return loc
		}
	}
	return time.UTC
}
