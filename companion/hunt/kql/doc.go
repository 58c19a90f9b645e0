// Package kql is the language in which hunters ask for rows: what they already type into Kibana, with regular
// expressions and networks beside it. [Parse] turns the text into an expression tree of [Predicate]s on JSON tokens, so
// that whoever keeps rows column by column asks each distinct value once. [Complete] says what can stand at a cursor.
//
// # Examples
//
//	mimikatz                                            rows with this text anywhere in any value
//	"invoke-expression" -enc                            rows with both texts
//	Name: "powershell.exe"                              a value as a whole, in any case
//	CommandLine: *-enc* and not Username: *SYSTEM       * stands for any text
//	Name: (cmd.exe or powershell.exe)                   several values of one field
//	Hash: 7c4a8d09ca3762af61e59520943dc26494f8941b      a field stands for all that lies beneath it
//	Hash.*: 7c4a* or *Path: C:\Users\\*                 names may have wildcards
//	Pid >= 100 and CreateTime < 2026-06-01T12:00:00Z    numbers, times, else texts
//	Raddr: 10.0.0.0/8 or Raddr: 2001:db8::1             networks and addresses, however written
//	CommandLine ~ /\\temp\\[a-z]{8}\.exe/               a regular expression (RE2)
//	Upload: * and not exists Hash.SHA256                a field with a value
//	Authenticode.Trusted: null                          the JSON null
//
// # Grammar
//
// In EBNF; white space may stand between any two parts.
//
//	query    = [ or ] .
//	or       = and { "or" and } .
//	and      = not { "and" not } .
//	not      = { "not" } clause .
//	clause   = "(" or ")" | "exists" name | name ":" value | name compare text | name "~" regexp | text { text } .
//	value    = text | "(" anyof ")" .
//	anyof    = allof { "or" allof } .
//	allof    = noneof { "and" noneof } .
//	noneof   = { "not" } value .
//	name     = word | quoted .
//	text     = word | quoted .
//	compare  = "<" | "<=" | ">" | ">=" .
//	regexp   = "/" pattern "/" | quoted .
//	quoted   = '"' { any character, with \" for a quote and \\ for a backslash } '"' .
//	word     = characters but white space and ( ) " < >, with * for any text .
//
// The words and, or, not and exists mean themselves in any case; as texts they stand in quotes.
//
// In a word a backslash before one of \ ( ) : < > " * ~ stands for that character, and before any other for itself: a path
// that ends in a wildcard is C:\Users\\*. In quotes nothing is a wildcard. In a pattern \/ is a slash.
//
// A colon ends a name, but not in an address, a URL or a Windows path (before "::", "://" or, after one letter, ":\").
// Behind a name, words beside each other are one text, spaces included; without a name each of them is a text of its
// own, and a row has to have them all.
//
// # What matches
//
// All is case-insensitive: texts, names and patterns ((?-i) in a pattern asks for case). A row matches name: value when
// any of the values that it has under a matching name does; not is about the row, so that a row without the field
// matches not name: value.
//
// A value is compared by its text: a string without its escapes, a number or boolean as it is written. null, {} and []
// have no text. Behind a colon a text is the whole value. Without a name it lies anywhere in the value.
//
// Not in quotes, a number also matches numbers that are equal to it, an address or network the addresses that are in it
// (with a port or not, IPv4 mapped into IPv6 or not), null the JSON null, and a lone * everything that has a text.
//
// Comparisons go by what stands right of them: with a number, exactly, to numbers and to strings that are numbers; with
// a date or time (RFC 3339, the later parts may be left out, UTC where no zone is given) to such strings, where what is
// left out is a span: after > 2026-06-01 comes 2026-06-02; with anything else to texts, byte by byte. What begins like a
// date and is none, as 2026-06 and 2026-13-01, is a text in quotes and else a mistake; so is a date with a space and a time
// behind it.
package kql
