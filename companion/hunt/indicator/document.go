package indicator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// maxDepth is how deep a document may nest.
const maxDepth = 100

// document reads STIX and MISP. Both nest their objects at will, so it looks at every object there is: those that have a
// type and a value or pattern say something. Texts in an array that is in no object are indicators too. It keeps the whole
// document, to count lines.
func (l *lister) document(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("indicator: %w", err)
	}
	w := walker{lister: l, text: text, decoder: json.NewDecoder(bytes.NewReader(text)), line: 1}
	for l.err == nil {
		token, err := w.decoder.Token()
		if err == io.EOF {
			if l.empty() {
				l.invalid(1, string(bytes.TrimSpace(text)), "a document without objects of STIX or MISP that say something, and no array of texts")
			}
			return nil
		}
		if err == nil {
			_, err = w.value(token, "", 0)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSyntax, err)
		}
	}
	return nil
}

type walker struct {
	*lister
	text    []byte
	decoder *json.Decoder
	counted int // bytes of text whose line ends are in line
	line    int
}

// here returns the line that the decoder is in.
func (w *walker) here() int {
	at := int(w.decoder.InputOffset())
	w.line += bytes.Count(w.text[w.counted:at], []byte{'\n'})
	w.counted = at
	return w.line
}

// value reads the value that begins with a token, under a key, and returns it when it is a string.
func (w *walker) value(token json.Token, key string, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	switch token {
	case json.Delim('{'):
		return "", w.object(key, depth)
	case json.Delim('['):
		for w.decoder.More() {
			token, err := w.decoder.Token()
			if err != nil {
				return "", err
			}
			text, err := w.value(token, key, depth+1)
			if err != nil {
				return "", err
			}
			if _, nested := token.(json.Delim); key == "" && !nested {
				w.element(token, text)
			}
		}
		_, err := w.decoder.Token()
		return "", err
	}
	text, _ := token.(string)
	return text, nil
}

// element takes a text of an array that is in no object; nothing else is an indicator.
func (w *walker) element(token json.Token, text string) {
	if _, isText := token.(string); isText {
		w.add(w.here(), text)
		return
	}
	other, _ := json.Marshal(token) // which was read as JSON
	w.invalid(w.here(), string(other), "not a text")
}

func (w *walker) object(key string, depth int) error {
	line := w.here()
	var typ, value, pattern string
	revoked := false
	for w.decoder.More() {
		name, err := w.decoder.Token()
		if err != nil {
			return err
		}
		token, err := w.decoder.Token()
		if err != nil {
			return err
		}
		text, err := w.value(token, name.(string), depth+1)
		if err != nil {
			return err
		}
		switch name {
		case "type":
			typ = text
		case "value":
			value, line = text, w.here()
		case "key", "path":
			if value == "" {
				value = text
			}
		case "pattern":
			pattern, line = text, w.here()
		case "revoked":
			revoked = token == true
		}
		if key == "hashes" && text != "" && name != "SHA-512" && name != "SSDEEP" && name != "TLSH" {
			w.add(w.here(), text)
		}
	}
	if revoked && typ == "indicator" {
		w.invalid(line, pattern, "it was revoked")
	} else {
		w.tell(line, typ, value, pattern)
	}
	_, err := w.decoder.Token()
	return err
}

// tell takes what an object says.
func (w *walker) tell(line int, typ, value, pattern string) {
	first, second, composite := strings.Cut(value, "|")
	switch typ {
	case "indicator":
		if pattern != "" {
			w.pattern(line, pattern)
		}
	case "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "windows-registry-key", "directory", // STIX
		"ip-src", "ip-dst", "ip", "domain", "hostname", "uri", "md5", "sha1", "sha256", "email", "email-src", "email-dst", "email-reply-to", "regkey": // MISP
		if value != "" {
			w.add(line, value)
		}
	case "imphash":
		w.imphash(line, value)
	case "filename|imphash":
		w.imphash(line, second)
	case "ip-src|port", "ip-dst|port", "hostname|port", "regkey|value":
		w.add(line, first)
	case "filename|md5", "filename|sha1", "filename|sha256", "malware-sample":
		w.add(line, second)
	case "domain|ip":
		w.add(line, first)
		if composite {
			w.add(line, second)
		}
	default:
		// An attribute of MISP has a value, which of STIX only observed objects have.
		if typ != "" && value != "" {
			w.invalid(line, value, fmt.Sprintf("values of type %q are not looked for", cut(typ)))
		}
	}
}

func cut(text string) string { return text[:min(len(text), MaxTextBytes)] }

// imphash takes a hash that only its type tells from an MD5.
func (w *walker) imphash(line int, text string) {
	if o, ok := observable.Parse(text); ok && o.Kind == observable.MD5 {
		o.Kind = observable.ImpHash
		w.keep(Indicator{Text: text, Line: line, Observables: []observable.Observable{o}})
		return
	}
	w.invalid(line, text, "not an imphash")
}
