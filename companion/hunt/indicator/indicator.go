// Package indicator reads lists of indicators, as feeds, reports and other systems hand them out. [Read] tells by the
// content what a list is. A domain that could be the name of a file, as run.py, stands for that too, where it is all that a
// column has. A network, as 203.0.113.0/24 or 203.0.113.1-203.0.113.9, stands for its addresses:
//
//   - text, one indicator a line, of any kinds side by side, also defanged, and user:NAME; what follows # or // is a comment
//   - CSV, with commas, semicolons or tabs: the columns that a header names as indicators, or else every cell that is one
//   - a JSON array of texts
//   - STIX 2.1, a bundle or single objects: comparisons with = and IN in patterns of indicators, and observed objects
//   - MISP JSON: the attributes of events, wherever they stand
//
// Of text and CSV each line is an indicator, a comment, a header that names columns, or told as invalid with the reason.
package indicator

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// Bounds of a list. MaxAddresses is how many addresses its networks have together, MaxTextBytes how much of what could not
// be read is kept to show it.
const (
	MaxIndicators = 100_000
	MaxAddresses  = 100_000
	MaxInvalid    = 100_000
	MaxBytes      = 64 << 20
	MaxLineBytes  = 64 << 10
	MaxTextBytes  = 200
)

var (
	// ErrTooLarge says that a list goes past one of the bounds; the error's text says which.
	ErrTooLarge = errors.New("indicator: the list is too large")
	// ErrSyntax says that a list begins as JSON or CSV and does not go on so.
	ErrSyntax = errors.New("indicator: the list cannot be read")
)

// Indicator is something to look for.
type Indicator struct {
	// Text is how it is written in the list, Line where, from 1.
	Text string
	Line int
	// Observables are what it can be looked up as, at least one; the first is what it most likely is. For a network the
	// first has the network as its value, which no row has, and the others are its addresses.
	Observables []observable.Observable
}

// Invalid is a piece of a list that is no indicator.
type Invalid struct {
	Line int
	// Text is no longer than MaxTextBytes. It comes from the list as it is.
	Text   string
	Reason string
}

// List is what was read. Of indicators that mean the same only the first is in it.
type List struct {
	Indicators []Indicator
	Invalid    []Invalid
}

// Read reads a list to its end. What is no indicator is in the list with its line and does not stop it; the errors are
// ErrTooLarge, ErrSyntax, and those of r.
func Read(r io.Reader) (List, error) {
	bounded := &io.LimitedReader{R: r, N: MaxBytes + 1}
	b := bufio.NewReaderSize(bounded, MaxLineBytes)
	l := lister{seen: map[meaning]bool{}}
	err := l.read(b)
	if err == nil && l.err != nil {
		err = l.err
	}
	if bounded.N == 0 {
		err = fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if err != nil {
		return List{}, err
	}
	return l.list, nil
}

type lister struct {
	list      List
	seen      map[meaning]bool
	addresses uint64 // of networks so far
	err       error  // that a bound was passed
}

// meaning is what an indicator can be looked up as: what it most likely is tells how much more that can be.
type meaning struct {
	first observable.Observable
	all   int
}

func (l *lister) read(b *bufio.Reader) error {
	head, err := b.Peek(512)
	if err != nil && err != io.EOF {
		return fmt.Errorf("indicator: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		if _, err := b.Discard(3); err != nil {
			return fmt.Errorf("indicator: %w", err)
		}
		head = head[3:]
	}
	if beginsJSON(bytes.TrimLeft(head, " \t\r\n")) {
		return l.document(b)
	}
	return l.lines(b)
}

// beginsJSON reports whether a text begins with an object, or an array of objects or texts.
func beginsJSON(text []byte) bool {
	if inner, isArray := bytes.CutPrefix(text, []byte{'['}); isArray {
		inner = bytes.TrimLeft(inner, " \t\r\n")
		return len(inner) > 0 && (inner[0] == '{' || inner[0] == '"')
	}
	return bytes.HasPrefix(text, []byte{'{'})
}

// Observables returns what a text of a list can be looked up as; none where it is no indicator.
func Observables(text string) []observable.Observable {
	network, isNetwork := observable.ParseNetwork(text)
	if !isNetwork {
		return same(text)
	}
	if size := network.Size(); size == 0 || size > MaxAddresses {
		return nil
	}
	return slices.AppendSeq([]observable.Observable{{Kind: observable.IP, Value: network.String()}}, network.All())
}

// same returns what a text that is no network can be looked up as.
func same(text string) []observable.Observable {
	const mark = "user:"
	text = strings.TrimSpace(text)
	if len(text) > len(mark) && strings.EqualFold(text[:len(mark)], mark) {
		if user, ok := observable.AsUser(text[len(mark):]); ok {
			return []observable.Observable{user}
		}
		return nil
	}
	return observable.Same(text)
}

// isIndicator reports whether a text is an indicator, or a network of whatever size.
func isIndicator(text string) bool {
	_, isNetwork := observable.ParseNetwork(text)
	return isNetwork || len(same(text)) > 0
}

// add takes a text for an indicator, or for an invalid piece.
func (l *lister) add(line int, text string) {
	text = strings.TrimSpace(text)
	if network, isNetwork := observable.ParseNetwork(text); isNetwork {
		l.network(line, text, network)
		return
	}
	found := same(text)
	switch {
	case len(found) == 0:
		l.invalid(line, text, "not an indicator of a known kind; the name of a user is written user:NAME")
	case found[0].OfEmptyFile():
		l.invalid(line, text, "the hash of the empty file, which every host has")
	default:
		l.keep(Indicator{Text: text, Line: line, Observables: found})
	}
}

// network takes a network, which is looked for as each of its addresses.
func (l *lister) network(line int, text string, network observable.Network) {
	size := network.Size()
	switch {
	case size == 0:
		l.invalid(line, text, "a network that no address is in")
	case size > MaxAddresses-l.addresses:
		l.invalid(line, text, fmt.Sprintf(
			"a network too many: those of a list may have %d addresses together; search for it with a query such as Raddr: 10.0.0.0/8", MaxAddresses))
	default:
		l.addresses += size
		l.keep(Indicator{Text: text, Line: line, Observables: Observables(text)})
	}
}

func (l *lister) keep(i Indicator) {
	means := meaning{i.Observables[0], len(i.Observables)}
	if l.err != nil || l.seen[means] {
		return
	}
	if len(l.list.Indicators) == MaxIndicators {
		l.err = fmt.Errorf("%w: it has more than %d indicators", ErrTooLarge, MaxIndicators)
		return
	}
	l.seen[means] = true
	l.list.Indicators = append(l.list.Indicators, i)
}

func (l *lister) invalid(line int, text, reason string) {
	if l.err != nil {
		return
	}
	if len(l.list.Invalid) == MaxInvalid {
		l.err = fmt.Errorf("%w: more than %d pieces of it are no indicators", ErrTooLarge, MaxInvalid)
		return
	}
	if len(text) > MaxTextBytes {
		text = text[:MaxTextBytes]
	}
	l.list.Invalid = append(l.list.Invalid, Invalid{Line: line, Text: strings.ToValidUTF8(text, "\uFFFD"), Reason: reason})
}
