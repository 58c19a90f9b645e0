package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The kinds of [InputError]. Test with errors.Is.
var (
	// ErrInput says that what was brought cannot be kept. HTTP 422.
	ErrInput = errors.New("ingest: input cannot be kept")
	// ErrTooLarge says that it is larger, or grows larger when decompressed, than the Config allows. HTTP 413.
	ErrTooLarge = errors.New("ingest: input too large")
	// ErrUnsupported says that it is of a form or encoding that is not read. HTTP 415.
	ErrUnsupported = errors.New("ingest: input of an unsupported form")
)

// Errors of the service's own. Test with errors.Is.
var (
	// ErrNoSpace says that the disk for temporary files is full. HTTP 507.
	ErrNoSpace = errors.New("ingest: the disk for temporary files is full: free some of it or set another SpoolDir")
	// ErrBusy says that as many ingests run as may run at once, and one waited its turn in vain. HTTP 429.
	ErrBusy = errors.New("ingest: too many uploads at once: bring it again later")
	// ErrExpired says that an ingest stood still for longer than Config.StageLease and was cleared away. HTTP 503.
	ErrExpired = errors.New("ingest: it stood still for too long and was cleared away: bring it again")
	// ErrReplaced says that rows were replaced by others while they, or pages of them, were read: begin again. HTTP 409.
	ErrReplaced = errors.New("ingest: the rows were replaced while they were read: read them again")
)

// InputError says what is wrong with the input of an ingest, of which nothing was kept. Its text is for whoever
// brought it; names from the input are quoted in it and cut.
type InputError struct {
	// Place is the file inside an archive, or "". It is as the input has it, and not to be trusted.
	Place string
	// Line is the line or row that it is about, from 1; 0 where it is about the whole.
	Line   int64
	Reason string
	// Rejections are the first rows that could not be kept, where the reason is that none could.
	Rejections []Rejection
	// Err is the kind: ErrInput, which is the default, ErrTooLarge or ErrUnsupported.
	Err error
}

// toldRejections is how many rejections the text of an InputError repeats.
const toldRejections = 3

func (e *InputError) Error() string {
	var text strings.Builder
	if e.Place != "" {
		text.WriteString(Quote(e.Place) + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&text, "line %d: ", e.Line)
	}
	text.WriteString(e.Reason)
	for _, r := range e.Rejections[:min(len(e.Rejections), toldRejections)] {
		fmt.Fprintf(&text, "; line %d: %s", r.Line, r.Reason)
	}
	return text.String()
}

// Unwrap returns the kind.
func (e *InputError) Unwrap() error { return cmp.Or(e.Err, ErrInput) }

// maxQuoted is how many bytes of a text from outside go into an error.
const maxQuoted = 200

// Quote returns text from outside in the form in which it goes into error texts: cut to 200 bytes, in quotes, without
// control characters.
func Quote(text string) string {
	return fmt.Sprintf("%q", cut(text))
}

// cut shortens text to maxQuoted bytes without splitting a character.
func cut(text string) string {
	if len(text) <= maxQuoted {
		return text
	}
	end := maxQuoted
	for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
