package observable

import (
	"bytes"
	"strings"
)

// Parse tells by its shape what a whole text is, as somebody writes it who looks for it: also defanged (hxxp, [.], (dot),
// [at]) or in quotes, and a domain in the letters of its language. An imphash has the shape of an MD5 and is told as one; see [Same]. ok is false when the text has
// the shape of none, as plain names and 0.0.0.0 do.
func Parse(text string) (o Observable, ok bool) {
	all := Same(text)
	if len(all) == 0 {
		return Observable{}, false
	}
	return all[0], true
}

// Same returns everything that a text can be looked up as, the most likely first: an MD5 also as an imphash, DOMAIN\name
// also as a path, a mail address also as a user, a URL without its scheme with either, and one of a file as its path; a domain
// that could be the name of a file also as that. It is empty where Parse is not ok.
func Same(text string) []Observable {
	raw := bytes.Trim([]byte(text), " \t\r\n\"'`,;")
	if raw = bytes.TrimSuffix(bytes.TrimPrefix(raw, []byte{'<'}), []byte{'>'}); len(raw) < 3 || len(raw) > maxPath {
		return nil
	}
	if value, ok := appendRegistryKey(nil, raw); ok {
		return []Observable{{RegistryKey, string(value)}}
	}
	if isAbsolute(raw) && !bytes.Contains(raw, []byte("://")) {
		value, ok := appendPath(nil, raw)
		return only(Path, value, ok)
	}
	raw = []byte(refang(string(raw)))
	if kind := hashKind(raw); kind != 0 {
		value := string(appendLower(nil, raw))
		if kind == MD5 {
			return []Observable{{MD5, value}, {ImpHash, value}}
		}
		return []Observable{{kind, value}}
	}
	if end := sidEnd(raw, 0); end == len(raw) {
		return []Observable{{SID, strings.ToUpper(string(raw))}}
	}
	if value, ok := appendHostAddress(nil, raw); ok {
		return []Observable{{IP, string(value)}}
	}
	if bytes.ContainsAny(raw, " \t\r\n") {
		return account(raw)
	}
	raw = appendASCII(nil, raw)
	if bytes.Contains(raw, []byte("://")) {
		value, _, ok := appendURL(nil, raw)
		if path, isFile := fileURL(raw); isFile {
			return append(only(Path, path, true), only(URL, value, ok)...)
		}
		return only(URL, value, ok)
	}
	if value, _, ok := appendEmail(nil, raw); ok {
		return []Observable{{Email, string(value)}, {User, string(value)}}
	}
	if value, ok, certain := appendDomain(nil, raw); ok && certain {
		return []Observable{{Domain, string(value)}}
	} else if ok {
		return []Observable{{Domain, string(value)}, {Path, string(value)}}
	}
	if i := bytes.IndexAny(raw, "/:"); i > 0 {
		return withoutScheme(raw, i)
	}
	return account(raw)
}

func only(kind Kind, value []byte, ok bool) []Observable {
	if !ok {
		return nil
	}
	return []Observable{{kind, string(value)}}
}

// withoutScheme returns the URLs that host/path can be short for. The host ends at i.
func withoutScheme(raw []byte, i int) []Observable {
	_, isAddress := appendIP(nil, raw[:i])
	if _, isDomain, _ := appendDomain(nil, raw[:i]); !isDomain && !isAddress {
		return nil
	}
	var urls []Observable
	for _, scheme := range [...]string{"http://", "https://"} {
		if value, _, ok := appendURL(nil, append([]byte(scheme), raw...)); ok {
			urls = append(urls, Observable{URL, string(value)})
		}
	}
	return urls
}

// account tells DOMAIN\name, which a relative path can look like.
func account(raw []byte) []Observable {
	domain, name, found := bytes.Cut(raw, []byte{'\\'})
	if !found || len(raw) > maxUser || len(domain) == 0 || len(name) == 0 || bytes.ContainsAny(raw, "/:\"<>|\t\r\n") {
		return nil
	}
	path, _ := appendPath(nil, raw)
	user, asPath := Observable{User, string(appendFolded(nil, raw))}, Observable{Path, string(path)}
	if bytes.IndexByte(name, '\\') >= 0 {
		return []Observable{asPath}
	}
	if bytes.IndexByte(name, '.') >= 0 {
		return []Observable{asPath, user}
	}
	return []Observable{user, asPath}
}

// AsUser returns a text as the name of a user, which has no shape that would tell it. ok is false for what is never found
// as one.
func AsUser(text string) (o Observable, ok bool) {
	value, ok := appendUser(nil, []byte(strings.TrimSpace(text)))
	return Observable{User, string(value)}, ok
}

var marks = strings.NewReplacer(
	"[.]", ".", "(.)", ".", "{.}", ".", "[.", ".", ".]", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".", "{DOT}", ".",
	"[:]", ":", "[://]", "://", "[:/]", ":/", "[/]", "/", "[at]", "@", "(at)", "@", "[AT]", "@", "(AT)", "@", "[@]", "@", `\.`, ".",
)

// refang undoes what people do to indicators so that nobody follows them by accident.
func refang(text string) string {
	if strings.ContainsAny(text, `[({\`) {
		text = marks.Replace(text)
	}
	if scheme, rest, found := strings.Cut(text, "://"); found {
		switch strings.ToLower(scheme) {
		case "hxxp", "h**p", "htxp", "hxtp", "meow":
			return "http://" + rest
		case "hxxps", "h**ps", "htxps", "hxtps", "meows":
			return "https://" + rest
		case "fxp":
			return "ftp://" + rest
		}
	}
	return text
}
