package observable

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Finder finds the observables in values. It keeps memory for the next value, and is for one goroutine at a time. The
// zero value is ready to use.
type Finder struct {
	path    string // of the values before; most callers go through one column after the other
	column  column
	yield   func(kind Kind, value []byte)
	out     []uint32 // where yield is nil
	text    []byte   // the value without its escapes
	value   []byte   // the normal form being made
	urlEnd  int      // of the URL that was found last, in which nested more began
	nested  int
	noPaths bool // that begin the text: it is one as a whole
}

// Find calls yield for every observable in a JSON token that stands in the column with a path: keys joined with dots, as
// the chunk package has them. The value is in normal form and valid during the call only. One that occurs twice may be
// yielded twice. Only strings hold observables.
func (f *Finder) Find(path string, token []byte, yield func(kind Kind, value []byte)) {
	if len(token) < len(`"::1"`) || token[0] != '"' {
		return
	}
	if path != f.path {
		f.path, f.column = path, columnOf(path)
	}
	raw := token[1 : len(token)-1]
	if f.value == nil {
		f.value = make([]byte, 0, 256)
	}
	if f.column == 0 && f.wholeHash(raw, yield) {
		return
	}
	if f.column&^(ofHosts|ofVersions|ofImpHashes|ofText) == 0 && !promising(raw) {
		return
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		f.text = unescape(f.text[:0], raw)
		raw = f.text
	}
	f.yield = yield
	f.find(bytes.TrimSpace(raw))
	f.yield = nil
}

// AppendHashes appends the hashes of what Find yields.
func (f *Finder) AppendHashes(dst []uint32, path string, token []byte) []uint32 {
	f.out = dst
	f.Find(path, token, nil)
	dst, f.out = f.out, nil
	return dst
}

// wholeHash finds the hash that a text is, as most texts that hold one are.
func (f *Finder) wholeHash(text []byte, yield func(kind Kind, value []byte)) bool {
	kind := hashKind(text)
	if kind == 0 {
		return false
	}
	if value := appendLower(f.value[:0], text); !isEmptyFile(value) {
		f.yield = yield
		f.found(kind, value)
		f.yield = nil
	}
	return true
}

// promising reports whether a text can hold any observable at all: nearly all of them have a dot, a colon or a
// separator, and hashes and SIDs are long or have hyphens.
func promising(text []byte) bool {
	if len(text) >= 32 {
		return true
	}
	for i, b := range text {
		if classes[b]&(colon|separator) != 0 || b == '.' || b == '-' && i > 0 && text[i-1]|0x20 == 's' {
			return true
		}
	}
	return false
}

func (f *Finder) find(text []byte) {
	if len(text) == 0 {
		return
	}
	f.urlEnd, f.nested = 0, 0
	f.noPaths = f.findWhole(text)
	f.scan(text)
}

// findWhole finds what the text is as a whole, and reports whether that is a path.
func (f *Finder) findWhole(text []byte) (isPath bool) {
	switch {
	case f.column&ofUsers != 0:
		f.user(text)
	case f.column&ofDomains != 0:
		if value, ok := appendAnyDomain(f.value[:0], text); ok && !ipv4(text) {
			f.found(Domain, value)
		}
	}
	if f.column&(ofText|ofUsers) != 0 || bytes.IndexByte(text, '/') < 0 && bytes.IndexByte(text, '\\') < 0 {
		return false
	}
	if f.column&ofPaths == 0 && (!isAbsolute(text) && !hasRegistryRoot(text) || isCommand(text)) || text[0] == '"' || bytes.Contains(text, []byte("://")) {
		return false
	}
	return f.pathOrKey(text)
}

func hasRegistryRoot(text []byte) bool { return hasFold(text, "hk") || hasFold(text, `computer\hk`) }

func (f *Finder) pathOrKey(text []byte) bool {
	if value, ok := appendRegistryKey(f.value[:0], text); ok {
		return f.found(RegistryKey, value)
	}
	if value, ok := appendPath(f.value[:0], text); ok {
		return f.found(Path, value)
	}
	return false
}

func (f *Finder) emit(kind Kind, value []byte) {
	if f.yield == nil {
		f.out = append(f.out, Hash(kind, value))
		return
	}
	f.yield(kind, value)
}

// found hands on a value that was made in the memory of f.value.
func (f *Finder) found(kind Kind, value []byte) bool {
	f.value = value
	f.emit(kind, value)
	return true
}

const maxUser = 256

// user finds a user's name, and behind the name of a domain the plain one too.
func (f *Finder) user(text []byte) {
	value, ok := appendUser(f.value[:0], text)
	if !ok {
		return
	}
	f.found(User, value)
	if i := bytes.LastIndexByte(value, '\\'); i >= 0 && i+1 < len(value) {
		f.emit(User, value[i+1:])
	}
}

// appendUser appends the normal form of a user's name. ok is false for numbers, SIDs, and what says that there is no user.
func appendUser(dst, text []byte) (out []byte, ok bool) {
	if len(text) == 0 || len(text) > maxUser || all(text, digit) || sidEnd(text, 0) == len(text) {
		return dst, false
	}
	out = appendFolded(dst, text)
	switch string(out[len(dst):]) {
	case "-", "n/a", "null", "(null)", "none":
		return dst, false
	}
	return out, true
}

// scan finds what stands in a text, in one pass over it.
func (f *Finder) scan(text []byte) {
	for i := 0; i < len(text); {
		switch c := classes[text[i]]; {
		case c&word != 0:
			if classes[text[i]]&letter != 0 && atBoundary(text, i) {
				f.pathAt(text, i)
			}
			i = f.word(text, i)
		case c&separator != 0:
			if atBoundary(text, i) {
				f.pathAt(text, i)
			}
			i++
		case c&colon != 0:
			i = max(i+1, f.ipv6(text, i))
		default:
			i++
		}
	}
}

// atBoundary reports whether a path can begin at i.
func atBoundary(text []byte, i int) bool {
	if i == 0 {
		return true
	}
	return classes[text[i-1]]&(blank|opening) != 0
}

// pathAt finds the path or registry key that begins at i. In a text "/x" is an option and no path.
func (f *Finder) pathAt(text []byte, i int) {
	rest := text[i:]
	if f.noPaths && i == 0 || !isAbsolute(rest) && !hasFold(rest, "hk") {
		return
	}
	piece := text[i:pathEnd(text, i)]
	if len(piece) < 4 || piece[0] == '/' && bytes.IndexByte(piece[1:], '/') < 0 || bytes.HasPrefix(piece, []byte("//")) {
		return
	}
	if piece[0]|0x20 == 'h' && !hasDrive(piece) {
		if value, ok := appendRegistryKey(f.value[:0], piece); ok {
			f.found(RegistryKey, value)
		}
		return
	}
	f.pathOrKey(piece)
}

// word finds what the word that begins at start is, and returns where to go on.
func (f *Finder) word(text []byte, start int) int {
	i, common, dots := start, ^class(0), 0
	for ; i < len(text) && classes[text[i]]&word != 0; i++ {
		if text[i] == '.' {
			dots++
			continue
		}
		common &= classes[text[i]]
	}
	w := text[start:i]
	if i < len(text) {
		switch {
		case text[i] == '@':
			return f.email(text, start, i)
		case text[i] == ':' && bytes.HasPrefix(text[i:], []byte("://")):
			return f.url(text, start, i)
		case text[i] == ':' && dots == 0 && common&hexadecimal != 0 && len(w) <= 4:
			return max(i, f.ipv6(text, start))
		}
	}
	end := i
	for ; end > start && text[end-1] == '.'; end-- {
		dots--
	}
	switch {
	case dots == 3 && common&digit != 0:
		f.ipv4(text, start, end)
	case dots > 0:
		f.domain(text, start, end)
	case w[0]|0x20 == 's' && sidEnd(w, 0) > 0:
		f.found(SID, bytes.ToUpper(w[:sidEnd(w, 0)]))
	}
	if len(w) >= 32 {
		f.hashes(text, start, i)
	}
	return i
}

// hashes finds the hashes among the parts of a word.
func (f *Finder) hashes(text []byte, start, end int) {
	for i := start; i < end; i++ {
		from := i
		for i < end && classes[text[i]]&wordMark == 0 {
			i++
		}
		kind := hashKind(text[from:i])
		if kind == 0 {
			continue
		}
		if kind == MD5 && (f.column&ofImpHashes != 0 || follows(text, from, "imphash")) {
			kind = ImpHash
		}
		if value := appendLower(f.value[:0], text[from:i]); !isEmptyFile(value) {
			f.found(kind, value)
		}
	}
}

func hashKind(text []byte) Kind {
	var kind Kind
	switch len(text) {
	case 32:
		kind = MD5
	case 40:
		kind = SHA1
	case 64:
		kind = SHA256
	default:
		return 0
	}
	if !all(text, hexadecimal) {
		return 0
	}
	return kind
}

// follows reports whether what is at i follows a word, with at most three marks or blanks between.
func follows(text []byte, i int, word string) bool {
	for range 3 {
		if i > 0 && classes[text[i-1]]&(letter|digit) == 0 {
			i--
		}
	}
	return i >= len(word) && hasFold(text[i-len(word):i], word)
}

func (f *Finder) ipv4(text []byte, start, end int) {
	if f.column&ofVersions != 0 || follows(text, start, "version") || !ipv4(text[start:end]) {
		return
	}
	if value, ok := appendIP(f.value[:0], text[start:end]); ok {
		f.found(IP, value)
	}
}

// ipv6 finds the address that begins at start, and returns where it ends; 0 when there is none.
func (f *Finder) ipv6(text []byte, start int) int {
	if start > 0 && classes[text[start-1]]&(word|colon) != 0 {
		return 0
	}
	i := start
	for i < len(text) && (classes[text[i]]&(hexadecimal|colon) != 0 || text[i] == '.') {
		i++
	}
	if i < len(text) && classes[text[i]]&word != 0 {
		return 0
	}
	value, ok := appendIP(f.value[:0], bytes.TrimRight(text[start:i], "."))
	if !ok {
		return 0
	}
	f.found(IP, value)
	return i
}

func (f *Finder) domain(text []byte, start, end int) {
	if f.column&(ofHosts|ofDomains) != 0 {
		return
	}
	// What follows a separator is a file's name, but for the server of \\server\share. What follows a letter that is not
	// ASCII is the end of an international name.
	if start > 0 && (classes[text[start-1]]&separator != 0 && !atServer(text, start) || text[start-1] >= utf8.RuneSelf) {
		return
	}
	for end > start && classes[text[end-1]]&wordMark != 0 {
		end--
	}
	if value, ok, certain := appendDomain(f.value[:0], text[start:end]); ok && certain {
		f.found(Domain, value)
	} else if ok && start == 0 && end == len(text) {
		f.found(Path, value)
	}
}

func atServer(text []byte, start int) bool {
	return start >= 2 && text[start-1] == '\\' && text[start-2] == '\\' && atBoundary(text, start-2)
}

// email finds the address around the @ at i, and the domain in it.
func (f *Finder) email(text []byte, start, at int) int {
	for start > 0 && at-start <= 64 && classes[text[start-1]]&local != 0 {
		start--
	}
	end := at + 1
	for end < len(text) && classes[text[end]]&word != 0 {
		end++
	}
	value, host, ok := appendEmail(f.value[:0], bytes.TrimRight(text[start:end], ".-_"))
	if !ok {
		return at
	}
	f.found(Email, value)
	f.emit(Domain, value[host:])
	return end
}

// url finds the URL whose scheme ends at colon, and its host. It goes on behind the host, because the rest of a URL can
// name more. Only a few URLs within a URL are looked for.
func (f *Finder) url(text []byte, start, colon int) int {
	for i := colon; i > start; i-- {
		if classes[text[i-1]]&wordMark != 0 {
			start = i
			break
		}
	}
	host := colon + len("://")
	if f.nested++; colon >= f.urlEnd {
		f.nested = 0
	}
	if f.nested > 3 {
		return host
	}
	end := urlEnd(text, host)
	f.urlEnd = max(f.urlEnd, end)
	value, name, ok := appendURL(f.value[:0], text[start:end])
	if !ok {
		return host
	}
	f.found(URL, value)
	f.host(value[name.start:name.end])
	for i := host; i < end; i++ {
		if classes[text[i]]&separator != 0 || text[i] == '?' {
			return i
		}
	}
	return end
}

// host finds what the host of a URL in normal form is.
func (f *Finder) host(name []byte) {
	var room [64]byte
	if value, ok := appendIP(room[:0], bytes.Trim(name, "[]")); ok {
		f.emit(IP, value)
	} else if !ipv4(name) && domain(name) {
		f.emit(Domain, name)
	}
}

// sidEnd returns where the SID ends that begins at i: S-1- and then numbers with hyphens between. 0 when there is none.
func sidEnd(text []byte, i int) int {
	if !hasFold(text[i:], "s-1-") {
		return 0
	}
	end := i + len("s-1-")
	parts, digits := 0, 0
	for ; end < len(text); end++ {
		if text[end] == '-' && digits > 0 {
			parts, digits = parts+1, 0
		} else if classes[text[end]]&digit != 0 {
			digits++
		} else {
			break
		}
	}
	if digits == 0 {
		end--
		parts--
	}
	if parts < 1 || end < len(text) && classes[text[end]]&(letter|digit) != 0 {
		return 0
	}
	return end
}

// unescape appends the text of a JSON string without its quotes. Halves of surrogate pairs become U+FFFD.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		plain := bytes.IndexByte(raw[i:], '\\')
		if plain < 0 || i+plain+1 == len(raw) {
			return append(dst, raw[i:]...)
		}
		dst = append(dst, raw[i:i+plain]...)
		i += plain + 1
		switch raw[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b', 'f':
			dst = append(dst, ' ')
		case 'u':
			r, ok := codeUnit(raw[i+1:])
			if !ok {
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if low, ok := codeUnit(raw[min(i+3, len(raw)):]); ok && raw[i+1] == '\\' && raw[i+2] == 'u' {
					if pair = utf16.DecodeRune(r, low); pair != utf8.RuneError {
						i += 6
					}
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, raw[i])
		}
	}
	return dst
}

// codeUnit reads the four digits of \u.
func codeUnit(text []byte) (unit rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, b := range text[:4] {
		switch {
		case classes[b]&digit != 0:
			unit = unit<<4 | rune(b-'0')
		case classes[b]&hexadecimal != 0:
			unit = unit<<4 | rune(b|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}
