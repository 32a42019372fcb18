// Package i18n speaks to people in their language: messages from the catalogues, plural forms, money, dates.
//
// The catalogues are catalog/<language>/<area>.json in go-i18n's format, one flat object from key to text:
//
//	{
//	  "hello.title": "Hi {name}.",
//	  "reward.days": {"one": "{count} day", "other": "{count} days"}
//	}
//
// A key names its area, thing and part, with dots and lower case. A placeholder is a name in braces and is filled by
// the name, value pairs given to [Locale.T]; {count} is filled by [Locale.N] itself. A text is plain: no HTML, no
// Markdown; templates escape it. Keys are written flat because go-i18n takes nested names such as "other" or "id"
// for parts of a message.
//
// A language is a folder: dates, money and numbers are patterns in its common.json, so adding one needs no code.
package i18n
