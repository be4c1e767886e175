package proctor

// IIN is the individual identification number of Kazakhstan, 12 digits, or ""
// where it is not known. It is personal data: it stands on no act and in no
// list, and serves only to tell whose certificate of the national PKI it is.
type IIN string

// Check refuses a number whose date or control digit is wrong; "" is none and
// is let through. The control digit is the sum of the other eleven with the
// weights 1 to 11, modulo 11, and should that be 10, once more with the weights
// 3 to 11, 1, 2; a number for which it is 10 again is never issued.
func (n IIN) Check() error {
	if n == "" {
		return nil
	}
	wrong := Errorf(Invalid, "iin")
	if len(n) != 12 {
		return wrong
	}
	var d [12]int
	for i := range len(n) {
		if d[i] = int(n[i]) - '0'; d[i] < 0 || d[i] > 9 {
			return wrong
		}
	}
	month, day, century := d[2]*10+d[3], d[4]*10+d[5], d[6]
	if month < 1 || month > 12 || day < 1 || day > 31 || century > 6 {
		return wrong
	}
	sum := weigh(d, 0)
	if sum == 10 {
		sum = weigh(d, 2)
	}
	if sum != d[11] { // 10 is no digit
		return wrong
	}
	return nil
}

// weigh sums the first eleven digits with the weights 1 to 11, begun shift
// later, modulo 11.
func weigh(d [12]int, shift int) int {
	sum := 0
	for i := range 11 {
		sum += d[i] * ((i+shift)%11 + 1)
	}
	return sum % 11
}
