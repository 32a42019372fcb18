package api

import (
	"context"
	"encoding/json"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/risk"
	"goodword/internal/setting"
)

// settingsOut is what the company has decided about its installation, and how it was configured.
type settingsOut struct {
	Company                string            `json:"company"`
	WhatWeDo               map[string]string `json:"what_we_do" doc:"One sentence for prospects, by language."`
	BrandColor             string            `json:"brand_color"`
	LogoSVG                string            `json:"logo_svg"`
	PostalAddress          string            `json:"postal_address"`
	MailFromName           string            `json:"mail_from_name"`
	Languages              []string          `json:"languages"`
	DefaultLanguage        string            `json:"default_language"`
	Zone                   string            `json:"zone"`
	AnswerHours            int               `json:"answer_hours" doc:"Within how many hours of working days a rep promises to answer."`
	SafeApprove            bool              `json:"safe_approve"`
	SecondPersonAboveMinor int64             `json:"second_person_above_minor"`
	TransferMinMinor       int64             `json:"transfer_min_minor" doc:"The least that is transferred to a bank account at once."`
	TaxThresholds          map[string]int64  `json:"tax_thresholds" doc:"By calendar year, the total in cents of US dollars from which on a payee in the United States needs a tax form. A year that is not named goes by the last one before it."`
	TaxWays                []string          `json:"tax_ways" doc:"The discounts and gifts that count as income of the payee; money always does."`
	DisclosureText         map[string]string `json:"disclosure_text"`
	PrivacyURL             string            `json:"privacy_url"`
	TermsURL               string            `json:"terms_url"`
	CountryPolicy          map[string]bool   `json:"country_policy" doc:"Where the portal may write to prospects itself."`
	RiskModes              map[string]string `json:"risk_modes" doc:"What each check for abuse may do: on, shadow (only written down) or off. Every check is named."`
	RiskCaps               map[string]capOut `json:"risk_caps" doc:"How much passes without a person, by layer: introducer, device, network, campaign, payee."`
	RefundsMost            int               `json:"refunds_most" doc:"From which number of undone deals on a person looks at everything that a customer earns; 0 for never."`
	Palette                paletteOut        `json:"palette"`
	Installation           installationOut   `json:"installation"`
}

// paletteOut is what pages make of the brand colour.
type paletteOut struct {
	Brand       string `json:"brand"`
	OnBrand     string `json:"on_brand"`
	DarkBrand   string `json:"dark_brand"`
	OnDarkBrand string `json:"on_dark_brand"`
	Adjusted    bool   `json:"adjusted" doc:"The chosen colour was made darker to be readable."`
}

type installationOut struct {
	Version string `json:"version"`
	BaseURL string `json:"base_url"`
	Mail    string `json:"mail"`
	Stripe  string `json:"stripe"`
	Demo    bool   `json:"demo"`
}

type settingsPatchIn struct {
	Company                *string            `json:"company,omitempty"`
	WhatWeDo               *map[string]string `json:"what_we_do,omitempty"`
	BrandColor             *string            `json:"brand_color,omitempty"`
	LogoSVG                *string            `json:"logo_svg,omitempty"`
	PostalAddress          *string            `json:"postal_address,omitempty"`
	MailFromName           *string            `json:"mail_from_name,omitempty"`
	Languages              *[]string          `json:"languages,omitempty"`
	DefaultLanguage        *string            `json:"default_language,omitempty"`
	Zone                   *string            `json:"zone,omitempty"`
	AnswerHours            *int               `json:"answer_hours,omitempty"`
	SafeApprove            *bool              `json:"safe_approve,omitempty"`
	SecondPersonAboveMinor *int64             `json:"second_person_above_minor,omitempty"`
	TransferMinMinor       *int64             `json:"transfer_min_minor,omitempty"`
	TaxThresholds          *map[string]int64  `json:"tax_thresholds,omitempty"`
	TaxWays                *[]string          `json:"tax_ways,omitempty"`
	DisclosureText         *map[string]string `json:"disclosure_text,omitempty"`
	PrivacyURL             *string            `json:"privacy_url,omitempty"`
	TermsURL               *string            `json:"terms_url,omitempty"`
	CountryPolicy          *map[string]bool   `json:"country_policy,omitempty"`
	RiskModes              *map[string]string `json:"risk_modes,omitempty"`
	RiskCaps               *map[string]capOut `json:"risk_caps,omitempty"`
	RefundsMost            *int               `json:"refunds_most,omitempty"`
}

func (a *api) getSettings(ctx context.Context, _ *nothing) (*tagged[settingsOut], error) {
	s, err := a.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return tag(s.Version, a.settings(s)), nil
}

func (a *api) settings(s setting.Settings) settingsOut {
	p := s.Palette()
	return settingsOut{Company: s.Company, WhatWeDo: mapped(s.WhatWeDo), BrandColor: s.BrandColor, LogoSVG: s.LogoSVG, PostalAddress: s.PostalAddress,
		MailFromName: s.MailFromName, Languages: filled(s.Languages), DefaultLanguage: s.DefaultLanguage, Zone: s.Zone, AnswerHours: s.AnswerHours,
		SafeApprove: s.SafeApprove, SecondPersonAboveMinor: s.SecondPersonAboveMinor, TransferMinMinor: s.TransferMinMinor, TaxThresholds: mapped(s.TaxThresholds), TaxWays: filled(s.TaxWays), DisclosureText: mapped(s.DisclosureText), PrivacyURL: s.PrivacyURL,
		TermsURL: s.TermsURL, CountryPolicy: mapped(s.CountryPolicy), RiskModes: modes(s), RiskCaps: capsOut(s.RiskCaps), RefundsMost: s.RefundsMost, Palette: paletteOut(p),
		Installation: installationOut{Version: a.Installation.Version, BaseURL: a.BaseURL, Mail: a.Installation.Mail, Stripe: a.Installation.Stripe, Demo: a.Installation.Demo}}
}

type settingsEdit struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what was edited; without it the change is made whatever happened since."`
	Body    settingsPatchIn
}

func (a *api) updateSettings(ctx context.Context, in *settingsEdit) (*tagged[settingsOut], error) {
	expected := callOf(ctx).ifMatch
	var changed setting.Settings
	err := a.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var before setting.Settings
		if err := a.Settings.Update(ctx, tx, func(s *setting.Settings) error {
			// The lock has raised the version by one.
			if expected >= 0 && s.Version != expected+1 {
				return &fault.Error{Code: fault.Conflict, Key: "error.conflict", Message: "Somebody changed this in the meantime. Please look again."}
			}
			before = *s
			in.Body.apply(s)
			changed = *s
			return nil
		}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, a.now(), audit.Entry{Actor: actorOf(ctx), Action: "settings.changed", Object: "settings", Before: before, After: changed})
	})
	if err != nil {
		return nil, err
	}
	return a.getSettings(ctx, &nothing{})
}

func (in settingsPatchIn) apply(s *setting.Settings) {
	set(&s.Company, in.Company)
	set(&s.WhatWeDo, in.WhatWeDo)
	set(&s.BrandColor, in.BrandColor)
	set(&s.LogoSVG, in.LogoSVG)
	set(&s.PostalAddress, in.PostalAddress)
	set(&s.MailFromName, in.MailFromName)
	set(&s.Languages, in.Languages)
	set(&s.DefaultLanguage, in.DefaultLanguage)
	set(&s.Zone, in.Zone)
	set(&s.AnswerHours, in.AnswerHours)
	set(&s.SafeApprove, in.SafeApprove)
	set(&s.SecondPersonAboveMinor, in.SecondPersonAboveMinor)
	set(&s.TransferMinMinor, in.TransferMinMinor)
	set(&s.TaxThresholds, in.TaxThresholds)
	set(&s.TaxWays, in.TaxWays)
	set(&s.DisclosureText, in.DisclosureText)
	set(&s.PrivacyURL, in.PrivacyURL)
	set(&s.TermsURL, in.TermsURL)
	set(&s.CountryPolicy, in.CountryPolicy)
	set(&s.RiskModes, in.RiskModes)
	if in.RiskCaps != nil {
		s.RiskCaps = capsIn(*in.RiskCaps)
	}
	set(&s.RefundsMost, in.RefundsMost)
}

// modes names every check, also those that were never changed.
func modes(s setting.Settings) map[string]string {
	out := map[string]string{}
	for _, name := range risk.Names() {
		out[string(name)] = s.RiskMode(string(name))
	}
	return out
}

// auditOut is one entry of the audit: who did what, why, before and after.
type auditOut struct {
	ID        string          `json:"id"`
	At        time.Time       `json:"at"`
	ActorKind string          `json:"actor_kind"`
	ActorID   string          `json:"actor_id,omitempty"`
	Actor     string          `json:"actor"`
	ActorRole string          `json:"actor_role,omitempty"`
	IP        string          `json:"ip,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Action    string          `json:"action"`
	Object    string          `json:"object"`
	ObjectID  string          `json:"object_id,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Seq       int64           `json:"seq" doc:"Its place in the chain; 0 until it is sealed."`
	Hash      string          `json:"hash"`
}

type auditQuery struct {
	Paging
	ActorID  string    `query:"actor_id"`
	Action   string    `query:"action"`
	Object   string    `query:"object"`
	ObjectID string    `query:"object_id"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
}

func (a *api) listAudit(ctx context.Context, in *auditQuery) (*body[list[auditOut]], error) {
	page, err := audit.List(ctx, a.DB, audit.Filter{ActorID: in.ActorID, Action: in.Action, Object: in.Object, ObjectID: in.ObjectID, From: in.From.UTC(), To: in.To.UTC()}, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, func(e audit.Recorded) auditOut {
		return auditOut{ID: e.ID, At: e.At.UTC(), ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, Actor: e.Actor.Name, ActorRole: e.Actor.Role, IP: e.Actor.IP,
			RequestID: e.Actor.RequestID, Action: e.Action, Object: e.Object, ObjectID: e.ObjectID, Reason: e.Reason, Before: e.Before, After: e.After, Seq: e.Seq, Hash: e.Hash}
	}), nil
}
