// Package page cuts lists into pages by key: entries that arrive while somebody is paging neither repeat nor hide others.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Request is the part of a list's input that all lists share. Inputs embed it.
type Request struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The most entries to return"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"Where the page begins: from the Link header of the page before"`

	path  string
	query url.Values
}

// Resolve takes the request's own query for the cursor's binding and for the link to the next page.
func (r *Request) Resolve(hc huma.Context) []error {
	u := hc.URL()
	r.path, r.query = u.Path, u.Query()
	return nil
}

// After returns the key after which the page begins, "" for the first page. A cursor of another tenant, route or
// filter is refused.
func (r *Request) After(tenant tenancy.ID) (string, error) {
	return Open(r.Cursor, r.boundTo(tenant)...)
}

// Open returns the key that [Bind] made a cursor for, "" for no cursor. One that is bound to something else is refused.
func Open(cursor string, to ...string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(raw) > bindingSize {
		if key := string(raw[bindingSize:]); Bind(key, to...) == cursor {
			return key, nil
		}
	}
	return "", huma.Error422UnprocessableEntity("The cursor does not belong to this list. Begin again without it.")
}

const bindingSize = 12

// Bind makes the cursor for a key: a digest of all that the cursor is good for, then the key. It need not be secret: a
// forged one only names another place in the same tenant's list.
func Bind(key string, to ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append(to[:len(to):len(to)], key), "\x00")))
	return base64.RawURLEncoding.EncodeToString(append(sum[:bindingSize:bindingSize], key...))
}

// boundTo is what a cursor of the request is good for.
func (r *Request) boundTo(tenant tenancy.ID) []string {
	filters := url.Values{}
	for name, values := range r.query {
		if name != "cursor" && name != "limit" {
			filters[name] = values
		}
	}
	return []string{tenant.String(), r.path, filters.Encode()}
}

// Cut takes a list that was asked for with one entry more than the page holds. It returns the page and the Link header
// that leads to the next one, "" on the last.
func Cut[T any](r *Request, tenant tenancy.ID, list []T, key func(T) string) ([]T, string) {
	if len(list) <= r.Limit {
		return list, ""
	}
	list = list[:r.Limit]
	return list, r.Link(tenant, key(list[len(list)-1]))
}

// Link is the Link header that leads to the page after a key.
func (r *Request) Link(tenant tenancy.ID, key string) string {
	next := url.Values{}
	for name, values := range r.query {
		next[name] = values
	}
	next.Set("cursor", Bind(key, r.boundTo(tenant)...))
	return "<?" + next.Encode() + `>; rel="next"`
}
