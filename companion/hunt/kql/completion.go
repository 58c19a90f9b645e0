package kql

import (
	"unicode/utf8"
)

// Completion says what can stand at a cursor. What is typed of it already is between From and the cursor.
type Completion struct {
	// Names of fields; Values of Field; Operators (: < <= > >= ~); Connectives ("and", "or").
	Names       bool
	Values      bool
	Operators   bool
	Connectives bool
	// Field is the name that the value is for.
	Field Name
	// From is where what is typed begins, in characters, and Typed its text, without quotes.
	From  int
	Typed string
}

// Complete says what can stand in text at cursor, which is counted in characters and is the end where it is beyond. The
// text behind it does not matter. The error is a *SyntaxError: the text in front is wrong before it gets to the cursor.
func Complete(text string, cursor int) (Completion, error) {
	for i := range text {
		if cursor == 0 {
			text = text[:i]
			break
		}
		cursor--
	}
	p := parser{scanner: scanner{text: text}}
	if _, err := p.query(); err != nil && !p.done() {
		return Completion{}, err
	}
	from := p.cursor.From
	typed := scanner{text: text, at: from}
	if typed.done() {
		p.cursor.Typed = ""
	} else if text[from] == '"' {
		p.cursor.Typed, _ = typed.quoted()
	} else {
		p.cursor.Typed = text[from:]
	}
	p.cursor.From = utf8.RuneCountInString(text[:from])
	return p.cursor, nil
}

// expect notes what can stand at the place that is next.
func (p *parser) expect(what Completion) {
	what.From = p.at
	p.cursor = what
}
