package kql

import (
	"strings"
	"unicode/utf8"
)

// Parse reads a query. The error is a *SyntaxError.
func Parse(text string) (*Query, error) {
	p := parser{scanner: scanner{text: text}}
	expr, err := p.query()
	if err != nil {
		return nil, err
	}
	return &Query{Expr: expr}, nil
}

// parser has a method for each rule of the grammar; each leaves the white space behind it read.
type parser struct {
	scanner
	depth   int
	clauses int
	// cursor is what can stand at the place that was come to last.
	cursor Completion
}

const (
	anyClause  = `a field, a text, "not" or "("`
	nothingOr  = `"and", "or" or the end`
	closingOr  = `"and", "or" or ")"`
	anyValue   = `a value or "("`
	anyPattern = "a regular expression, such as /a+b/"
	anyTime    = "a date (2026-06-01), a time (2026-06-01T10:30, 2026-06-01T10:30:05.25+02:00), or a text in quotes"
)

func (p *parser) query() (Expr, error) {
	if len(p.text) > MaxBytes {
		p.at = len(p.text)
		return nil, p.fail("a shorter query")
	}
	if !utf8.ValidString(p.text) {
		for r, size := rune(0), 0; r != utf8.RuneError || size != 1; p.at += size {
			r, size = utf8.DecodeRuneInString(p.rest())
		}
		p.at--
		return nil, p.fail("UTF-8")
	}
	p.space()
	p.expect(Completion{Names: true})
	if p.done() {
		return All{}, nil
	}
	expr, err := p.or(p.not)
	if err == nil && !p.done() {
		err = p.fail(nothingOr)
	}
	return expr, err
}

// rule reads one operand of a series.
type rule func() (Expr, error)

func (p *parser) or(operand rule) (Expr, error) {
	all, err := p.series("or", func() (Expr, error) {
		all, err := p.series("and", operand)
		return one(And(all), all), err
	})
	return one(Or(all), all), err
}

// one returns the series, or what is in it where that is just one.
func one(series Expr, all []Expr) Expr {
	if len(all) == 1 {
		return all[0]
	}
	return series
}

func (p *parser) series(keyword string, operand rule) (all []Expr, err error) {
	for {
		next, err := operand()
		if err != nil {
			return nil, err
		}
		all = append(all, next)
		if !p.keyword(keyword) {
			return all, nil
		}
		p.space()
	}
}

func (p *parser) not() (Expr, error) { return p.negated(p.clause) }

func (p *parser) negated(operand rule) (Expr, error) {
	if !p.keyword("not") {
		return operand()
	}
	return p.nested(func() (Expr, error) {
		p.space()
		expr, err := p.negated(operand)
		return Not{expr}, err
	})
}

// nested reads with operand what lies one level deeper.
func (p *parser) nested(operand rule) (Expr, error) {
	if p.depth == MaxDepth {
		return nil, p.fail("a query that is nested less deep")
	}
	p.depth++
	defer func() { p.depth-- }()
	return operand()
}

// group reads a parenthesis, with operand between its ors and ands.
func (p *parser) group(operand rule) (Expr, error) {
	return p.nested(func() (Expr, error) {
		p.space()
		expr, err := p.or(operand)
		if err != nil {
			return nil, err
		}
		if !p.skip(")") {
			return nil, p.fail(closingOr)
		}
		p.space()
		p.expect(Completion{Connectives: true})
		return expr, nil
	})
}

func (p *parser) clause() (Expr, error) {
	p.expect(Completion{Names: true})
	if p.skip("(") {
		return p.group(p.not)
	}
	if p.keyword("exists") {
		p.space()
		p.expect(Completion{Names: true})
		name, err := p.text1(inName, "a field")
		if err != nil {
			return nil, err
		}
		p.space()
		return p.field(newName(name.parts, name.quoted), present{})
	}
	var all []Expr
	for first := true; ; first = false {
		start := p.at
		p.expect(Completion{Names: true})
		text, err := p.text1(inName, anyClause)
		if err != nil {
			return nil, err
		}
		end := p.at
		p.space()
		if p.operatorIsNext() {
			if first {
				return p.condition(newName(text.parts, text.quoted))
			}
			p.at = start
			return nil, p.fail(nothingOr)
		}
		if p.at > end {
			p.expect(Completion{Operators: true, Connectives: true})
		}
		expr, err := p.bare(text)
		if err != nil {
			return nil, err
		}
		all = append(all, expr)
		if p.done() || p.keywordIsNext() || strings.IndexByte("()<>:", p.text[p.at]) >= 0 {
			return one(And(all), all), nil
		}
	}
}

// bare returns what a text without a name means.
func (p *parser) bare(text literal) (Expr, error) {
	if !text.quoted && strings.Trim(asWord(text.parts), "*") == "" {
		return All{}, p.count()
	}
	return p.field(everywhere, text.anywhere())
}

// count counts a clause.
func (p *parser) count() error {
	if p.clauses++; p.clauses > MaxClauses {
		return p.fail("the end of a query with so many parts")
	}
	return nil
}

func (p *parser) field(name Name, value Predicate) (Expr, error) {
	return Field{name, value}, p.count()
}

func (p *parser) operatorIsNext() bool {
	return !p.done() && (strings.IndexByte(":<>", p.text[p.at]) >= 0 || p.text[p.at] == '~')
}

// condition reads what stands behind a name.
func (p *parser) condition(name Name) (Expr, error) {
	if p.skip("~") {
		return p.pattern(name)
	}
	for _, op := range [...]operator{"<=", ">=", "<", ">"} {
		if p.skip(string(op)) {
			return p.comparison(name, op)
		}
	}
	p.skip(":")
	p.space()
	return p.value(name)
}

func (p *parser) comparison(name Name, op operator) (Expr, error) {
	p.space()
	start := p.at
	text, err := p.phrase(name, "a value")
	if err != nil {
		return nil, err
	}
	if len(text.parts) > 1 {
		p.at = start
		return nil, p.fail("a value without *")
	}
	if !text.quoted && beginsLikeDate(text.parts[0]) && !parseSpan([]byte(text.parts[0])).valid() {
		p.at = start
		return nil, p.fail(anyTime)
	}
	return p.field(name, newCompare(op, text.parts[0], text.quoted))
}

func (p *parser) pattern(name Name) (Expr, error) {
	p.space()
	start := p.at
	p.expect(Completion{})
	var text string
	closed := false
	switch {
	case strings.HasPrefix(p.rest(), "/"):
		text, closed = p.slashed()
	case strings.HasPrefix(p.rest(), `"`):
		text, closed = p.quoted()
	default:
		return nil, p.fail(anyPattern)
	}
	if !closed {
		return nil, p.fail("the end of the regular expression from column " + p.column(start))
	}
	value, expected := newMatches(text)
	if expected != "" {
		p.at = start
		return nil, p.fail(expected)
	}
	p.space()
	p.expect(Completion{Connectives: true})
	return p.field(name, value)
}

// value reads what stands behind a colon.
func (p *parser) value(name Name) (Expr, error) {
	if p.skip("(") {
		return p.group(func() (Expr, error) {
			return p.negated(func() (Expr, error) { return p.value(name) })
		})
	}
	text, err := p.phrase(name, anyValue)
	if err != nil {
		return nil, err
	}
	return p.field(name, text.whole())
}

// phrase reads a text in quotes, or words up to a keyword or a mark with the space between them.
func (p *parser) phrase(name Name, expected string) (literal, error) {
	start := p.at
	p.expect(Completion{Values: true, Field: name})
	text, err := p.text1(inValue, expected)
	for end := p.at; err == nil; {
		if p.space(); p.at > end {
			p.expect(Completion{Connectives: true})
		}
		if text.quoted || p.done() || p.keywordIsNext() || strings.IndexByte(`()"<>:`, p.text[p.at]) >= 0 {
			return text, nil
		}
		p.expect(Completion{Values: true, Field: name})
		p.cursor.From = start
		gap := p.text[end:p.at]
		more := p.word(inMore)
		text.parts[len(text.parts)-1] += gap + more[0]
		text.parts = append(text.parts, more[1:]...)
		end = p.at
	}
	return text, err
}

// text1 reads one text: a word that is not empty, or a text in quotes.
func (p *parser) text1(where place, expected string) (literal, error) {
	start := p.at
	if strings.HasPrefix(p.rest(), `"`) {
		text, closed := p.quoted()
		if !closed {
			return literal{}, p.fail(`the '"' that ends the text from column ` + p.column(start))
		}
		return literal{[]string{text}, true}, nil
	}
	if !p.keywordIsNext() {
		if parts := p.word(where); p.at > start {
			return literal{parts, false}, nil
		}
	}
	return literal{}, p.fail(expected)
}
