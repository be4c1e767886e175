package proctor

import (
	"fmt"
	"testing"
)

func TestIIN(t *testing.T) {
	for _, good := range []IIN{"", "900101300017", "850615450022", "041231600015"} {
		if err := good.Check(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []IIN{
		"0", "90010130001", "9001013000177", "90010130001a", "９00101300017", "901301300017", "900100300017", "900132300017", "900101700017",
	} {
		if KindOf(bad.Check()) != Invalid {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestIINControlDigit: of ten control digits one is right, or none where the
// second weights give 10 too.
func TestIINControlDigit(t *testing.T) {
	second, never := 0, 0
	for serial := range 3000 {
		body := fmt.Sprintf("9001013%04d", serial)
		var right []IIN
		for c := range 10 {
			if n := IIN(fmt.Sprintf("%s%d", body, c)); n.Check() == nil {
				right = append(right, n)
			}
		}
		var d [12]int
		for i, r := range body {
			d[i] = int(r - '0')
		}
		want := 1
		if weigh(d, 0) == 10 {
			second++
			if weigh(d, 2) == 10 {
				never++
				want = 0
			}
		}
		if len(right) != want {
			t.Fatalf("%s: %v, want %d", body, right, want)
		}
	}
	if second == 0 || never == 0 {
		t.Errorf("the second weights were needed %d times and failed %d times: not tried", second, never)
	}
}
