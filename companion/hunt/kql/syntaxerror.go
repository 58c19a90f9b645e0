package kql

import "fmt"

// SyntaxError says where a text stops being a query.
type SyntaxError struct {
	// Offset counts the bytes before the place, and Column the characters, from 1.
	Offset int
	Column int
	// Expected is what could stand there, in words, and Found what does.
	Expected string
	Found    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("kql: at column %d: expected %s, found %s", e.Column, e.Expected, e.Found)
}
