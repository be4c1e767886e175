package gost

import (
	"math/big"
	"testing"
)

// signWith is the signature algorithm of RFC 7091, 6.1, for tests alone: it is
// not constant-time.
func (c *curve) signWith(d, digest, k *big.Int) (r, s *big.Int) {
	e := new(big.Int).Mod(digest, c.q)
	if e.Sign() == 0 {
		e.SetInt64(1)
	}
	r, _ = c.combine(k, c.x, c.y, new(big.Int), c.x, c.y)
	r.Mod(r, c.q)
	s = new(big.Int).Mul(r, d)
	s.Add(s, new(big.Int).Mul(k, e)).Mod(s, c.q)
	return r, s
}

// public is d times the curve's point; it finds y by adding, for tests alone.
func (c *curve) public(d *big.Int) (x, y *big.Int) {
	sum, one := infinity(), &point{c.x, c.y, big.NewInt(1)}
	for i := d.BitLen() - 1; i >= 0; i-- {
		if sum = c.double(sum); d.Bit(i) == 1 {
			sum = c.add(sum, one)
		}
	}
	sum = c.affine(sum)
	return sum.x, sum.y
}

func number(t testing.TB, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		t.Fatalf("not a number: %s", s)
	}
	return n
}

// example is a worked example of the standard.
type example struct {
	name                string
	curve               *curve
	d, e, k, x, y, r, s string
}

// examples are RFC 7091, section 7 (256 bits) and GOST R 34.10-2012, A.2 (512).
func examples() []example {
	return []example{{
		"256",
		newCurve("8000000000000000000000000000000000000000000000000000000000000431", "7",
			"5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e",
			"8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3", "2",
			"8e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8"),
		"7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28",
		"2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5",
		"77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3",
		"7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b",
		"26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da",
		"41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493",
		"1456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40",
	}, {
		"512",
		newCurve("4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15df1d852741af4704a0458047e80e4546d35b8336fac224dd81664bbf528be6373", "7",
			"1cff0806a31116da29d8cfa54e57eb748bc5f377e49400fdd788b649eca1ac4361834013b2ad7322480a89ca58e0cf74bc9e540c2add6897fad0a3084f302adc",
			"4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15da82f2d7ecb1dbac719905c5eecc423f1d86e25edbe23c595d644aaf187e6e6df",
			"24d19cc64572ee30f396bf6ebbfd7a6c5213b3b3d7057cc825f91093a68cd762fd60611262cd838dc6b60aa7eee804e28bc849977fac33b4b530f1b120248a9a",
			"2bb312a43bd2ce6e0d020613c857acddcfbf061e91e5f2c3f32447c259f39b2c83ab156d77f1496bf7eb3351e1ee4e43dc1a18b91b24640b6dbb92cb1add371e"),
		"ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b102072e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4",
		"3754f3cfacc9e0615c4f4a7c4d8dab531b09b6f9c170c533a71d147035b0c5917184ee536593f4414339976c647c5d5a407adedb1d560c4fc6777d2972075b8c",
		"359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f365886748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1",
		"115dc5bc96760c7b48598d8ab9e740d4c4a85a65be33c1815b5c320c854621dd5a515856d13314af69bc5b924c8b4ddff75c45415c1d9dd9dd33612cd530efe1",
		"37c7c90cd40b0f5621dc3ac1b751cfa0e2634fa0503b3d52639f5d7fb72afd61ea199441d943ffe7f0c70a2759a3cdb84c114e1f9339fdf27f35eca93677beec",
		"2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd35492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36",
		"1081b394696ffe8e6585e7a9362d26b6325f56778aadbc081c0bfbe933d52ff5823ce288e8c4f362526080df7f70ce406a6eeb1f56919cb92a9853bde73e5b4a",
	}}
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range examples() {
		t.Run(v.name, func(t *testing.T) {
			n := func(s string) *big.Int { return number(t, s) }
			x, y := v.curve.public(n(v.d))
			if x.Cmp(n(v.x)) != 0 || y.Cmp(n(v.y)) != 0 || !v.curve.holds(x, y) {
				t.Errorf("the key is (%x, %x)", x, y)
			}
			r, s := v.curve.signWith(n(v.d), n(v.e), n(v.k))
			if r.Cmp(n(v.r)) != 0 || s.Cmp(n(v.s)) != 0 {
				t.Errorf("the signature is (%x, %x)", r, s)
			}
			if !v.curve.verify(x, y, n(v.e), n(v.r), n(v.s)) {
				t.Error("the signature does not hold")
			}
		})
	}
}

func TestVerifyRefusesOutOfRange(t *testing.T) {
	for _, v := range examples() {
		n := func(s string) *big.Int { return number(t, s) }
		x, y, e, r, s, q := n(v.x), n(v.y), n(v.e), n(v.r), n(v.s), v.curve.q
		zero := new(big.Int)
		for name, c := range map[string]struct{ e, r, s *big.Int }{
			"r = 0":         {e, zero, s},
			"s = 0":         {e, r, zero},
			"r = q":         {e, q, s},
			"s = q":         {e, r, q},
			"r + q":         {e, new(big.Int).Add(r, q), s},
			"s + q":         {e, r, new(big.Int).Add(s, q)},
			"-r":            {e, new(big.Int).Neg(r), s},
			"q - s":         {e, r, new(big.Int).Sub(q, s)},
			"swapped":       {e, s, r},
			"other digest":  {new(big.Int).Add(e, big.NewInt(1)), r, s},
			"digest 0":      {zero, r, s},
			"both one":      {e, big.NewInt(1), big.NewInt(1)},
			"sum infinite?": {e, q, q},
		} {
			if v.curve.verify(x, y, c.e, c.r, c.s) {
				t.Errorf("%s: %s is accepted", v.name, name)
			}
		}
		// A multiple of q counts as the digest 1.
		d, k := n(v.d), n(v.k)
		r, s = v.curve.signWith(d, big.NewInt(1), k)
		if !v.curve.verify(x, y, zero, r, s) || !v.curve.verify(x, y, q, r, s) {
			t.Errorf("%s: a digest that is 0 modulo q", v.name)
		}
	}
}

func TestCurveHolds(t *testing.T) {
	c := paramSetA
	if !c.p.ProbablyPrime(20) || !c.q.ProbablyPrime(20) || !c.holds(c.x, c.y) {
		t.Fatal("paramSetA is not what it must be")
	}
	if _, ok := c.combine(c.q, c.x, c.y, new(big.Int), c.x, c.y); ok {
		t.Error("q times the point is not infinity")
	}
	one := big.NewInt(1)
	for name, p := range map[string][2]*big.Int{
		"beside":   {c.x, new(big.Int).Add(c.y, one)},
		"x + p":    {new(big.Int).Add(c.x, c.p), c.y},
		"y + p":    {c.x, new(big.Int).Add(c.y, c.p)},
		"negative": {c.x, new(big.Int).Sub(c.y, c.p)},
		"origin":   {new(big.Int), new(big.Int)},
	} {
		if c.holds(p[0], p[1]) {
			t.Errorf("%s is held to be on the curve", name)
		}
	}
}

// Products are those of division, next to the borders too.
func TestReduce(t *testing.T) {
	for _, v := range examples() {
		testReduce(t, v.curve)
	}
	testReduce(t, paramSetA)
}

func testReduce(t *testing.T, c *curve) {
	t.Helper()
	last := new(big.Int).Sub(c.p, big.NewInt(1))
	power := new(big.Int).Add(c.mask, big.NewInt(1))
	for _, n := range []*big.Int{new(big.Int), last, c.p, new(big.Int).Add(c.p, c.p), c.mask, power,
		new(big.Int).Mul(last, last), new(big.Int).Mul(power, c.mask), new(big.Int).Mul(c.x, c.y)} {
		want := new(big.Int).Mod(n, c.p)
		if got := c.reduce(new(big.Int).Set(n)); got.Cmp(want) != 0 {
			t.Errorf("%x modulo p is %x", n, got)
		}
	}
}

// Sums meet equal points, opposite points and infinity on the way.
func TestCombineSpecialCases(t *testing.T) {
	c := paramSetA
	n := big.NewInt
	minus := new(big.Int).Sub(c.p, c.y)
	for _, v := range []struct {
		k1, k2 int64
		y2     *big.Int
		want   int64
	}{{1, 1, c.y, 2}, {3, 5, c.y, 8}, {7, 0, c.y, 7}, {0, 7, c.y, 7}, {9, 4, minus, 5}, {4, 9, minus, 5}} {
		got, ok := c.combine(n(v.k1), c.x, c.y, n(v.k2), c.x, v.y2)
		want, _ := c.public(n(v.want))
		if !ok || got.Cmp(want) != 0 {
			t.Errorf("%d and %d make no %d", v.k1, v.k2, v.want)
		}
	}
	if _, ok := c.combine(n(5), c.x, c.y, n(5), c.x, minus); ok {
		t.Error("5 - 5 is a point")
	}
}

func BenchmarkVerify512(b *testing.B) {
	c := paramSetA
	d, e, k := big.NewInt(0).Rsh(c.q, 1), big.NewInt(0).Rsh(c.q, 3), big.NewInt(0).Rsh(c.q, 2)
	x, y := c.public(d)
	r, s := c.signWith(d, e, k)
	for b.Loop() {
		if !c.verify(x, y, e, r, s) {
			b.Fatal("does not hold")
		}
	}
}
