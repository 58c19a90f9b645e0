package ingest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/velocicompanion/velocicompanion/hosts"
)

// check returns an [*InputError] when the batch holds nothing to keep, or something of an origin that cannot be kept.
func (b *Batch) check() error {
	if len(b.collections) == 0 {
		return &InputError{Reason: "nothing to ingest was found"}
	}
	if err := b.CheckCollections(len(b.collections)); err != nil {
		return err
	}
	var stored int64
	var rejections []Rejection
	for _, c := range b.collections {
		if err := c.Origin.check(); err != nil {
			return err
		}
		for _, w := range c.results {
			stored += w.result.Stored
			rejections = append(rejections, w.result.Rejections...)
		}
	}
	if stored == 0 && len(rejections) > 0 {
		return &InputError{
			Reason:     "no row could be kept: rows are JSON objects",
			Rejections: rejections[:min(len(rejections), MaxRejections)],
		}
	}
	return nil
}

func (o Origin) check() error {
	if err := o.Host.Check(); err != nil {
		return hostError(err)
	}
	if strings.ContainsFunc(o.Host.ClientID, blank) {
		return &InputError{Reason: "the client id " + Quote(o.Host.ClientID) + " holds white space or control characters"}
	}
	if err := checkName("the flow id", o.FlowID); err != nil {
		return err
	}
	return checkName("the hunt id", o.HuntID)
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// hostError makes an error of the inventory that is about what was brought an [*InputError].
func hostError(err error) error {
	return &InputError{Reason: strings.TrimPrefix(err.Error(), hosts.ErrInvalid.Error()+": ")}
}

// maxNameBytes is the longest name of an artifact, flow or hunt.
const maxNameBytes = 512

func checkName(what, name string) error {
	if len(name) > maxNameBytes || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return &InputError{Reason: fmt.Sprintf(
			"%s %s is longer than %d bytes, holds control characters or is not UTF-8", what, Quote(name), maxNameBytes)}
	}
	return nil
}
