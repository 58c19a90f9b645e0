package hunt

import (
	"cmp"
	"slices"
)

// The two sides of a diff.
const (
	sideBefore = 0
	sideAfter  = 1
)

// form is what all columns of a row say that a diff compares, as a number that differs where they do.
type form [2]uint64

// location is where a row is.
type location struct {
	chunk int // in the order of the scan
	row   int
}

func (l location) compare(other location) int {
	return cmp.Or(cmp.Compare(l.chunk, other.chunk), cmp.Compare(l.row, other.row))
}

// hostTally counts the rows of a host by their keys.
type hostTally struct {
	keys map[string]*keyTally
	// different is how many rows with other keys or forms there are, at most max. Past it the tally is full and has none.
	different, max int
	full           bool
}

// add counts a row.
func (h *hostTally) add(key []byte, side int, f form, at location) {
	if h.full {
		return
	}
	t := h.keys[string(key)]
	if t == nil {
		t = &keyTally{}
		h.keys[string(key)] = t
	}
	if t.add(side, f, at) {
		h.different++
	}
	if h.different > h.max {
		h.full, h.keys = true, nil
	}
}

// keyTally counts the rows of a host that have one key.
type keyTally struct {
	rows  [2]int64
	first formTally
	more  map[form]*formTally // of the other forms; most keys have none
}

// formTally counts those that have one form, and knows one of them.
type formTally struct {
	form form
	rows [2]int64
	at   [2]location
}

// add counts a row, and reports whether it is the first of its form.
func (t *keyTally) add(side int, f form, at location) bool {
	none := t.rows == [2]int64{}
	t.rows[side]++
	if none {
		t.first.form = f
	}
	counted := &t.first
	if t.first.form != f {
		if counted = t.more[f]; counted == nil {
			if t.more == nil {
				t.more = make(map[form]*formTally)
			}
			counted = &formTally{form: f}
			t.more[f] = counted
		}
	}
	first := counted.rows == [2]int64{}
	if counted.rows[side] == 0 || at.compare(counted.at[side]) < 0 {
		counted.at[side] = at
	}
	counted.rows[side]++
	return first
}

// surplus is how many rows one side has more than the other.
func (t *keyTally) surplus(side int) int64 { return max(0, t.rows[side]-t.rows[1-side]) }

// pair is rows that changed from one form to another.
type pair struct {
	from, to location
	rows     int64
}

// changed pairs the rows before that are not there any more with the new ones after, in the order in which they stand.
// What is left over on one side is its surplus.
func (t *keyTally) changed() (pairs []pair) {
	gone, come := t.unmatched(sideBefore), t.unmatched(sideAfter)
	for len(gone) > 0 && len(come) > 0 {
		rows := min(gone[0].rows, come[0].rows)
		pairs = append(pairs, pair{gone[0].at, come[0].at, rows})
		gone, come = less(gone, rows), less(come, rows)
	}
	return pairs
}

type lot struct {
	at   location
	rows int64
}

// unmatched returns the rows of a side that the other side has not, one lot for each form.
func (t *keyTally) unmatched(side int) (lots []lot) {
	add := func(f *formTally) {
		if rows := f.rows[side] - f.rows[1-side]; rows > 0 {
			lots = append(lots, lot{f.at[side], rows})
		}
	}
	add(&t.first)
	for _, f := range t.more {
		add(f)
	}
	slices.SortFunc(lots, func(a, b lot) int { return a.at.compare(b.at) })
	return lots
}

// less takes rows from the first of lots.
func less(lots []lot, rows int64) []lot {
	if lots[0].rows -= rows; lots[0].rows == 0 {
		return lots[1:]
	}
	return lots
}
