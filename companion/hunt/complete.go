package hunt

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// Complete asks what can stand at a place of a query that is being typed. Of the scope, the query is that one.
type Complete struct {
	Scope
	// Position is the place of the cursor, in characters; at the end where it is beyond. Limit is the most suggestions to
	// return and has to be positive.
	Position int
	Limit    int
}

// Completions are suggestions for what stands between From and the cursor, in characters.
type Completions struct {
	From        int
	Suggestions []Suggestion
	Account
}

// Suggestion is a text that can stand there.
type Suggestion struct {
	// Text is as the query has to have it, in quotes where it needs them: texts, since a word may be a number or have
	// wildcards, but not numbers, since a comparison with one in quotes is with its text.
	Text string
	// Kind is "field", "value", "operator" or "keyword".
	Kind string
	// Rows and Hosts are how many of those that were looked at have the value; 0 for other kinds.
	Rows  int64
	Hosts int64
}

// maxCompleteChunks is how many chunks a completion looks at, the newest ones; the account says how many it was.
const maxCompleteChunks = 256

// Complete suggests how to go on with a query: the names of fields, and then the values that the most hosts have. What is
// in front of the cursor has to be right, or else the error is a *kql.SyntaxError.
func (s *Service) Complete(ctx context.Context, q Complete) (Completions, error) {
	if q.Limit <= 0 {
		return Completions{}, fmt.Errorf("%w: the limit has to be positive", ErrQuestion)
	}
	at, err := kql.Complete(q.Query, q.Position)
	if err != nil {
		return Completions{}, err
	}
	q.Query = ""
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return Completions{}, err
	}
	slices.SortFunc(sel.refs, func(x, y ref) int { return strings.Compare(y.ID, x.ID) })
	cut := len(sel.refs) > maxCompleteChunks
	sel.refs = sel.refs[:min(len(sel.refs), maxCompleteChunks)]
	slices.SortFunc(sel.refs, func(x, y ref) int { // as a scan reads them
		return cmp.Or(strings.Compare(x.tenant.String(), y.tenant.String()), strings.Compare(x.Artifact, y.Artifact),
			strings.Compare(x.ID, y.ID))
	})
	t := s.newTally(q.Scope)
	defer t.memory.giveBack()
	out := Completions{From: at.From}
	typed := strings.ToLower(at.Typed)
	switch {
	case at.Names:
		out.Suggestions, err = s.fieldNames(ctx, sel, t, typed)
	case at.Values:
		out.Suggestions, err = s.fieldValues(ctx, sel, t, at.Field, typed)
	}
	if at.Operators {
		out.add("operator", ":", ">=", "<=", ">", "<", "~")
	}
	if at.Connectives {
		out.add("keyword", "and", "or")
	}
	out.Suggestions = out.Suggestions[:min(q.Limit, len(out.Suggestions))]
	out.Account = t.account()
	if cut {
		out.Complete, out.Reason = false, fmt.Sprintf("Only the newest %d chunks were looked at.", maxCompleteChunks)
	}
	return out, err
}

func (c *Completions) add(kind string, texts ...string) {
	for _, text := range texts {
		c.Suggestions = append(c.Suggestions, Suggestion{Text: text, Kind: kind})
	}
}

// fieldNames suggests paths that begin with what is typed, and then those that have it elsewhere.
func (s *Service) fieldNames(ctx context.Context, sel *selection, t *tally, typed string) ([]Suggestion, error) {
	paths, err := s.paths(ctx, sel, t)
	if err != nil {
		return nil, err
	}
	var first, then []Suggestion
	for _, path := range paths {
		suggestion := Suggestion{Text: fieldText(path), Kind: "field"}
		switch lower := strings.ToLower(path); {
		case strings.HasPrefix(lower, typed):
			first = append(first, suggestion)
		case strings.Contains(lower, typed):
			then = append(then, suggestion)
		}
	}
	return append(first, then...), nil
}

// fieldValues suggests values of a field that have what is typed in them, those that begin with it first.
func (s *Service) fieldValues(ctx context.Context, sel *selection, t *tally, field kql.Name, typed string) ([]Suggestion, error) {
	all, err := s.countColumns(ctx, sel, t, field.Match)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*Suggestion)
	for _, column := range all.columns {
		for _, v := range column.detail(column.groups.n).Top {
			text, ok := valueText(v.Value)
			if !ok || !strings.Contains(strings.ToLower(text), strings.Trim(typed, "*")) {
				continue
			}
			if found[text] == nil {
				found[text] = &Suggestion{Text: kql.Quote(text), Kind: "value"}
			}
			if chunk.TypeOf(v.Value) == chunk.Number {
				found[text].Text = text
			}
			found[text].Rows += v.Rows
			found[text].Hosts = max(found[text].Hosts, v.Hosts)
		}
	}
	texts := slices.SortedFunc(maps.Keys(found), func(x, y string) int {
		begins := func(text string) int {
			if strings.HasPrefix(strings.ToLower(text), typed) {
				return 0
			}
			return 1
		}
		return cmp.Or(begins(x)-begins(y), cmp.Compare(found[y].Hosts, found[x].Hosts),
			cmp.Compare(found[y].Rows, found[x].Rows), strings.Compare(x, y))
	})
	suggestions := make([]Suggestion, len(texts))
	for i, text := range texts {
		suggestions[i] = *found[text]
	}
	return suggestions, nil
}

// valueText returns the text by which a value is found; null and what is empty have none.
func valueText(value json.RawMessage) (text string, ok bool) {
	switch chunk.TypeOf(value) {
	case chunk.String:
		return text, json.Unmarshal(value, &text) == nil
	case chunk.Number, chunk.Bool:
		return string(value), true
	}
	return "", false
}

// fieldText returns a path as a query has to have it.
func fieldText(path string) string {
	if q, err := kql.Parse(path + ": x"); err == nil {
		if f, ok := q.Expr.(kql.Field); ok && f.Name.String() == path {
			return path
		}
	}
	return kql.Quote(path)
}
