package indicator

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

// lines reads text. As long as nothing is an indicator, it turns to CSV at a line that is none as a whole and has cells of which
// one is an indicator or the name of a column of them.
func (l *lister) lines(b *bufio.Reader) error {
	for line := 1; l.err == nil; line++ {
		text, tooLong, err := readLine(b)
		if err != nil && err != io.EOF {
			return fmt.Errorf("indicator: %w", err)
		}
		if indicator := withoutComment(text); tooLong {
			l.invalid(line, text, fmt.Sprintf("longer than %d bytes", MaxLineBytes))
		} else if indicator != "" {
			if comma := delimiter(indicator); comma != 0 && len(l.list.Indicators) == 0 && beginsTable(indicator, comma) {
				return l.table(io.MultiReader(strings.NewReader(text+"\n"), b), comma, line)
			}
			l.add(line, indicator)
		}
		if err == io.EOF {
			return nil
		}
	}
	return nil
}

func (l *lister) empty() bool { return len(l.list.Indicators)+len(l.list.Invalid) == 0 }

// readLine reads up to the next line end, and of a longer line than MaxLineBytes the beginning.
func readLine(b *bufio.Reader) (text string, tooLong bool, err error) {
	part, err := b.ReadSlice('\n')
	text = strings.TrimRight(string(part), "\r\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		tooLong = true
		_, err = b.ReadSlice('\n')
	}
	return text, tooLong, err
}

// withoutComment cuts off what follows # or //, at the beginning of a line or behind a blank.
func withoutComment(text string) string {
	text = strings.TrimSpace(text)
	for _, mark := range [...]string{"#", "//"} {
		if strings.HasPrefix(text, mark) {
			return ""
		}
		for _, blank := range [...]string{" ", "\t"} {
			text, _, _ = strings.Cut(text, blank+mark)
		}
	}
	return strings.TrimSpace(text)
}

// delimiter returns what separates the cells of a line, or 0 when it has but one. What follows a network could be the rest
// of a URL too, and is another cell.
func delimiter(line string) rune {
	whole := isIndicator(line)
	for _, comma := range ",;\t" {
		first, _, found := strings.Cut(strings.TrimRight(line, ",;\t "), string(comma))
		if _, isNetwork := observable.ParseNetwork(first); found && (isNetwork || !whole) {
			return comma
		}
	}
	return 0
}

// beginsTable reports whether a line is the header of a table that names columns of indicators, or has one in a cell.
func beginsTable(line string, comma rune) bool {
	record, err := cells(strings.NewReader(line), comma).Read()
	return err == nil && (slices.ContainsFunc(record, isIndicator) || named(record) != nil)
}

func cells(r io.Reader, comma rune) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma, c.Comment, c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace, c.ReuseRecord = comma, '#', -1, true, true, true
	return c
}

// table reads CSV from its first record on, which stands in a line of the list.
func (l *lister) table(r io.Reader, comma rune, first int) error {
	c := cells(r, comma)
	var columns []bool // that hold indicators; nil when any can
	for isFirst := true; l.err == nil; isFirst = false {
		record, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		if isFirst && !slices.ContainsFunc(record, isIndicator) {
			if columns = named(record); columns != nil {
				continue
			}
		}
		l.record(c, record, columns, first)
	}
	return nil
}

func (l *lister) record(c *csv.Reader, record []string, columns []bool, first int) {
	line, _ := c.FieldPos(0)
	whole := strings.Join(record, string(c.Comma))
	if withoutComment(whole) == "" {
		return
	}
	found := false
	for i, cell := range record {
		at, _ := c.FieldPos(i)
		plain := withoutComment(cell)
		if columns == nil && !isIndicator(plain) || columns != nil && (i >= len(columns) || !columns[i] || plain == "") {
			l.swallowed(first+at-1, cell, c.Comma)
			continue
		}
		found = true
		l.add(first+at-1, plain)
	}
	if !found && strings.TrimSpace(strings.Join(record, "")) != "" {
		l.invalid(first+line-1, whole, "no cell is an indicator")
	}
}

// swallowed tells of the further lines of a cell that have indicators: a quote that nothing closes takes the rest of a list.
func (l *lister) swallowed(line int, cell string, comma rune) {
	lines := strings.Split(cell, "\n")
	for i, text := range lines[1:] {
		if slices.ContainsFunc(strings.Split(text, string(comma)), isIndicator) {
			l.invalid(line+1+i, text, "it is within the quotes of a cell that begins before")
		}
	}
}

// named returns which columns a header names as those of indicators, or nil when it names none.
func named(header []string) []bool {
	columns, found := make([]bool, len(header)), false
	for i, name := range header {
		switch strings.Map(letterOrDigit, strings.ToLower(name)) {
		case "indicator", "indicators", "indicatorvalue", "ioc", "iocs", "iocvalue", "value", "observable", "artifact", "hash", "filehash", "md5", "md5hash",
			"sha1", "sha1hash", "sha256", "sha256hash", "imphash", "ip", "ipaddress", "ipv4", "ipv6", "address", "dstip", "srcip", "domain", "domainname",
			"hostname", "host", "fqdn", "url", "uri", "email", "emailaddress", "path", "filepath", "registrykey", "sid":
			columns[i], found = true, true
		}
	}
	if !found {
		return nil
	}
	return columns
}

func letterOrDigit(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}
