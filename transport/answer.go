package transport

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"

	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

// listed is the answer of every list.
type listed[T any] struct {
	Link string `header:"Link" doc:"The next page, relative to this one: <?cursor=…>; rel=\"next\""`
	Body []T
}

// list turns what the services return into an answer; an empty list is an empty array, never null.
func list[T, V any](entries []T, link string, view func(T) V) *listed[V] {
	out := &listed[V]{Link: link, Body: make([]V, 0, len(entries))}
	for _, e := range entries {
		out.Body = append(out.Body, view(e))
	}
	return out
}

// answer is an answer with nothing but a body.
type answer[T any] struct {
	Body T
}

// answerWithStatus is an answer of an operation that has more than one status for success: see mayBeThere.
type answerWithStatus[T any] struct {
	Status int
	Body   T
}

// mayBeThere documents that the POST of a path, which creates, answers 200 with the same body where nothing was new.
func (a *api) mayBeThere(path string) {
	responses := a.huma.OpenAPI().Paths[path].Post.Responses
	responses["200"] = &huma.Response{Description: "It was there already", Content: responses["201"].Content}
}

// reply makes an answer of what a service returned.
func reply[T any](body T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{Body: body}, nil
}

// pageOnly is the input of lists without filters.
type pageOnly struct {
	page.Request
}

// preferred returns which of some media types an Accept header asks for rather than for JSON, or "".
func preferred(accept string, types ...string) string {
	const usual = "application/json"
	allowed := append([]string{"none/none", usual}, types...) // the first is taken even with q=0
	chosen := negotiation.SelectQValue(accept, allowed)
	if chosen == usual {
		return ""
	}
	return chosen
}
