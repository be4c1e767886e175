package journal

import (
	"context"
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// hashing is the second recommended setting of RFC 9106, section 4.
func hashing() *argon2id.Params {
	return &argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 4, SaltLength: 16, KeyLength: 32}
}

// nobody is an all-zero hash of the same cost, which no password has.
func nobody() string {
	p := hashing()
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism,
		strings.Repeat("A", 22), strings.Repeat("A", 43))
}

// hash returns the password's Argon2id string.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	release, err := a.turn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return argon2id.CreateHash(normal(password), hashing())
}

func (a *Accounts) matches(ctx context.Context, password, stored string) (bool, error) {
	release, err := a.turn(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return argon2id.ComparePasswordAndHash(normal(password), stored)
}

// turn waits for one of GOMAXPROCS places to hash at, so that a flood of
// logins takes neither all memory (64 MiB each) nor more than its time.
func (a *Accounts) turn(ctx context.Context) (release func(), err error) {
	select {
	case a.j.hashes <- struct{}{}:
		return func() { <-a.j.hashes }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// normal makes letters typed as й and as и with a breve the same (RFC 8265,
// section 4.2).
func normal(password string) string { return norm.NFC.String(password) }
