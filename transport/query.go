package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// knownQuery refuses a request whose query has a parameter that the operation does not take. Left alone, one that is
// mistyped would be answered as if it were not there: with the hosts of every name, say.
func (a *api) knownQuery(hc huma.Context, next func(huma.Context)) {
	at := hc.URL()
	given, err := url.ParseQuery(at.RawQuery)
	if err != nil {
		a.refuse(hc, huma.Error422UnprocessableEntity("The query of the address cannot be read: it is not encoded as one."))
		return
	}
	var taken []string
	for _, p := range hc.Operation().Parameters {
		if p.In == "query" {
			taken = append(taken, p.Name)
		}
	}
	var unknown []string
	for name := range given {
		if !slices.Contains(taken, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		a.refuse(hc, unknownQuery(unknown, taken))
		return
	}
	next(hc)
}

// unknownQuery says of each of some parameters that there is no such one, and which there are.
func unknownQuery(unknown, taken []string) error {
	there := "This route takes none."
	if len(taken) > 0 {
		there = "There are " + strings.Join(taken, ", ") + "."
	}
	slices.Sort(unknown)
	details := make([]error, len(unknown))
	for i, name := range unknown {
		details[i] = &huma.ErrorDetail{Message: "unknown query parameter", Location: "query." + name}
	}
	return huma.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("There is no query parameter %.100q. %s", unknown[0], there), details...)
}
