package rowtime

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// Parse reads the time in a JSON token: a string with a date and a time of day, with or without a fraction, in UTC or
// with an offset or without a zone, which means UTC; or a number of seconds, milliseconds, microseconds or nanoseconds
// since 1970, told apart by their size. It returns microseconds since 1970; a smaller part is cut off. ok is false for
// what is no time and for those that stand for "never": the year 1, the first day of 1601, and second 0 of 1970. A date in
// the year 0 is one without a year, and gets the latest in which it is at most a day after collected; where that is zero it
// is no time.
func Parse(token []byte, collected time.Time) (micros int64, ok bool) {
	if len(token) < 2 {
		return 0, false
	}
	if token[0] == '"' {
		text := token[1 : len(token)-1]
		if len(text) > 8 && text[4] == '-' {
			return parseDate(text, collected)
		}
		token = text
	}
	return parseNumber(token)
}

// never are the seconds that some formats write for no time.
func never(t time.Time) bool {
	return t.Year() <= 1 || t.Year() == 1601 && t.YearDay() == 1 || t.Unix() == 0
}

// parseNumber goes by magnitude. Smaller numbers than those of 1973 are no times.
func parseNumber(text []byte) (int64, bool) {
	if len(text) < 9 || len(text) > 32 || text[0] < '1' || text[0] > '9' {
		return 0, false
	}
	if bytes.ContainsAny(text, ".eE") {
		f, err := strconv.ParseFloat(string(text), 64)
		switch {
		case err != nil || f < 1e8 || f >= math.MaxInt64:
			return 0, false
		case f < 1e11:
			return int64(math.Round(f * 1e6)), true
		}
		return byMagnitude(int64(f)), true
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < 1e8 {
		return 0, false
	}
	return byMagnitude(n), true
}

func byMagnitude(n int64) int64 {
	switch {
	case n < 1e11:
		return n * 1e6
	case n < 1e14:
		return n * 1e3
	case n < 1e17:
		return n
	}
	return n / 1e3
}

// parseDate reads 2006-01-02T15:04:05 or the same with a blank, then a fraction, then a zone.
func parseDate(text []byte, collected time.Time) (int64, bool) {
	const form = "2006-01-02T15:04:05"
	if len(text) < len(form) || text[7] != '-' || text[10] != 'T' && text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	var part [6]int
	for i, field := range [...][]byte{text[:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19]} {
		n, ok := number(field)
		if !ok {
			return 0, false
		}
		part[i] = n
	}
	nanos, rest, ok := fraction(text[len(form):])
	if !ok || part[1] < 1 || part[1] > 12 || part[3] > 23 || part[4] > 59 || part[5] > 59 {
		return 0, false
	}
	offset, ok := zone(rest)
	if !ok {
		return 0, false
	}
	t := time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], nanos, time.UTC)
	if t.Day() != part[2] {
		return 0, false
	}
	if t.Year() == 0 && !collected.IsZero() {
		t = inYear(t, collected.Add(slack+offset).UTC())
	}
	if never(t) {
		return 0, false
	}
	return t.Add(-offset).UnixMicro(), true
}

// slack is how long after the collection a time without a year can be.
const slack = 24 * time.Hour

// inYear returns t in the latest year in which there is such a day and that does not put it after last.
func inYear(t, last time.Time) time.Time {
	for year := last.Year(); ; year-- {
		moved := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		if moved.Day() == t.Day() && !moved.After(last) {
			return moved
		}
	}
}

func number(digits []byte) (n int, ok bool) {
	for _, b := range digits {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = n*10 + int(b-'0')
	}
	return n, len(digits) > 0
}

// fraction reads a dot and up to nine digits, if they are there.
func fraction(text []byte) (nanos int, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '.' {
		return 0, text, true
	}
	i := 1
	for scale := 100_000_000; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		nanos += int(text[i]-'0') * scale
		scale /= 10
	}
	return nanos, text[i:], i > 1 && i <= 10
}

// zone reads nothing, Z, UTC, +10:00 or " +1000 AEST".
func zone(text []byte) (offset time.Duration, ok bool) {
	text = bytes.TrimLeft(text, " ")
	switch string(text) {
	case "", "Z", "UTC":
		return 0, true
	}
	if len(text) < 5 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	minutes, name := text[3:], []byte(nil)
	if minutes[0] == ':' {
		minutes = minutes[1:]
	}
	if len(minutes) < 2 {
		return 0, false
	}
	if minutes, name = minutes[:2], minutes[2:]; len(name) > 0 && name[0] != ' ' {
		return 0, false
	}
	h, okHours := number(text[1:3])
	m, okMinutes := number(minutes)
	if !okHours || !okMinutes || h > 23 || m > 59 {
		return 0, false
	}
	offset = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}
