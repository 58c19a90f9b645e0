package kql

import (
	"cmp"
)

// decimal is a number as it is written, of any size and exactness.
type decimal struct {
	valid    bool
	negative bool
	// The digits are those of whole and then of fraction, of which the first is not 0, the first of them worth
	// 10^exponent. There are none in a zero.
	whole, fraction []byte
	exponent        int
}

// maxExponent bounds what is written behind an e; beyond it numbers are told apart by nothing but their digits.
const maxExponent = 1 << 40

// parseDecimal reads a number as JSON has it, but for zeros in front, which may stand there. It keeps text.
func parseDecimal(text []byte) decimal {
	d := decimal{}
	if len(text) > 0 && text[0] == '-' {
		d.negative, text = true, text[1:]
	}
	d.whole, text = digits(text)
	if len(d.whole) == 0 {
		return decimal{}
	}
	if len(text) > 0 && text[0] == '.' {
		if d.fraction, text = digits(text[1:]); len(d.fraction) == 0 {
			return decimal{}
		}
	}
	shift := 0
	if len(text) > 0 && text[0]|0x20 == 'e' {
		var ok bool
		if shift, text, ok = exponent(text[1:]); !ok {
			return decimal{}
		}
	}
	if len(text) > 0 {
		return decimal{}
	}
	d.valid = true
	d.exponent = shift + len(d.whole) - 1
	for len(d.whole) > 0 && d.whole[0] == '0' {
		d.whole, d.exponent = d.whole[1:], d.exponent-1
	}
	for len(d.whole) == 0 && len(d.fraction) > 0 && d.fraction[0] == '0' {
		d.fraction, d.exponent = d.fraction[1:], d.exponent-1
	}
	return d
}

func digits(text []byte) (number, rest []byte) {
	i := 0
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

func exponent(text []byte) (n int, rest []byte, ok bool) {
	sign := 1
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	number, rest := digits(text)
	for _, c := range number {
		n = min(n*10+int(c-'0'), maxExponent)
	}
	return sign * n, rest, len(number) > 0
}

func (d decimal) len() int { return len(d.whole) + len(d.fraction) }

func (d decimal) digit(i int) byte {
	switch {
	case i < len(d.whole):
		return d.whole[i]
	case i < d.len():
		return d.fraction[i-len(d.whole)]
	}
	return '0'
}

func (d decimal) sign() int {
	switch {
	case d.len() == 0:
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// compare returns -1, 0 or 1 as d is less than, equal to or greater than other. Both have to be valid.
func (d decimal) compare(other decimal) int {
	if order := cmp.Compare(d.sign(), other.sign()); order != 0 || d.sign() == 0 {
		return order
	}
	order := cmp.Compare(d.exponent, other.exponent)
	for i := 0; order == 0 && i < max(d.len(), other.len()); i++ {
		order = cmp.Compare(d.digit(i), other.digit(i))
	}
	return order * d.sign()
}
