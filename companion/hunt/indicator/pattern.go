package indicator

import "strings"

// pattern takes the values out of a STIX pattern that comparisons with =, IN or ISSUBSET name. How they are combined does not
// matter: each is an indicator of its own. Comparisons of other kinds, and of what no indicator is, say nothing.
func (l *lister) pattern(line int, text string) {
	found := false
	p := patternReader{text: text}
	for {
		path := p.path()
		if path == "" {
			break
		}
		values := p.values()
		if !lookedFor(path) {
			continue
		}
		for _, value := range values {
			found = true
			l.add(line, value)
		}
	}
	if !found {
		l.invalid(line, text, "the pattern compares nothing that can be looked for with =, IN or ISSUBSET")
	}
}

// lookedFor reports whether an object path names something that indicators are made of.
func lookedFor(path string) bool {
	object, property, _ := strings.Cut(path, ":")
	switch object {
	case "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr":
		return property == "value"
	case "file", "artifact":
		return strings.HasPrefix(property, "hashes.")
	case "windows-registry-key":
		return property == "key"
	case "directory":
		return property == "path"
	}
	return strings.HasSuffix(property, "ref.value")
}

type patternReader struct {
	text string
	at   int
}

// path goes to the next object path, as file:hashes.'SHA-256', and returns it; "" at the end.
func (p *patternReader) path() string {
	for p.at < len(p.text) {
		if p.text[p.at] == '\'' {
			p.literal()
			continue
		}
		start, colon := p.at, false
		for p.at < len(p.text) && (isPathByte(p.text[p.at]) || colon && p.text[p.at] == '\'' && p.text[p.at-1] == '.') {
			if p.text[p.at] == '\'' {
				p.literal()
				continue
			}
			colon = colon || p.text[p.at] == ':'
			p.at++
		}
		if colon {
			return p.text[start:p.at]
		}
		p.at = max(p.at, start+1)
	}
	return ""
}

func isPathByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || strings.IndexByte("-_:.*", b) >= 0
}

// values returns the literals behind =, IN or ISSUBSET; nothing behind any other operator.
func (p *patternReader) values() []string {
	rest := strings.TrimLeft(p.text[p.at:], " \t\r\n")
	p.at = len(p.text) - len(rest)
	var values []string
	switch {
	case strings.HasPrefix(rest, "="):
		values = p.behind("=")
	case begins(rest, "issubset"):
		values = p.behind("issubset")
	case begins(rest, "in"):
		p.at += 2
		for p.at < len(p.text) && p.text[p.at] != ')' && p.text[p.at] != ']' {
			if value, ok := p.literal(); ok {
				values = append(values, value)
				continue
			}
			p.at++
		}
	}
	return values
}

// behind returns the literal behind an operator.
func (p *patternReader) behind(operator string) []string {
	p.at += len(operator)
	p.at += strings.IndexFunc(p.text[p.at:]+".", func(r rune) bool { return r != ' ' && r != '=' })
	if value, ok := p.literal(); ok {
		return []string{value}
	}
	return nil
}

func begins(text, word string) bool {
	return len(text) > len(word) && strings.EqualFold(text[:len(word)], word)
}

// literal reads a text in quotes and goes behind it. ok is false where none begins.
func (p *patternReader) literal() (value string, ok bool) {
	if p.at >= len(p.text) || p.text[p.at] != '\'' {
		return "", false
	}
	var out strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch b := p.text[p.at]; {
		case b == '\'':
			p.at++
			return out.String(), true
		case b == '\\' && p.at+1 < len(p.text):
			p.at++
			out.WriteByte(p.text[p.at])
		default:
			out.WriteByte(b)
		}
	}
	return out.String(), true
}
