package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/i18n"
)

// entry is one calendar entry (RFC 5545).
type entry struct {
	id, summary, description, url string
	// start and end are instants; a zero end makes it a whole day.
	start, end time.Time
	stamp      time.Time
	organizer  string
}

// ics draws the entry. Lines end in CRLF and are folded at 75 bytes, without cutting a letter.
func (e entry) ics() string {
	const instant, day = "20060102T150405Z", "20060102"
	out := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Goodword//Goodword//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
		"UID:" + e.id + "@goodword", "DTSTAMP:" + e.stamp.UTC().Format(instant)}
	if e.end.IsZero() {
		out = append(out, "DTSTART;VALUE=DATE:"+e.start.Format(day), "DTEND;VALUE=DATE:"+e.start.AddDate(0, 0, 1).Format(day), "TRANSP:TRANSPARENT")
	} else {
		out = append(out, "DTSTART:"+e.start.UTC().Format(instant), "DTEND:"+e.end.UTC().Format(instant))
	}
	out = append(out, "SUMMARY:"+icsText(e.summary), "DESCRIPTION:"+icsText(e.description))
	if e.url != "" {
		out = append(out, "URL:"+e.url)
	}
	if e.organizer != "" {
		out = append(out, "ORGANIZER:mailto:"+e.organizer)
	}
	out = append(out, "END:VEVENT", "END:VCALENDAR")
	var b strings.Builder
	for _, line := range out {
		b.WriteString(fold(line) + "\r\n")
	}
	return b.String()
}

func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "").Replace(s)
}

func fold(line string) string {
	var b strings.Builder
	width := 0
	for _, r := range line {
		if n := len(string(r)); width+n > 74 {
			b.WriteString("\r\n ")
			width = 1 + n
		} else {
			width += n
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (p *Pages) calendar(c echo.Context, e entry) error {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+e.id+`.ics"`)
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(e.ics()))
}

// talk is the calendar file of the booked half hour.
func (p *Pages) talk(c echo.Context, v *invited) error {
	if v.warm.SlotAt.IsZero() {
		return fault.New(fault.NotFound, "")
	}
	contact := []string{v.warm.Rep.Name, v.warm.Rep.Email, v.warm.Rep.Phone}
	return p.calendar(c, entry{id: "talk-" + v.warm.ID, stamp: p.now(), start: v.warm.SlotAt, end: v.warm.SlotAt.Add(30 * time.Minute),
		summary:     v.l.T("calendar.talk", "rep", v.warm.Rep.Name, "company", v.set.Company),
		description: strings.Join(slices.DeleteFunc(contact, func(s string) bool { return s == "" }), "\n"), organizer: v.warm.Rep.Email})
}

// remindMe is a calendar entry for later; nothing is kept here.
func (p *Pages) remindMe(c echo.Context, v *invited) error {
	return p.calendarLater(c, v.l, reminder{id: v.warm.ID, path: v.base, company: v.set.Company})
}

type reminder struct{ id, path, company string }

func (p *Pages) calendarLater(c echo.Context, l i18n.Locale, r reminder) error {
	months, err := strconv.Atoi(c.QueryParam("months"))
	if err != nil || !slices.Contains(laterMonths, months) {
		return fault.New(fault.NotFound, "")
	}
	url := p.Config.BaseURL + r.path
	return p.calendar(c, entry{id: "later-" + r.id, stamp: p.now(), start: p.now().AddDate(0, months, 0), url: url,
		summary: l.T("calendar.later", "company", r.company), description: url})
}
