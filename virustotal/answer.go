package virustotal

import (
	"fmt"
	"strings"
	"unicode"
)

// Answer is what a look-up found. Callers that ask at the same time share its slices: do not change them.
type Answer struct {
	// Record is the zero Record with the verdict Unknown for the hash of an empty file, about which nobody is asked.
	Record
	// Hash is the hash as it was asked.
	Hash Hash
	// FromCache says that the tenant had this answer already and the source was not asked.
	FromCache bool
}

// Malicious reports whether the verdict is Malicious; nil says that nothing is known. A suspicious file is not called
// malicious: look at the Verdict.
func (a Answer) Malicious() *bool {
	if a.Verdict == Unknown {
		return nil
	}
	malicious := a.Verdict == Malicious
	return &malicious
}

// Message says the answer in one sentence for people.
func (a Answer) Message() string {
	s := a.Report.Stats
	looked := s.Malicious + s.Suspicious + s.Undetected + s.Harmless
	switch a.Verdict {
	case Malicious:
		return fmt.Sprintf("%s this file malicious%s", tally(s.Malicious, looked), a.label())
	case Suspicious:
		return fmt.Sprintf("%s this file malicious or suspicious%s; so few may be mistaken",
			tally(s.Malicious+s.Suspicious, looked), a.label())
	case Clean:
		return fmt.Sprintf("%s this file malicious", tally(0, looked))
	}
	switch {
	case emptyFile[a.Hash]:
		return "this is the hash of an empty file; it identifies nothing"
	case a.Report.SHA256 != "" || a.Report.SHA1 != "" || a.Report.MD5 != "":
		return "VirusTotal knows this file, but no engine has judged it; that says nothing about it"
	}
	return "VirusTotal does not know this file; that says nothing about it"
}

// tally begins a sentence: "41 of 70 engines call".
func tally(n, total int) string {
	engines := "engines"
	if total == 1 {
		engines = "engine"
	}
	switch n {
	case 0:
		return fmt.Sprintf("none of %d %s calls", total, engines)
	case 1:
		return fmt.Sprintf("1 of %d %s calls", total, engines)
	}
	return fmt.Sprintf("%d of %d %s call", n, total, engines)
}

// label is the threat's name in parentheses, without anything in it that could distort the sentence.
func (a Answer) label() string {
	const longest = 100
	name := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, a.Report.ThreatLabel))
	if len(name) == 0 {
		return ""
	}
	return " (" + string(name[:min(len(name), longest)]) + ")"
}

// emptyFile holds the MD5, SHA-1 and SHA-256 of no bytes at all.
var emptyFile = map[Hash]bool{
	"d41d8cd98f00b204e9800998ecf8427e":                                 true,
	"da39a3ee5e6b4b0d3255bfef95601890afd80709":                         true,
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": true,
}
