package kql

import (
	"strings"
)

// Bounds of a query. One that goes past them is a *SyntaxError.
const (
	// MaxBytes bounds the text, MaxDepth how deep parentheses and nots nest, MaxClauses the texts in it.
	MaxBytes   = 64 << 10
	MaxDepth   = 50
	MaxClauses = 1000
	// MaxPatternBytes bounds a regular expression, and MaxPatternSteps what it grows to where repetitions are written
	// out, which is what a search takes for each byte at worst.
	MaxPatternBytes = 1000
	MaxPatternSteps = 2000
)

// Query is a query that was understood.
type Query struct {
	Expr Expr
}

// String returns the query in one certain form, which parses to the same query.
func (q *Query) String() string { return q.Expr.String() }

// Expr is what a row has to be: All, And, Or, Not or Field.
type Expr interface {
	String() string
	expr()
}

// All matches every row.
type All struct{}

// And matches the rows that each of it matches. There are at least two.
type And []Expr

// Or matches the rows that one of it matches. There are at least two.
type Or []Expr

// Not matches the rows that Expr does not match.
type Not struct{ Expr Expr }

// Field matches the rows that have a value which Value matches in a column whose path Name matches. Where no name was
// given, Name matches all of them.
type Field struct {
	Name  Name
	Value Predicate
}

// Whole matches the rows that have a text as a whole value of any column.
func Whole(text string) Expr { return Field{everywhere, newEquals(text, true)} }

func (All) expr()   {}
func (And) expr()   {}
func (Or) expr()    {}
func (Not) expr()   {}
func (Field) expr() {}

func (All) String() string   { return "*" }
func (a And) String() string { return join(a, " and ") }
func (o Or) String() string  { return join(o, " or ") }
func (n Not) String() string { return "not " + n.Expr.String() }

func (f Field) String() string {
	if _, anywhere := f.Value.(contains); anywhere {
		return f.Value.String()
	}
	return f.Name.String() + f.Value.String()
}

func join[E ~[]Expr](parts E, between string) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.String()
	}
	return "(" + strings.Join(texts, between) + ")"
}

// Quote returns text as a query has to have it for it to be taken as it is, as a value or as a name.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// specials are the characters that a backslash in a word takes their meaning from.
const specials = `\():<>"*~`

// asWord returns parts with wildcards between them as a word.
func asWord(parts []string) string {
	var word strings.Builder
	for i, part := range parts {
		if i > 0 {
			word.WriteByte('*')
		}
		for _, c := range []byte(part) {
			if strings.IndexByte(specials, c) >= 0 {
				word.WriteByte('\\')
			}
			word.WriteByte(c)
		}
	}
	return word.String()
}
