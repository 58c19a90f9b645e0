package ingest

import "cmp"

// counts are of rows that are the same, as far as their marks tell.
type counts struct {
	here int // in the part
	own  int // came before on the way of the part
	way  int // came on the way that is looked at
	most int // came on the way on which most came
}

// needed is how many there have to be.
func (c *counts) needed() int { return max(c.most, c.own+c.here) }

// tally counts the rows of one sum: all of them, and those of each variant.
type tally struct {
	all   counts
	first variant // mostly the only one
	more  map[uint64]*variant
	full  bool // the part has a row with columns that others may lack
	// unknown is how many rows there have to be beyond those of the variants, once counted.
	unknown int
	counted bool
}

// variant counts the rows of a variant. Those that are stored and have none are among those of noColumns: they have as many.
type variant struct {
	id uint64
	counts
	stored int // in the others
}

func (t *tally) variant(id uint64) *variant {
	if t.first.id == 0 {
		t.first.id = id
	}
	if t.first.id == id {
		return &t.first
	}
	if t.more[id] == nil {
		if t.more == nil {
			t.more = make(map[uint64]*variant)
		}
		t.more[id] = &variant{id: id}
	}
	return t.more[id]
}

// count counts a row, each by itself in the counts that which tells.
func (t *tally) count(m mark, which func(*counts) *int) {
	*which(&t.all)++
	if m.variant != 0 {
		*which(&t.variant(m.variant).counts)++
	}
}

// endWay is called when all of a way is counted.
func (t *tally) endWay(own bool) {
	end := func(c *counts) {
		if c.most = max(c.most, c.way); own {
			c.own = c.way
		}
		c.way = 0
	}
	end(&t.all)
	end(&t.first.counts)
	for _, v := range t.more {
		end(&v.counts)
	}
}

// lacking reports, when all is counted, whether there have to be more rows like m than are stored. Those without a variant
// are some of those that have one, as far as there are as many.
func (t *tally) lacking(m mark) bool {
	v := t.variant(cmp.Or(m.variant, noColumns))
	if v.id != noColumns {
		return v.needed() > v.stored
	}
	if !t.counted {
		n := t.all.needed() - t.first.needed()
		for _, some := range t.more {
			n -= some.needed()
		}
		t.unknown, t.counted = max(0, n), true
	}
	return v.needed()+t.unknown > v.stored
}

// store counts a row that is stored.
func (t *tally) store(m mark) { t.variant(cmp.Or(m.variant, noColumns)).stored++ }
