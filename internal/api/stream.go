package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/staff"
	"goodword/internal/web"
)

const (
	// streamLife is how long one connection lasts; the browser comes back by itself and is authenticated anew.
	streamLife = 2 * time.Minute
	streamPoll = time.Second
	streamBeat = 15 * time.Second
)

// changeOut is one message of the stream: what happened to what. Clients ask for the rest.
type changeOut struct {
	ID             string    `json:"id"`
	Type           string    `json:"type"`
	At             time.Time `json:"at"`
	CustomerID     string    `json:"customer_id,omitempty"`
	CampaignID     string    `json:"campaign_id,omitempty"`
	InvitationID   string    `json:"invitation_id,omitempty"`
	IntroductionID string    `json:"introduction_id,omitempty"`
	TestimonialID  string    `json:"testimonial_id,omitempty"`
	RewardID       string    `json:"reward_id,omitempty"`
}

// stream sends what changes from now on, or after the Last-Event-ID that a browser brings back.
func (a *api) stream(c echo.Context) error {
	ctx := c.Request().Context()
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	last := c.Request().Header.Get("Last-Event-ID")
	if last == "" {
		var err error
		if last, err = event.Last(ctx, a.DB); err != nil {
			return err
		}
	}
	rc := http.NewResponseController(c.Response())
	if err := rc.SetWriteDeadline(time.Now().Add(streamLife + 10*time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("stream: %w", err)
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // else nginx holds the messages back
	c.Response().WriteHeader(http.StatusOK)
	if _, err := fmt.Fprintf(c.Response(), "retry: 1000\n: here\n\n"); err != nil {
		return nil //nolint:nilerr // the reader has left
	}
	c.Response().Flush()
	return a.follow(ctx, c, event.NewFeed(last))
}

func (a *api) follow(ctx context.Context, c echo.Context, feed *event.Feed) error {
	poll, beat, end := time.NewTicker(streamPoll), time.NewTicker(streamBeat), time.NewTimer(streamLife)
	defer poll.Stop()
	defer beat.Stop()
	defer end.Stop()
	for {
		var text []byte
		select {
		case <-ctx.Done():
			return nil
		case <-a.Stopping:
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
			text = []byte(": still here\n\n")
		case <-poll.C:
			events, err := feed.Next(ctx, a.DB, 200)
			if err != nil {
				if ctx.Err() != nil {
					return nil //nolint:nilerr // the reader has left
				}
				return fmt.Errorf("stream: %w", err)
			}
			if len(events) == 0 {
				continue
			}
			if err := a.stillThere(ctx, c); err != nil {
				return nil //nolint:nilerr // the account was closed meanwhile; the next connection is told so
			}
			if text, err = messages(events); err != nil {
				return err
			}
		}
		if _, err := c.Response().Write(text); err != nil {
			return nil //nolint:nilerr // the reader has left
		}
		c.Response().Flush()
	}
}

// stillThere refuses a person whose account was disabled, or lost the role, since the stream began.
func (a *api) stillThere(ctx context.Context, c echo.Context) error {
	p, _ := web.PrincipalFrom(c)
	if p.StaffID == "" {
		return nil
	}
	m, err := a.Staff.ByID(ctx, a.DB, p.StaffID)
	if err != nil {
		return err
	}
	if m.State != staff.Active || !staff.Allowed(m.Role, staff.Read) {
		return fault.New(fault.Unauthenticated, "")
	}
	return nil
}

func messages(events []event.Recorded) ([]byte, error) {
	var out []byte
	for _, e := range events {
		data, err := json.Marshal(changeOut{ID: e.ID, Type: e.Type, At: e.At.UTC(), CustomerID: e.CustomerID, CampaignID: e.CampaignID, InvitationID: e.InvitationID,
			IntroductionID: e.IntroductionID, TestimonialID: e.TestimonialID, RewardID: e.RewardID})
		if err != nil {
			return nil, fmt.Errorf("stream: %w", err)
		}
		out = fmt.Appendf(out, "id: %s\ndata: %s\n\n", e.ID, data)
	}
	return out, nil
}
