package passkey

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"qyragy/proctor"
)

// The bounds of Challenges.
const (
	// Life is how long a challenge may be answered.
	Life      = 5 * time.Minute
	perPerson = 8     // open at a time; the oldest is forgotten
	perServer = 4_000 // likewise
)

// Challenges are what was asked and has not been answered. Each may be answered
// once, within Life, by whom it was made for; a restart forgets all. The zero
// value is ready.
type Challenges struct {
	mu   sync.Mutex
	open []Challenge // in the order they were made
}

// Challenge is one question.
type Challenge struct {
	Login   proctor.Login
	Bytes   []byte           // what the authenticator signs
	Nonce   []byte           // of a Consent
	Consent *proctor.Consent // nil: for registering a passkey
	made    time.Time
}

// Ask makes a challenge bound to c.
func (o *Challenges) Ask(now time.Time, c proctor.Consent) Challenge {
	nonce := random()
	sum := c.Challenge(nonce)
	return o.add(Challenge{Login: c.Login, Bytes: sum[:], Nonce: nonce, Consent: &c, made: now})
}

// Register makes a challenge for a new passkey.
func (o *Challenges) Register(now time.Time, login proctor.Login) Challenge {
	return o.add(Challenge{Login: login, Bytes: random(), made: now})
}

func random() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

func (o *Challenges) add(c Challenge) Challenge {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expire(c.made)
	hers := 0
	for i := len(o.open) - 1; i >= 0; i-- {
		if o.open[i].Login != c.Login {
			continue
		}
		if hers++; hers >= perPerson {
			o.open = slices.Delete(o.open, i, i+1)
		}
	}
	if len(o.open) >= perServer {
		o.open = slices.Delete(o.open, 0, 1)
	}
	o.open = append(o.open, c)
	return c
}

// Take gives the challenge with these bytes to whom it was made for, and to
// nobody ever again. Which of used, expired, foreign and made up it was, the
// refusal does not say.
func (o *Challenges) Take(now time.Time, login proctor.Login, bytes []byte) (Challenge, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expire(now)
	i := slices.IndexFunc(o.open, func(c Challenge) bool { return c.Login == login && string(c.Bytes) == string(bytes) })
	if i < 0 {
		return Challenge{}, proctor.Errorf(proctor.Conflict, "passkey_challenge")
	}
	c := o.open[i]
	o.open = slices.Delete(o.open, i, i+1)
	return c, nil
}

func (o *Challenges) expire(now time.Time) {
	o.open = slices.DeleteFunc(o.open, func(c Challenge) bool { return now.Sub(c.made) >= Life || c.made.After(now.Add(Life)) })
}
