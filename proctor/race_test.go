//go:build race

package proctor

// raced says that the race detector watches, which makes everything ten times
// as slow.
const raced = true
