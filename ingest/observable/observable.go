// Package observable knows the values that hunters look for over all artifacts: hashes, addresses, domains, URLs, mail
// addresses, paths, users, SIDs and registry keys. It finds them in the values of rows, and tells what a text that
// somebody looks for is; both give the one normal form of a value, so that equal things are equal texts.
//
// A [Finder] goes by the name of the column first and by the shape of the value then, and looks into text such as
// command lines and messages. [Parse] and [Same] go by shape alone. Neither asks whether a thing exists.
//
// # Normal forms
//
//	md5, sha1, sha256, imphash   hexadecimal digits in lower case
//	ip            as netip.Addr writes it, without port, prefix and zone; IPv4 in IPv6 is IPv4
//	domain        lower case, without the dot at the end; international names only in their xn-- form
//	url           scheme and host in lower case, no default port, no fragment, "/" for an empty path; the rest as it is
//	email         lower case
//	path          of Windows: lower case, with '\', without \\?\; of Unix: as it is; no separator at the end. A name that
//	              stands alone and could be a domain, as run.py: lower case
//	user          lower case, DOMAIN\name or name
//	sid           upper case
//	registry_key  lower case, with '\' and the short names of the roots: hklm\software\…
//
// The hashes of the empty file, which every kernel thread of Linux has, and the unspecified addresses are never found.
package observable

import (
	"hash/crc32"
)

// Kind says what an observable is.
type Kind uint8

// The kinds. Their numbers are part of stored hashes and never change.
const (
	MD5 Kind = iota + 1
	SHA1
	SHA256
	ImpHash
	IP
	Domain
	URL
	Email
	Path
	User
	SID
	RegistryKey
)

var kindNames = [...]string{"", "md5", "sha1", "sha256", "imphash", "ip", "domain", "url", "email", "path", "user", "sid", "registry_key"}

// String returns the name of the kind as answers and documents use it; "" for what is none.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return ""
	}
	return kindNames[k]
}

// Observable is a value with its kind. Value is in normal form.
type Observable struct {
	Kind  Kind
	Value string
}

// Hash is a short name of the observable, under which indexes of chunks list it. It is stored and never changes. Two
// observables can have the same.
func (o Observable) Hash() uint32 { return Hash(o.Kind, []byte(o.Value)) }

// Hash is [Observable.Hash] for a value in normal form.
func Hash(kind Kind, value []byte) uint32 {
	return crc32.Update(kindHashes[kind], castagnoli, value)
}

// CRC-32C is quick on every processor, and differs for any two values that differ in four bytes in a row only, as the
// addresses of one network do.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var kindHashes = func() (hashes [RegistryKey + 1]uint32) {
	for kind := range hashes {
		hashes[kind] = crc32.Checksum([]byte{byte(kind)}, castagnoli)
	}
	return hashes
}()

// OfEmptyFile reports whether o is the hash of a file without content, which says nothing about a host.
func (o Observable) OfEmptyFile() bool { return isEmptyFile([]byte(o.Value)) }

func isEmptyFile(hash []byte) bool {
	switch string(hash) {
	case "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":
		return true
	}
	return false
}
