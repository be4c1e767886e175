package proctor

import (
	"errors"
	"fmt"
)

// Kind classes an Error by what its reader can do about it. The web layer
// maps each to one HTTP status, in one table.
type Kind string

// The kinds of Error.
const (
	Invalid     Kind = "invalid"     // the request can never succeed as it is
	Forbidden   Kind = "forbidden"   // the actor may know of it, but not do it
	NotFound    Kind = "not_found"   // it is not there, or not the actor's to see
	Conflict    Kind = "conflict"    // the state has moved on: look again
	Unavailable Kind = "unavailable" // a part of the engine is down: try later
)

// Error is a failure that a person can act on. Every other error is internal
// and its text is never shown outside the log.
type Error struct {
	Kind Kind
	// Key names the sentence in the message files (web/messages), without
	// the "error." prefix.
	Key string
	// Args fill the sentence's blanks.
	Args map[string]string
}

// Errorf makes an Error; args are pairs of a blank's name and its text.
func Errorf(kind Kind, key string, args ...string) *Error {
	e := &Error{Kind: kind, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// Error implements error.
func (e *Error) Error() string {
	if len(e.Args) == 0 {
		return fmt.Sprintf("%s: %s", e.Kind, e.Key)
	}
	return fmt.Sprintf("%s: %s %v", e.Kind, e.Key, e.Args)
}

// KindOf returns the Kind of the first Error in err's chain, or "" for an
// internal error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
