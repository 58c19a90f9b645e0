package kql

import (
	"time"
)

// span is a time that was written with fewer or more of its parts: all of a day, or no more than a nanosecond. from
// lies in it and to does not.
type span struct{ from, to time.Time }

func (s span) valid() bool { return !s.to.IsZero() }

// compare returns -1 where s begins before other, 0 where it begins in it, and 1 where it begins later.
func (s span) compare(other span) int {
	switch {
	case s.from.Before(other.from):
		return -1
	case s.from.Before(other.to):
		return 0
	}
	return 1
}

// parseSpan reads a date or a time in the forms of RFC 3339, with a space in place of the T or not, and with or without
// the later parts: 2026-06-01, 2026-06-01T10:30, 2026-06-01 10:30:05.25+02:00. It is UTC where no zone is written.
func parseSpan(text []byte) span {
	p := timeParser{text: text}
	year := p.number(4, 0, 9999)
	p.then('-')
	month := p.number(2, 1, 12)
	p.then('-')
	day := p.number(2, 1, 31)
	from := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if p.failed || from.Day() != day {
		return span{}
	}
	if p.done() {
		return span{from, from.AddDate(0, 0, 1)}
	}
	if !p.skip('T') && !p.skip('t') {
		p.then(' ')
	}
	length := time.Minute
	clock := time.Duration(p.number(2, 0, 23)) * time.Hour
	p.then(':')
	clock += time.Duration(p.number(2, 0, 59)) * time.Minute
	if p.skip(':') {
		length = time.Second
		clock += time.Duration(p.number(2, 0, 60)) * time.Second
		if p.skip('.') {
			var fraction time.Duration
			fraction, length = p.fraction()
			clock += fraction
		}
	}
	clock -= p.zone()
	if p.failed || !p.done() {
		return span{}
	}
	from = from.Add(clock)
	return span{from, from.Add(length)}
}

// beginsLikeDate reports whether text begins with a year and a month or its first digit, and ends there or goes on with a -.
func beginsLikeDate(text string) bool {
	year, rest := digits([]byte(text))
	if len(year) != 4 || len(rest) == 0 || rest[0] != '-' {
		return false
	}
	month, rest := digits(rest[1:])
	return (len(month) == 1 || len(month) == 2) && (len(rest) == 0 || rest[0] == '-')
}

// timeParser takes the parts of a time from text, until one is not there.
type timeParser struct {
	text   []byte
	at     int
	failed bool
}

func (p *timeParser) done() bool { return p.at == len(p.text) }

func (p *timeParser) skip(c byte) bool {
	if p.done() || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *timeParser) then(c byte) { p.failed = !p.skip(c) || p.failed }

// number takes width digits that are a number within bounds.
func (p *timeParser) number(width, least, most int) (n int) {
	number, _ := digits(p.text[p.at:min(p.at+width, len(p.text))])
	for _, c := range number {
		n = n*10 + int(c-'0')
	}
	p.at += len(number)
	p.failed = p.failed || len(number) < width || n < least || n > most
	return n
}

// fraction takes the digits behind a point; the tenth and later ones say nothing. length is what the last of them is worth.
func (p *timeParser) fraction() (n, length time.Duration) {
	number, _ := digits(p.text[p.at:])
	p.at += len(number)
	p.failed = p.failed || len(number) == 0
	length = time.Second
	for _, c := range number[:min(9, len(number))] {
		length /= 10
		n += time.Duration(c-'0') * length
	}
	return n, length
}

// zone takes Z, an offset such as +02:00 or +0200, or nothing.
func (p *timeParser) zone() time.Duration {
	if p.skip('Z') || p.skip('z') || p.done() {
		return 0
	}
	sign := time.Duration(1)
	if !p.skip('+') {
		p.then('-')
		sign = -1
	}
	hours := p.number(2, 0, 23)
	p.skip(':')
	return sign * (time.Duration(hours)*time.Hour + time.Duration(p.number(2, 0, 59))*time.Minute)
}
