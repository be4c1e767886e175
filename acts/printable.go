package acts

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet is every character that the officials' signatures may show. It is
// put into the embedded font up front, because a signature is added long after
// the font was cut down to the act's own letters.
func alphabet() string {
	var b strings.Builder
	for r := ' '; r <= '~'; r++ {
		b.WriteRune(r)
	}
	for r := 'Ѐ'; r <= 'џ'; r++ {
		b.WriteRune(r)
	}
	b.WriteString("ӘәҒғҚқҢңӨөҰұҮүҺһ«»–—№·")
	return b.String()
}

// printable makes s fit to print on a form: one line, composed letters, and
// every character that the font lacks or that would lie about its place
// (direction marks, zero-width characters, controls) spelled out as [U+XXXX].
func printable(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case drawable(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// drawable reports whether Liberation Serif draws r as one visible glyph, left
// to right. Ranges rather than the font's own table: Hebrew is in the font, but
// nothing here sets text right to left.
func drawable(r rune) bool {
	in := func(lo, hi rune) bool { return r >= lo && r <= hi }
	return in('!', '~') || in(0xA1, 0xAC) || in(0xAE, 0x17F) || in(0x388, 0x38A) || in(0x38E, 0x3A1) || in(0x3A3, 0x3CE) ||
		in(0x400, 0x482) || in(0x48A, 0x513) || in(0x1E80, 0x1E85) || in(0x2013, 0x2015) || in(0x2018, 0x201E) ||
		strings.ContainsRune("†‡•…‰‹›€№™−", r)
}

// known replaces what is outside the alphabet; used for signatures, whose
// font is already cut.
func known(s string) string {
	letters := alphabet()
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(letters, r) {
			return r
		}
		return '?'
	}, norm.NFC.String(s))
}
