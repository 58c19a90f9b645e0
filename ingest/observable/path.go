package observable

import (
	"bytes"
	"unicode/utf8"
)

// maxPath is the longest path that Windows knows. Longer ones are not looked for.
const maxPath = 32767

// isAbsolute reports whether text begins as an absolute path does: /x, C:\x, \\server\x, \??\x, \Device\x, %NAME%\x.
func isAbsolute(text []byte) bool {
	switch {
	case len(text) < 2:
		return false
	case text[0] == '/':
		return classes[text[1]]&word != 0
	case text[0] == '\\':
		return classes[text[1]]&word != 0 || text[1] == '?' || text[1] == '\\' && len(text) > 2 && (classes[text[2]]&word != 0 || text[2] == '?')
	case text[0] == '%':
		name, rest, found := bytes.Cut(text[1:min(len(text), 64)], []byte{'%'})
		return found && all(name, word) && len(rest) > 1 && rest[0] == '\\'
	}
	return hasDrive(text)
}

func hasDrive(text []byte) bool {
	return len(text) > 2 && classes[text[0]]&letter != 0 && text[1] == ':' && classes[text[2]]&separator != 0
}

// isCommand reports whether a text that begins with a path seems to be a path with arguments.
func isCommand(text []byte) bool {
	return bytes.ContainsAny(text, "\"<>|\n;") || bytes.Contains(text, []byte(" -")) || bytes.Contains(text, []byte(" /"))
}

// appendPath appends the normal form of a path, absolute or not. ok is false when there is nothing but separators.
func appendPath(dst, text []byte) (out []byte, ok bool) {
	if len(text) > maxPath {
		return dst, false
	}
	if text[0] == '/' || bytes.IndexByte(text, '\\') < 0 && !hasDrive(text) {
		out = append(dst, bytes.TrimRight(text, "/")...)
		return out, len(out) > len(dst)
	}
	for _, prefix := range [...]string{`\\?\`, `\\.\`, `\??\`} {
		rest, found := bytes.CutPrefix(text, []byte(prefix))
		if found && hasFold(rest, `unc\`) {
			dst, rest = append(dst, '\\'), rest[len("unc"):]
		}
		if found {
			text = rest
			break
		}
	}
	out = appendFolded(dst, text)
	path := out[len(dst):]
	for i, b := range path {
		if b == '/' {
			path[i] = '\\'
		}
	}
	path = bytes.TrimRight(path, `\`)
	if len(path) == 2 && path[1] == ':' {
		path = append(path, '\\')
	}
	return out[:len(dst)+len(path)], len(path) > 0
}

// appendFolded appends text in lower case, letters outside of ASCII too.
func appendFolded(dst, text []byte) []byte {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return append(dst, bytes.ToLower(text)...)
		}
	}
	return appendLower(dst, text)
}

// The roots of the registry, and what the normal form calls them.
var registryRoots = [...]struct{ name, short string }{
	{"hkey_local_machine", "hklm"}, {"hklm", "hklm"}, {`\registry\machine`, "hklm"}, {"hkey_users", "hku"}, {"hku", "hku"},
	{`\registry\user`, "hku"}, {"hkey_current_user", "hkcu"}, {"hkcu", "hkcu"}, {"hkey_classes_root", "hkcr"}, {"hkcr", "hkcr"},
	{"hkey_current_config", "hkcc"}, {"hkcc", "hkcc"},
}

// appendRegistryKey appends the normal form of a registry key, or of a value in one. ok is false when text does not
// begin with a root.
func appendRegistryKey(dst, text []byte) (out []byte, ok bool) {
	if hasFold(text, `computer\hk`) {
		text = text[len(`computer\`):]
	}
	if len(text) > maxPath || len(text) < 5 || text[0]|0x20 != 'h' && text[0] != '\\' {
		return dst, false
	}
	for _, root := range registryRoots {
		if !hasFold(text, root.name) {
			continue
		}
		key := bytes.TrimPrefix(text[len(root.name):], []byte{':'})
		if len(key) < 2 || classes[key[0]]&separator == 0 {
			continue
		}
		out, ok = appendPath(append(dst, root.short...), append([]byte{'\\'}, key[1:]...))
		return out, ok
	}
	return dst, false
}

// pathEnd returns where a path or key in a text ends that begins at i: at the closing quote, if there is one before it,
// behind the name of a program, or before the next blank.
func pathEnd(text []byte, i int) int {
	window := text[i:min(len(text), i+maxPath)]
	if i > 0 && (text[i-1] == '"' || text[i-1] == '\'') {
		if end := bytes.IndexByte(window, text[i-1]); end >= 0 {
			return i + end
		}
	}
	end := 0
	for end < len(window) && classes[window[end]]&pathStop == 0 {
		end++
	}
	if end < len(window) && window[end] == ' ' && classes[window[0]]&letter != 0 {
		if program := programEnd(window[:min(len(window), 260)], end); program > 0 {
			return i + program
		}
	}
	return i + len(bytes.TrimRight(window[:end], ".:"))
}

// programEnd returns where the first name of a program in a path with blanks ends, or 0 when none does before the path
// has to end.
func programEnd(text []byte, i int) int {
	for ; i < len(text); i++ {
		if c := classes[text[i]]; c&inProgram == 0 && (c&(pathStop|colon) != 0 || text[i] == '/') {
			return 0
		}
		if text[i] != '.' || i+4 > len(text) || i+4 < len(text) && classes[text[i+4]]&word != 0 {
			continue
		}
		for _, ending := range [...]string{"exe", "dll", "sys", "bat", "cmd", "com", "ps1", "vbs", "msi", "scr"} {
			if hasFold(text[i+1:], ending) {
				return i + 4
			}
		}
	}
	return 0
}
