package gost

import (
	"crypto/x509/pkix"
	"errors"
	"testing"
	"time"
)

func TestRevocation(t *testing.T) {
	for _, v := range []struct {
		name   string
		want   Refusal
		change func(s *scene)
	}{
		{"not on the list", "", func(s *scene) { s.list("authority", day(40), day(60), map[int64]time.Time{4: day(1)}) }},
		{"an empty list", "", func(s *scene) { s.list("authority", day(40), day(60), nil) }},
		{"revoked", RefusedRevoked, func(s *scene) { s.list("authority", day(40), day(60), map[int64]time.Time{3: day(45)}) }},
		{"revoked at that moment", RefusedRevoked, func(s *scene) { s.list("authority", day(40), day(60), map[int64]time.Time{3: day(50)}) }},
		{"revoked later", "", func(s *scene) { s.list("authority", day(60), day(80), map[int64]time.Time{3: day(51)}) }},
		{"revoked later, and nobody saw it before", RefusedRevoked, func(s *scene) {
			s.options.At = time.Time{}
			s.list("authority", day(60), day(80), map[int64]time.Time{3: day(51)})
		}},
		{"revoked, by an old list", RefusedRevoked, func(s *scene) {
			s.options.RequireList = false
			s.list("authority", day(1), day(20), map[int64]time.Time{3: day(15)})
		}},
		{"authority revoked", RefusedRevoked, func(s *scene) {
			s.list("authority", day(40), day(60), nil)
			s.list("root", day(40), day(60), map[int64]time.Time{2: day(45)})
		}},
		{"no list", RefusedListMissing, func(*scene) {}},
		{"another's list", RefusedListMissing, func(s *scene) { s.list("root", day(40), day(60), nil) }},
		{"an old list", RefusedListMissing, func(s *scene) { s.list("authority", day(40), day(49), nil) }},
		{"a list after the certificate's time", RefusedListMissing, func(s *scene) { s.list("authority", day(101), day(110), nil) }},
		{"a list of the same name, another key", RefusedList, func(s *scene) {
			signed := list(s.t, "authority", day(40), day(60), nil)
			var c cursor
			c.rest = signed
			in, _ := c.into(tagSequence)
			tbs, _ := in.next()
			l, err := ParseRevocationList(seal(s.t, tbs.FullBytes, "thief"))
			if err != nil {
				s.t.Fatal(err)
			}
			s.options.Lists = []*RevocationList{l}
		}},
	} {
		t.Run(v.name, func(t *testing.T) {
			playScene(t, v.want, func(s *scene) {
				s.options.RequireList = true
				v.change(s)
			})
		})
	}
	delta := pkix.Extension{Id: oidFrom(t, "2.5.29.27"), Critical: true, Value: []byte{2, 1, 1}}
	if _, err := ParseRevocationList(list(t, "authority", day(1), day(2), nil, delta)); !errors.Is(err, RefusedList) {
		t.Errorf("a delta: %v", err)
	}
}

func TestTimestamp(t *testing.T) {
	token := func(by spec, at time.Time, change func(*letter)) func(*scene) {
		return func(s *scene) { s.stamped(by, at, change) }
	}
	foreign := stampSpec()
	foreign.issuer = "elsewhere"
	signIn := stampSpec()
	signIn.extended = []string{UsageSign}
	for _, v := range []struct {
		name    string
		want    Refusal
		problem Refusal // "" is trusted
		change  func(s *scene)
	}{
		{"good", "", "", token(stampSpec(), day(50), nil)},
		{"of an unknown authority", "", RefusedChain, token(foreign, day(50), nil)},
		{"of no time-stamp authority", "", RefusedExtendedUse, token(signIn, day(50), nil)},
		{"after its authority expired", "", RefusedExpired, token(stampSpec(), day(201), nil)},
		{"of an unknown algorithm", "", RefusedAlgorithm, token(stampSpec(), day(50), func(l *letter) { l.digest = "1.2.3.4" })},
		{"over another signature", RefusedTimestamp, "", func(s *scene) {
			l := stamp(s.t, stampSpec(), []byte("another"), day(50))
			s.letter.unsigned = [][]byte{attributeOf(s.t, oidStampToken, l.cms(s.t))}
		}},
		{"signed by another", RefusedTimestamp, "", token(stampSpec(), day(50), func(l *letter) { l.as = "signer" })},
		{"detached", RefusedTimestamp, "", token(stampSpec(), day(50), func(l *letter) { l.attached = false })},
		{"two of them", RefusedTimestamp, "", func(s *scene) {
			s.stamped(stampSpec(), day(50), nil)
			s.letter.unsigned = append(s.letter.unsigned, s.letter.unsigned[0])
		}},
	} {
		t.Run(v.name, func(t *testing.T) {
			if v.want != "" {
				playScene(t, v.want, v.change)
				return
			}
			s := &scene{t, newLetter(t, signerSpec(t), document, oidData, day(50)), kitOptions(t), document}
			v.change(s)
			signer, err := VerifyCMS(s.letter.cms(t), document, s.options)
			if err != nil {
				t.Fatal(err)
			}
			stamp := signer.Timestamp
			if stamp == nil || stamp.Trusted != (v.problem == "") || v.problem != "" && !errors.Is(stamp.Problem, v.problem) {
				t.Errorf("time stamp %+v", stamp)
			}
		})
	}
}

// Without a time of receipt a trusted time stamp counts, then the signer's word.
func TestMoment(t *testing.T) {
	for _, v := range []struct {
		name           string
		signed, stamps time.Time
		want           time.Time
		refusal        Refusal
	}{
		{"the stamp's", day(50), day(50).Add(time.Minute), day(50).Add(time.Minute), ""},
		{"the signer's", day(50), time.Time{}, day(50), ""},
		{"nobody's", time.Time{}, time.Time{}, time.Time{}, RefusedTime},
		{"the stamp's, before the signer's", day(50), day(49), time.Time{}, RefusedTime},
		{"the stamp's, after the certificate's", day(50), day(110), time.Time{}, RefusedExpired},
	} {
		t.Run(v.name, func(t *testing.T) {
			s := &scene{t, newLetter(t, signerSpec(t), document, oidData, v.signed), kitOptions(t), document}
			s.options.At = time.Time{}
			if !v.stamps.IsZero() {
				s.stamped(stampSpec(), v.stamps, nil)
			}
			signer, err := VerifyCMS(s.letter.cms(t), document, s.options)
			if v.refusal != "" && !errors.Is(err, v.refusal) || v.refusal == "" && err != nil {
				t.Fatal(err)
			}
			if !signer.At.Equal(v.want) {
				t.Errorf("checked for %s", signer.At)
			}
		})
	}
}
