package velociraptor

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// splitter cuts a stream of JSON into the values it is made of. It looks at brackets and quotation marks only: whether
// a value is sound inside is for whoever takes it.
type splitter struct {
	r    *bufio.Reader
	at   int64 // how many bytes were read
	kept []byte
	// broken says that the JSON is, and not the stream that it comes in.
	broken bool
	long   func() error // called before more than ingest.LongRow of a value is held; nil where no limit is above that
}

// newSplitter passes over a byte order mark at the start.
func newSplitter(r io.Reader) *splitter {
	s := &splitter{r: bufio.NewReaderSize(r, lineBuffer)}
	if start, _ := s.r.Peek(len(byteOrderMark)); bytes.Equal(start, byteOrderMark) {
		n, _ := s.r.Discard(len(start))
		s.at = int64(n)
	}
	return s
}

// peek passes over white space and returns the byte behind it without reading it. io.EOF where there is none.
func (s *splitter) peek() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, s.r.UnreadByte()
		}
		s.at++
	}
}

// take reads the next byte that is not white space, which has to be one of wanted.
func (s *splitter) take(wanted string) (byte, error) {
	c, err := s.peek()
	if err == io.EOF {
		return 0, s.cutShort()
	}
	if err != nil {
		return 0, err
	}
	if strings.IndexByte(wanted, c) < 0 {
		return 0, s.unexpected(c)
	}
	s.at++
	_, err = s.r.ReadByte()
	return c, err
}

// value reads the next value and returns it as it is, without white space around it; it is valid until the next call.
// One that is longer than limit is passed over: long.
func (s *splitter) value(limit int) (raw []byte, long bool, err error) {
	c, err := s.peek()
	if err == io.EOF {
		return nil, false, s.cutShort()
	}
	if err != nil {
		return nil, false, err
	}
	if c < ' ' || strings.IndexByte(",:]}", c) >= 0 {
		return nil, false, s.unexpected(c)
	}
	s.kept = reused(s.kept)
	var e extent
	for !e.ended {
		if _, err := s.r.Peek(1); err == io.EOF {
			return nil, false, s.cutShort()
		} else if err != nil {
			return nil, false, err
		}
		part, _ := s.r.Peek(s.r.Buffered())
		part = part[:e.scan(part)]
		if long = long || len(s.kept)+len(part) > limit; !long {
			s.kept = append(s.kept, part...)
			if len(s.kept) > ingest.LongRow {
				if err := s.long(); err != nil {
					return nil, false, err
				}
			}
		}
		s.at += int64(len(part))
		if _, err := s.r.Discard(len(part)); err != nil {
			return nil, false, err
		}
	}
	return s.kept, long, nil
}

// list reads what stands between two brackets, separated by commas: item is called where an item begins, to read it.
func (s *splitter) list(brackets string, item func() error) error {
	opening, closing := brackets[:1], brackets[1:]
	if _, err := s.take(opening); err != nil {
		return err
	}
	if c, err := s.peek(); err == nil && c == closing[0] {
		_, err = s.take(closing)
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if c, err := s.take("," + closing); err != nil || c == closing[0] {
			return err
		}
	}
}

// end returns an error unless nothing but white space is left.
func (s *splitter) end() error {
	c, err := s.peek()
	if err == nil {
		return s.unexpected(c)
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// pass goes on behind the byte where the JSON is broken.
func (s *splitter) pass() {
	s.broken = false
	n, _ := s.r.Discard(1)
	s.at += int64(n)
}

func (s *splitter) cutShort() error {
	s.broken = true
	return &ingest.InputError{Reason: "the JSON is cut short"}
}

func (s *splitter) unexpected(c byte) error {
	s.broken = true
	return &ingest.InputError{Reason: fmt.Sprintf("the JSON is broken: %q at byte %d", c, s.at)}
}

// extent finds where a value ends.
type extent struct {
	depth    int  // of objects and arrays around the next byte
	inString bool // the next byte is inside a string
	escaped  bool // it is behind a backslash there
	ended    bool
}

// scan goes on with the next bytes of the input and returns how many of them belong to the value.
func (e *extent) scan(text []byte) int {
	for i, c := range text {
		switch {
		case e.escaped:
			e.escaped = false
		case e.inString:
			e.escaped = c == '\\'
			e.inString = c != '"'
			e.ended = !e.inString && e.depth == 0
		case c == '"':
			e.inString = true
		case c == '{' || c == '[':
			e.depth++
		case c == '}' || c == ']':
			if e.depth == 0 {
				e.ended = true
				return i
			}
			e.depth--
			e.ended = e.depth == 0
		case e.depth == 0 && (c == ',' || c == ':' || c <= ' '):
			e.ended = true
			return i
		}
		if e.ended {
			return i + 1
		}
	}
	return len(text)
}
